import { networkContract } from '@cometmq/testkit/contracts'
import { SeededRandom, SimulatedClock, SimulatedNetwork } from '@cometmq/testkit/sim'

for (const seed of [1, 2, 3, 4, 5]) {
  networkContract(`simulated, seed ${seed}`, () => {
    const clock = new SimulatedClock()
    const network = new SimulatedNetwork({ clock, random: new SeededRandom(seed) })
    return { network: network.host('10.0.0.1'), until: (promise) => clock.until(promise) }
  })
}
