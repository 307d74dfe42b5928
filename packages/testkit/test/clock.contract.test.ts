import { clockContract } from '@cometmq/testkit/contracts'
import { SimulatedClock } from '@cometmq/testkit/sim'

clockContract('simulated', () => {
  const clock = new SimulatedClock()
  return { clock, until: (promise) => clock.until(promise) }
})
