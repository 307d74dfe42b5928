import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SimulatedClock } from '@cometmq/testkit/sim'
import { ColdReadPace } from '../../src/read/cold-read-pace.ts'

/** A clock on which work takes time, too: tasks at the end of a tick run one by one with what they set off, and work moves the time. */
class WorkingClock extends SimulatedClock {
  workMs = 0

  override monotonicMs(): number {
    return super.monotonicMs() + this.workMs
  }

  override endOfTick(task: () => void): void {
    setImmediate(task)
  }

  override async settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** A loop that is as busy as `busyShare` says, with senders or without. */
class Loop {
  readonly clock = new WorkingClock()
  busyShare = 1
  sendsPerMs = 10
  #busyMs = 0
  #sent = 0
  readonly pace = new ColdReadPace({
    clock: this.clock,
    loopBusyMs: () => this.#busyMs + this.clock.workMs,
    putMessages: () => Math.floor(this.#sent + this.clock.workMs * this.sendsPerMs),
    leastShare: 0.05,
  })

  async advance(ms: number): Promise<void> {
    for (let n = 0; n < ms; n++) {
      await this.clock.advance(1)
      this.#busyMs += this.busyShare
      this.#sent += this.sendsPerMs
      this.pace.isFree()
    }
  }

  /** Cold reads that follow one another, each of which takes `costMs` of the loop; answers how many there were in `ms`. */
  async readFor(ms: number, costMs: number): Promise<number> {
    let reads = 0
    let isOver = false
    const reader = (async () => {
      while (!isOver) {
        await this.pace.turn()
        reads++
        this.clock.workMs += costMs
      }
    })()
    const end = this.clock.monotonicMs() + ms
    while (this.clock.monotonicMs() < end) await this.advance(1)
    isOver = true
    await this.advance(2 * costMs * 20 + 5)
    await reader
    return reads
  }
}

describe('the pace of cold reads', () => {
  it('is free while nobody sends, however busy the loop is', async () => {
    const loop = new Loop()
    loop.sendsPerMs = 0
    await loop.advance(100)
    assert.ok(loop.pace.isFree())
    await loop.pace.turn()
    assert.equal(loop.pace.share, 1)
  })

  it('lets nobody wait long for a turn during which the machine stood still', async () => {
    const loop = new Loop()
    await loop.advance(100)
    const stalled = loop.pace.turn().then(() => {
      loop.clock.workMs += 2_000
    })
    await loop.advance(100)
    await stalled
    let isNext = false
    const next = loop.pace.turn().then(() => {
      isNext = true
    })
    await loop.advance(600)
    assert.ok(isNext)
    await next
  })

  it('is free where nothing tells how busy the loop is', () => {
    const clock = new SimulatedClock()
    const pace = new ColdReadPace({ clock, loopBusyMs: undefined, putMessages: () => clock.now(), leastShare: 0.05 })
    assert.ok(pace.isFree())
  })

  it('falls to the least share beside a busy loop, and no lower', async () => {
    const loop = new Loop()
    await loop.advance(200)
    assert.equal(loop.pace.share, 0.05)
    const reads = await loop.readFor(1000, 0.5)
    assert.ok(reads >= 80 && reads <= 130, `${reads} reads of 0.5 ms in a second`)
  })

  it('takes more while the loop has time left, and gives it back when it has none', async () => {
    const loop = new Loop()
    loop.busyShare = 0.3
    await loop.advance(2000)
    assert.equal(loop.pace.share, 0.5)
    loop.busyShare = 0.9
    await loop.advance(200)
    assert.equal(loop.pace.share, 0.05)
    loop.sendsPerMs = 0
    await loop.advance(40)
    assert.ok(loop.pace.isFree())
  })

  it('lets a read that is larger than its share wait for the next, not starve', async () => {
    const loop = new Loop()
    await loop.advance(100)
    const reads = await loop.readFor(2000, 20)
    assert.ok(reads >= 4 && reads <= 8, `${reads} reads of 20 ms in two seconds`)
  })
})
