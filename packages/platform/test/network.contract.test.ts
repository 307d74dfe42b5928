import { nodeNetwork } from '@cometmq/platform/node'
import { networkContract } from '@cometmq/testkit/contracts'
import { awake } from './awake.ts'

networkContract('node', () => ({ network: nodeNetwork, until: awake }))
