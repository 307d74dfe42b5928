import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import { RecordCopy } from '@cometmq/protocol'
import { decodeRecord, encodeRecord, recordSize, systemTopics } from '@cometmq/protocol/message'
import type { MessageStore, PutTicket } from '@cometmq/store'
import { SimulatedClock } from '@cometmq/testkit/sim'
import { DelayLevel } from '../../src/delay/delay-level.ts'

const storeHost = { host: '10.0.0.1', port: 10_911 }

function recordOf(queueOffset: number, storeTimestamp: number): Buffer {
  const message = {
    ...{ topic: systemTopics.SCHEDULE, queueId: 0, flag: 0, sysFlag: 0, bornTimestamp: 1, bornHost: storeHost },
    ...{ reconsumeTimes: 0, preparedTransactionOffset: 0, body: Buffer.from(`message ${queueOffset}`) },
    properties: 'DELAY\u00011\u0002REAL_TOPIC\u0001T\u0002REAL_QID\u00010\u0002',
  }
  const bytes = Buffer.alloc(recordSize(message, storeHost))
  encodeRecord(bytes, 0, message, { queueOffset, physicalOffset: queueOffset * 1_000, storeTimestamp, storeHost })
  return bytes
}

/** A level over these messages; `put` says what becomes of each delivery. */
function levelOver(clock: SimulatedClock, records: readonly Buffer[], put: (body: string, ticket: PutTicket) => void) {
  const end = decodeRecord(records.at(-1)!, 0).queueOffset + 1
  const store = {
    get: ({ offset, maxMessages }: { offset: number; maxMessages: number }) => {
      const found = records.filter((record) => decodeRecord(record, 0).queueOffset >= offset).slice(0, maxMessages)
      if (found.length === 0) return { status: 'OFFSET_OVERFLOW_ONE', nextBeginOffset: end, records: [] }
      return { status: 'FOUND', nextBeginOffset: decodeRecord(found.at(-1)!, 0).queueOffset + 1, records: found }
    },
    putPlain: ({ body }: { body: Buffer }, _options: unknown, ticket: PutTicket) => {
      const text = body.toString()
      clock.endOfTick(() => put(text, ticket))
      return true
    },
  } as unknown as MessageStore
  const parts = { queueId: 0, delayMs: 1_000, nextOffset: 0, store, clock, logger: silentLogger }
  return new DelayLevel({ ...parts, copy: new RecordCopy({ without: [], notWith: [] }), onDelivered: () => {} })
}

test('of messages that are delivered together the one that fails is delivered again, alone', async () => {
  const clock = new SimulatedClock()
  const records = Array.from({ length: 100 }, (_, index) => recordOf(index, clock.now()))
  const tried: string[] = []
  let failures = 2
  const level = levelOver(clock, records, (body, ticket) => {
    tried.push(body)
    if (body === 'message 10' && failures-- > 0) ticket.fail(new Error('no room'))
    else ticket.settle('PUT_OK')
  })
  level.wake()
  await clock.advance(999)
  assert.equal(tried.length, 0)
  await clock.advance(1)
  assert.equal(level.nextOffset, 10)
  await clock.advance(5_000)
  assert.equal(level.nextOffset, 100)
  assert.equal(tried.length, 102)
  assert.equal(tried.filter((body) => body === 'message 10').length, 3)
  assert.equal(new Set(tried).size, 100)
  await level.close()
})

test('messages that the log does not have any more hold up nothing', async () => {
  const clock = new SimulatedClock()
  const records = [3, 4, 8].map((offset) => recordOf(offset, clock.now()))
  const tried: string[] = []
  const level = levelOver(clock, records, (body, ticket) => {
    tried.push(body)
    ticket.settle('PUT_OK')
  })
  level.wake()
  await clock.advance(1_000)
  assert.deepEqual(tried, ['message 3', 'message 4', 'message 8'])
  assert.equal(level.nextOffset, 9)
  await level.close()
})
