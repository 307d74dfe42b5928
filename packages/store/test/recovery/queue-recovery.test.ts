import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { File } from '@cometmq/platform'
import { MemoryFileSystem, type MemoryFileSystemOptions } from '@cometmq/testkit/sim'
import { messageWith, Rig, root } from '../rig.ts'
import { write } from '../tamper.ts'

const unitBytes = 20
const fileBytes = 20_000 * unitBytes
const queueFile = `${root}/consumequeue/T/0/${'0'.repeat(20)}`

/** Files that count what is read of consume queues. */
class CountedFiles extends MemoryFileSystem {
  queueBytesRead = 0

  constructor(options: MemoryFileSystemOptions) {
    super(options)
  }

  override async open(path: string, options = {}): Promise<File> {
    const file = await super.open(path, options)
    if (!path.includes('/consumequeue/')) return file
    const read = file.read.bind(file)
    file.read = async (buffer, position) => {
      this.queueBytesRead += buffer.length
      return read(buffer, position)
    }
    return file
  }

  override readNow(path: string, buffer: Uint8Array, position: number): number {
    if (path.includes('/consumequeue/')) this.queueBytesRead += buffer.length
    return super.readNow(path, buffer, position)
  }
}

/** A store whose units of 30 messages are in the file, and later than the checkpoint, when its process ends. */
async function killed(): Promise<{ rig: Rig; files: CountedFiles }> {
  const rig = await Rig.open({ mappedFileSizeConsumeQueue: fileBytes, mappedFileSizeCommitLog: 1024 * 1024 })
  await rig.reopen()
  for (let n = 0; n < 30; n++) await rig.clock.until(rig.store.put(messageWith({ body: Buffer.from(`${n}`) })))
  await rig.clock.advance(1_000)
  const before = rig.files as MemoryFileSystem
  before.shutDown()
  const files = new CountedFiles({ clock: rig.clock, disk: before.disk })
  rig.files = files
  await rig.clock.settle()
  return { rig, files }
}

it('does not read the rest of a queue file because units that are made again are in it', async () => {
  const { rig, files } = await killed()
  const units = await files.readFile(queueFile)
  assert.ok(units.readInt32BE(29 * unitBytes + 8) > 0, 'the last unit is in the file')
  await rig.open()
  assert.ok(files.queueBytesRead < 100_000, `${files.queueBytesRead} bytes of the queue were read`)
  assert.equal((await rig.bodies()).length, 30)
  await rig.store.close()
})

it('erases what lies behind them all the same', async () => {
  for (const at of [31 * unitBytes, 5_000, 100_000, fileBytes - unitBytes]) {
    const { rig, files } = await killed()
    await write(files, queueFile, at, Buffer.alloc(unitBytes, 1))
    await rig.open()
    assert.equal((await rig.bodies()).length, 30)
    await rig.store.close()
    const units = await files.readFile(queueFile)
    assert.ok(
      units.subarray(30 * unitBytes).every((byte) => byte === 0),
      `garbage at ${at} is gone`,
    )
  }
})
