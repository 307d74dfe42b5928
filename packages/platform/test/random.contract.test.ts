import { nodeRandom } from '@cometmq/platform/node'
import { randomContract } from '@cometmq/testkit/contracts'

randomContract('node', () => nodeRandom)
