import { nodeClock } from '@cometmq/platform/node'
import { clockContract } from '@cometmq/testkit/contracts'
import { awake } from './awake.ts'

clockContract('node', () => ({ clock: nodeClock, until: awake }))
