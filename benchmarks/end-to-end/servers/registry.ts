import { apache } from './apache.ts'
import { cometmq, cometmqShards } from './cometmq.ts'
import { kafka } from './kafka.ts'
import { loopback } from './loopback.ts'
import { nats } from './nats.ts'
import { rabbitmq } from './rabbitmq.ts'
import { redis } from './redis.ts'
import { rocketmqRust } from './rocketmq-rust.ts'
import type { ServerKind } from './server.ts'

export const serverKinds: readonly ServerKind[] = [
  apache,
  cometmq,
  cometmqShards,
  nats,
  rocketmqRust,
  kafka,
  rabbitmq,
  redis,
  loopback,
]
