import { randomFillSync } from 'node:crypto'
import { assert } from '../assert.ts'
import type { Random } from '../random.ts'

/** The machine's randomness. Only `bytes` is fit for secrets; `int` and `float` are for choices, jitter and names. */
export const nodeRandom: Random = {
  int(bound) {
    assert(Number.isInteger(bound) && bound > 0 && bound <= 0x7fffffff, `a random integer needs a bound, not ${bound}`)
    return Math.floor(Math.random() * bound)
  },
  float: () => Math.random(),
  bytes: (length) => randomFillSync(Buffer.allocUnsafeSlow(length)),
}
