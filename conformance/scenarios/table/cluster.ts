import { expectedOf } from '../../cluster/steps.ts'
import type { Scenario } from '../scenario.ts'

export const clusters: readonly Scenario[] = [
  {
    name: 'cluster',
    title:
      'Three brokers and two NameServers: what is made everywhere; a broker, then a NameServer is killed, and comes back',
    area: 'cluster',
    client: 'cluster',
    expected: expectedOf('cluster'),
  },
  {
    name: 'cluster-order',
    title:
      'A strictly ordered topic refuses what belongs to a broker that is away, and keeps its order over the return',
    area: 'cluster',
    client: 'cluster',
    expected: expectedOf('cluster-order'),
  },
]
