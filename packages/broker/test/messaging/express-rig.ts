import type { FileSystem } from '@cometmq/platform'
import { readTotalSize, recordLayout, storeTimestampOffset } from '@cometmq/protocol/message'
import type { MessageStore } from '@cometmq/store'
import { FaultyFileSystem } from '@cometmq/testkit/sim'
import fc from 'fast-check'
import { Rig } from '../rig.ts'

/** A property as clients write it, which a message cannot do without. */
export const uniqKey = 'UNIQ_KEY\u00010A0000020001000000000000000A0001\u0002'

/** Mostly the first of these, so that much is taken. */
export const often = <T>(value: T, ...others: T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(value) }, fc.constantFrom(...others))

/** Has `store` take what is put the fast way only if `mayTake`, and counts it. */
export function countTaken(store: MessageStore, mayTake: boolean): { taken: number } {
  const count = { taken: 0 }
  const putPlain = store.putPlain.bind(store)
  store.putPlain = (message, options, ticket) => {
    const isTaken = mayTake && putPlain(message, options, ticket)
    if (isTaken) count.taken++
    return isTaken
  }
  return count
}

/** The bytes of all records in the log, without the time of storing, which depends on the network. */
export async function loggedRecords(files: FileSystem): Promise<Buffer[]> {
  const log = await files.readFile('/data/store/commitlog/00000000000000000000', 4 * 1024 * 1024)
  const records: Buffer[] = []
  for (let at = 0; typeof recordLayout(log, at, log.length) !== 'string'; ) {
    const record = log.subarray(at, at + readTotalSize(log, at))
    const timeAt = storeTimestampOffset(record, 0)
    record.fill(0, timeAt, timeAt + 8)
    records.push(record)
    at += record.length
  }
  return records
}

/** A broker with queues of T1, of which one has its first message; that one always goes the usual way. `breakDisk` has every later write to the log fail. */
export async function rigOnBreakableDisk(queueId: number) {
  const rig = new Rig()
  const files = new FaultyFileSystem(rig.files)
  rig.files = files
  await rig.broker()
  const client = rig.client()
  await client.createTopic('T1', { queues: 4 })
  await client.send('T1', 'first', { queueId })
  const peer = await rig.clock.until(client.connectRaw())
  const breakDisk = () =>
    files.arm({ operation: 'write', systemCode: 'EIO', path: /commitlog/, times: Number.POSITIVE_INFINITY })
  return { rig, peer, breakDisk }
}
