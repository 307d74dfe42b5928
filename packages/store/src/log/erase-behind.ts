import { type File, isOutOfSpace } from '@cometmq/platform'

/** What is written at once. */
const blockBytes = 1024 * 1024

export interface Erased {
  /** Nothing is left of what was there. */
  readonly isErased: boolean
  /** All of it was written, and so has its place on the disk. */
  readonly hasRoom: boolean
}

/**
 * Writes zeros over `bytes` from `position` in the file, of which the first `dirtyBytes` may hold something that must go, and are looked at when
 * there is no room for all. On a full disk it gets as far as there is room, which is at least as far as an earlier write has come.
 */
export async function eraseBehind(file: File, position: number, dirtyBytes: number, bytes: number): Promise<Erased> {
  const hasRoom = await writeZeros(file, position, bytes)
  const isErased = hasRoom || (await isZero(file, position, dirtyBytes))
  return { isErased, hasRoom }
}

async function writeZeros(file: File, position: number, bytes: number): Promise<boolean> {
  const zeros = Buffer.alloc(Math.min(blockBytes, bytes))
  try {
    for (let at = 0; at < bytes; at += zeros.length) {
      await file.write(zeros.subarray(0, Math.min(zeros.length, bytes - at)), position + at)
    }
    return true
  } catch (error) {
    if (isOutOfSpace(error)) return false
    throw error
  }
}

async function isZero(file: File, position: number, bytes: number): Promise<boolean> {
  const zeros = Buffer.alloc(Math.min(blockBytes, bytes))
  const block = Buffer.alloc(zeros.length)
  for (let at = 0; at < bytes; at += block.length) {
    const part = block.subarray(0, Math.min(block.length, bytes - at))
    const read = await file.read(part, position + at)
    if (!part.subarray(0, read).equals(zeros.subarray(0, read))) return false
  }
  return true
}
