import { apache } from './apache.ts'
import { cometmq } from './cometmq.ts'
import { loopback } from './loopback.ts'
import { nats } from './nats.ts'
import { redis } from './redis.ts'
import type { ServerKind } from './server.ts'

export const serverKinds: readonly ServerKind[] = [apache, cometmq, nats, redis, loopback]
