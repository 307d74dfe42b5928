import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Clock, sleep } from '@cometmq/platform'

export interface ClockUnderTest {
  readonly clock: Clock
  /** Waits for `promise`, and makes time pass meanwhile. */
  until<T>(promise: Promise<T>): Promise<T>
}

/** What holds for every `Clock`. */
export function clockContract(name: string, makeClock: () => ClockUnderTest): void {
  describe(`clock contract: ${name}`, () => {
    test('a task runs once, not before its delay is over', async () => {
      const { clock, until } = makeClock()
      const begun = clock.monotonicMs()
      let runs = 0
      await until(
        new Promise<void>((resolve) => {
          clock.after(20, () => {
            runs++
            resolve()
          })
        }),
      )
      // Timers of Node count whole milliseconds from the beginning of a turn.
      assert.ok(clock.monotonicMs() - begun >= 19)
      await until(sleep(clock, 30))
      assert.equal(runs, 1)
    })

    test('a delay of zero or less runs its task in a later turn', async () => {
      const { clock, until } = makeClock()
      let isLater = false
      const ran = new Promise<boolean>((resolve) => clock.after(-5, () => resolve(isLater)))
      isLater = true
      assert.equal(await until(ran), true)
    })

    test('tasks run in the order in which they are due, and in the order of their making when due together', async () => {
      const { clock, until } = makeClock()
      const order: string[] = []
      clock.after(30, () => order.push('third'))
      clock.after(10, () => order.push('first'))
      clock.after(10, () => order.push('second'))
      await until(sleep(clock, 60))
      assert.deepEqual(order, ['first', 'second', 'third'])
    })

    test('a cancelled task does not run, and may be cancelled again', async () => {
      const { clock, until } = makeClock()
      let runs = 0
      const timer = clock.after(5, () => runs++)
      const period = clock.every(5, () => runs++)
      timer.cancel()
      timer.cancel()
      period.cancel()
      await until(sleep(clock, 30))
      timer.cancel()
      assert.equal(runs, 0)
    })

    test('a delay longer than an int32 waits', async () => {
      const { clock, until } = makeClock()
      let runs = 0
      const timer = clock.after(2 ** 31, () => runs++)
      await until(sleep(clock, 20))
      assert.equal(runs, 0)
      timer.cancel()
      assert.throws(() => clock.every(0, () => {}), /period/)
    })

    test('a period runs again and again, until it is cancelled from inside or outside', async () => {
      const { clock, until } = makeClock()
      let runs = 0
      await until(
        new Promise<void>((resolve) => {
          const period = clock.every(5, () => {
            if (++runs < 3) return
            period.cancel()
            resolve()
          })
        }),
      )
      await until(sleep(clock, 30))
      assert.equal(runs, 3)
    })

    test('time goes on, monotonic time at the pace of the time of day', async () => {
      const { clock, until } = makeClock()
      const now = clock.now()
      const monotonicMs = clock.monotonicMs()
      assert.ok(Number.isSafeInteger(now))
      await until(sleep(clock, 50))
      assert.ok(clock.now() >= now + 49)
      // A busy machine may stop the process between two looks at its clocks.
      assert.ok(Math.abs(clock.now() - now - (clock.monotonicMs() - monotonicMs)) < 500)
    })

    test('the end of the tick comes after the promises of the tick, and in order', async () => {
      const { clock, until } = makeClock()
      const order: string[] = []
      const ended = new Promise<void>((resolve) => {
        clock.endOfTick(() => order.push('end'))
        clock.endOfTick(() => {
          order.push('end too')
          resolve()
        })
      })
      void Promise.resolve().then(() => order.push('promise'))
      order.push('now')
      await until(ended)
      assert.deepEqual(order, ['now', 'promise', 'end', 'end too'])
    })

    test('sleep ends with its time, or with the reason of its signal', async () => {
      const { clock, until } = makeClock()
      await until(sleep(clock, 5))
      const controller = new AbortController()
      const cut = sleep(clock, 3_600_000, controller.signal)
      const reason = new Error('no longer needed')
      controller.abort(reason)
      await assert.rejects(until(cut), reason)
      await assert.rejects(until(sleep(clock, 5, controller.signal)), reason)
    })
  })
}
