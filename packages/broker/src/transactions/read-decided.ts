import { type Clock, sleep } from '@cometmq/platform'
import { decodeRecord, systemTopics } from '@cometmq/protocol/message'
import type { MessageStore } from '@cometmq/store'
import { halfQueueId } from './half-message.ts'
import { halfOffsetsOf } from './op-message.ts'

/** Op messages that are read at once. RocketMQ: OP_MSG_PULL_NUMS. */
const batchMessages = 32
/** Reads after which others get their turn. */
const readsPerTurn = 16

export interface ReadDecided {
  /** Whether an op message says that the half message is decided; false outside of the window. */
  has(halfOffset: number): boolean
  /** Where op messages begin that say something of the window, or of what lies behind it. */
  nextOpOffset: number
  /** Whether all op messages were read. */
  isWhole: boolean
}

/** Reads all op messages from `opOffset` on, for the half messages of a window that begins with `from`. */
export async function readDecided(
  { store, clock }: { store: MessageStore; clock: Clock },
  opOffset: number,
  window: { from: number; to: number },
  mayGoOn: () => boolean,
): Promise<ReadDecided> {
  const { from, to } = window
  const bits = new Uint8Array(Math.ceil(Math.max(to - from, 0) / 8))
  const has = (offset: number) =>
    offset >= from && offset < to && (bits[(offset - from) >> 3]! & bitOf(offset, from)) !== 0
  const read: ReadDecided = { has, nextOpOffset: opOffset, isWhole: false }
  let isPrefix = true
  let offset = opOffset
  for (let reads = 1; mayGoOn(); reads++) {
    const result = await store.get({
      topic: systemTopics.TRANS_OP_HALF,
      queueId: halfQueueId,
      offset,
      maxMessages: batchMessages,
    })
    for (const record of result.records) {
      const { body, queueOffset } = decodeRecord(record, 0)
      let last = -1
      for (const half of halfOffsetsOf(body)) {
        last = Math.max(last, half)
        if (half >= from && half < to) bits[(half - from) >> 3]! |= bitOf(half, from)
      }
      isPrefix &&= last < from
      if (isPrefix) read.nextOpOffset = queueOffset + 1
    }
    if (result.nextBeginOffset === offset) {
      read.isWhole = true
      return read
    }
    offset = result.nextBeginOffset
    // What cannot be read any more says nothing; an offset behind the end is moved back to it.
    if (isPrefix) read.nextOpOffset = offset
    if (reads % readsPerTurn === 0) await sleep(clock, 0)
  }
  return read
}

const bitOf = (offset: number, from: number) => 1 << ((offset - from) & 7)
