import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Dump, type DumpedMessage, systemTopics } from '../../disk/dump.ts'
import { timerDeliveries } from '../../disk/timers.ts'

const due = 50_000
const handedOver = 40_000

/** A message of the timers' topic, or, with a time, a delivery of it. */
function message(key: string, deliveredAt?: number, more: Readonly<Record<string, string>> = {}): DumpedMessage {
  return {
    kind: 'message',
    topic: deliveredAt === undefined ? systemTopics.timers : 'timed',
    ...{ queue: 0, offset: 0, storeSize: 200, bodyLength: 10, bornHost: '', storeHost: '' },
    storeTimestamp: deliveredAt ?? 10_000,
    properties: { KEYS: key, TIMER_DELIVER_MS: String(due), REAL_TOPIC: 'timed', ...more },
  }
}

function dumpOf(...messages: DumpedMessage[]): Dump {
  return { messages: new Map(messages.map((one, place) => [String(place), one])), queues: new Map(), holes: 0 }
}

describe('a timer of a store that changes hands', () => {
  it('comes once, at its time or behind it', () => {
    const found = timerDeliveries(dumpOf(message('later1'), message('later1', due)), false, handedOver)
    assert.deepEqual(found, { flaws: [], later: 1 })
  })
  it('is missed when it does not come', () => {
    assert.equal(timerDeliveries(dumpOf(message('later1')), true, handedOver).flaws.length, 1)
  })
  it('may not come early', () => {
    const { flaws } = timerDeliveries(dumpOf(message('later1'), message('later1', due - 1)), false, handedOver)
    assert.deepEqual(flaws, ['later1: delivered 1 ms early'])
  })
  it('may not come twice, except where the writer was killed behind its delivery', () => {
    const [first, second] = [message('soon1', due), message('soon1', due + 100)]
    const twice = dumpOf(message('soon1'), first, second)
    assert.equal(timerDeliveries(twice, false, due + 50).flaws.length, 1)
    assert.equal(timerDeliveries(twice, true, due + 50).flaws.length, 0)
    assert.equal(timerDeliveries(twice, true, handedOver).flaws.length, 1)
  })
  it('does not come when it waits for days, or was taken back', () => {
    const waiting = [message('days0'), message('recalled'), message('recalled', undefined, { TIMER_DEL_UNIQKEY: 'x' })]
    assert.deepEqual(timerDeliveries(dumpOf(...waiting), false, handedOver), { flaws: [], later: 0 })
    assert.equal(timerDeliveries(dumpOf(...waiting, message('recalled', due)), false, handedOver).flaws.length, 1)
  })
})
