import { randomContract } from '@cometmq/testkit/contracts'
import { SeededRandom } from '@cometmq/testkit/sim'

for (const seed of [0, 1, -1, 2 ** 40 + 7]) randomContract(`seed ${seed}`, () => new SeededRandom(seed))
