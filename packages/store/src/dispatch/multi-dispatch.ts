import {
  deadLetterTopicPrefix,
  liteQueuePrefix,
  propertyNames,
  propertyOf,
  retryTopicPrefix,
  systemTopicPrefix,
  systemTopics,
  withProperties,
} from '@cometmq/protocol/message'
import { illegalMessage, StoreError } from '../error.ts'
import type { MessageToStore } from '../message.ts'
import type { ConsumeQueue } from '../queue/consume-queue.ts'
import type { QueueTable } from '../queue/queue-table.ts'
import { isTopicFolder } from './topic-folder.ts'

/** Light queues that one message can go to; one with more is refused. Each can be a new folder and file. */
const maxTargets = 1024
const separator = ','

/** A place of a message in a queue besides its own. */
export interface DispatchTarget {
  readonly queue: ConsumeQueue
  readonly queueOffset: number
}

/** A place that a record says it has in a light queue, by name. */
export interface NamedTarget {
  readonly name: string
  readonly queueOffset: number
}

/** A message with the offsets in it that it gets in light queues, in the order of their names. */
export interface PlannedDispatch {
  readonly message: MessageToStore
  readonly names: readonly string[]
}

/**
 * Light queues (LMQ): a message that names some in INNER_MULTI_DISPATCH stands in each of them too, at the offset that INNER_MULTI_QUEUE_OFFSET says. The
 * record is in the log once; each queue `%LMQ%…` has a unit for it, in queue 0. The offsets are given at the append, and with them the record gets longer.
 */
export class MultiDispatch {
  readonly #queues: QueueTable
  readonly #maxQueues: number

  /** `maxQueues`: a message that would make more light queues than that is refused. */
  constructor(queues: QueueTable, maxQueues: number) {
    this.#queues = queues
    this.#maxQueues = maxQueues
  }

  /** What the message becomes; itself without names when it goes to its own queue alone. Nothing is changed before `place`. */
  plan(message: MessageToStore): PlannedDispatch | StoreError {
    const { topic, properties } = message
    const listed = properties.includes(propertyNames.INNER_MULTI_DISPATCH) && isDispatched(topic)
    const names = listed ? namesIn(properties) : []
    if (names.length === 0) return { message, names }
    if (names.length > maxTargets)
      return illegalMessage(`it names ${names.length} light queues, and the limit is ${maxTargets}`)
    const offsets = new Map<string, number>()
    let added = 0
    const given = names.map((name) => {
      const queue = this.#queues.find(name, 0)
      if (queue === undefined && !offsets.has(name)) added++
      const offset = offsets.get(name) ?? queue?.nextOffset ?? 0
      offsets.set(name, offset + 1)
      return offset
    })
    if (added > 0 && this.#queues.lightQueues + added > this.#maxQueues) return this.#tooMany()
    const changes = {
      [propertyNames.INNER_MULTI_DISPATCH]: names.join(separator),
      [propertyNames.INNER_MULTI_QUEUE_OFFSET]: given.join(separator),
    }
    return { message: { ...message, properties: withProperties(properties, changes) }, names }
  }

  /** Takes the offsets that `plan` has found, in the same turn. */
  place(names: readonly string[]): DispatchTarget[] {
    return names.map((name) => {
      const queue = this.#queues.findOrMake(name, 0)
      return { queue, queueOffset: queue.nextOffset++ }
    })
  }

  #tooMany(): StoreError {
    return new StoreError(
      'STORE_LIGHT_QUEUES_EXCEEDED',
      `there are ${this.#queues.lightQueues} light queues, and maxLmqConsumeQueueNum is ${this.#maxQueues}: delete unused ones, or raise the limit`,
    )
  }
}

/** The places that a stored record has in light queues. */
export function targetsOf(topic: string, properties: string): NamedTarget[] {
  const offsets = propertyOf(properties, propertyNames.INNER_MULTI_QUEUE_OFFSET)?.split(separator)
  if (offsets === undefined || !isDispatched(topic)) return []
  const names = (propertyOf(properties, propertyNames.INNER_MULTI_DISPATCH) ?? '').split(separator)
  if (names.length !== offsets.length) return []
  return names.flatMap((name, index) => {
    const queueOffset = Number(offsets[index])
    return isLightQueue(name) && Number.isSafeInteger(queueOffset) && queueOffset >= 0 ? [{ name, queueOffset }] : []
  })
}

function namesIn(properties: string): string[] {
  return (propertyOf(properties, propertyNames.INNER_MULTI_DISPATCH) ?? '').split(separator).filter(isLightQueue)
}

const isLightQueue = (name: string) => name.startsWith(liteQueuePrefix) && isTopicFolder(name)

/** Copies of messages that were dispatched before, and messages of the broker itself, are not. */
function isDispatched(topic: string): boolean {
  return !(
    topic.startsWith(retryTopicPrefix) ||
    topic.startsWith(deadLetterTopicPrefix) ||
    topic.startsWith(systemTopicPrefix) ||
    topic === systemTopics.SCHEDULE
  )
}
