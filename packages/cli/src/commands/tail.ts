import type { Address, LogLevel } from '@cometmq/platform'
import { checkTopicName, type StoredMessage } from '@cometmq/protocol/message'
import { RemotingClient } from '@cometmq/remoting'
import { ConfigError } from '../config/config-error.ts'
import { messageAsJson, messageLine } from '../messages/shown-message.ts'
import { TopicReader } from '../messages/topic-reader.ts'
import type { TopicQueue } from '../messages/topic-route.ts'
import type { Terminal } from '../terminal.ts'
import type { World } from '../world.ts'

export interface TailOptions {
  namesrv: Address[]
  from: 'first' | 'last'
  group: string
  count?: number
  logLevel: LogLevel
  json: boolean
}

/** `cometmq tail`: prints the messages of all queues of a topic as they arrive, until it has printed enough or is told to stop. */
export async function tail(topic: string, options: TailOptions, world: World, terminal: Terminal): Promise<void> {
  const wrong = checkTopicName(topic)
  if (wrong !== undefined) throw new ConfigError(wrong)
  const logger = world.logger({ level: options.logLevel, json: options.json })
  const client = new RemotingClient({}, { ...world, logger })
  const enough = new AbortController()
  const ended = AbortSignal.any([enough.signal, terminal.stop])
  // A pull that a broker holds ends with its connection.
  ended.addEventListener('abort', () => void client.close(), { once: true })
  let left = options.count ?? Number.POSITIVE_INFINITY
  const show = (message: StoredMessage, queue: TopicQueue) => {
    if (left === 0) return
    left--
    terminal.print(options.json ? JSON.stringify(messageAsJson(message, queue)) : messageLine(message, queue))
    if (left === 0) enough.abort()
  }
  try {
    const { namesrv, from, group } = options
    const reader = new TopicReader({ topic, nameServers: namesrv, from, group }, show, { ...world, client, terminal })
    await reader.run(ended)
  } finally {
    await client.close()
  }
}
