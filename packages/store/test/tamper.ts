import type { FileSystem } from '@cometmq/platform'

/** Writes over a file, or makes one. */
export async function write(files: FileSystem, path: string, position: number, bytes: Buffer | string): Promise<void> {
  const file = await files.open(path, { create: true })
  await file.write(Buffer.from(bytes as string), position)
  await file.close()
}

export async function resize(files: FileSystem, path: string, length: number): Promise<void> {
  const file = await files.open(path, { create: true })
  await file.truncate(length)
  await file.close()
}
