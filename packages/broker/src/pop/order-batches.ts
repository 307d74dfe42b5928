import { type Clock, type FileSystem, type Logger, messageOf, readReplaceable, type Timer } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import { type ConsumerOrderInfoFile, consumerOrderInfoFile, type OrderInfo } from '@cometmq/protocol/bodies'
import { Refusal } from '@cometmq/remoting'
import { ConfigFile } from '../config-file.ts'
import { brokerLimits } from '../limits.ts'

interface World {
  files: FileSystem
  clock: Clock
  logger: Logger
}

/** Which queue of which group. */
export interface OrderQueue {
  readonly topic: string
  readonly group: string
  readonly queueId: number
}

/** A batch that is handed out. */
export interface OrderBatch {
  readonly attemptId: string | undefined
  readonly popTime: number
  readonly invisibleTime: number
  readonly offsets: readonly number[]
}

/** What became of an acknowledgement: `commit` up to here, or it is of another batch, or of no message of it. */
export type OrderAck = { readonly commit: number } | 'stale' | 'unknown'

/** How often the file is written. RocketMQ writes it with the other tables. */
const saveMs = 10_000
/** A batch that nobody has touched for so long is forgotten; its messages are popped again from the committed offset. */
const forgetMs = 24 * 60 * 60 * 1_000

/**
 * What was popped in order: of each queue of a group the last batch, which of its messages are acknowledged, and when the others can be seen again. Until then, or until all are
 * acknowledged, the queue gives nothing more. Kept in `consumerOrderInfo.json`; after a crash what lies behind the committed offset is popped again. Source:
 * ConsumerOrderInfoManager of Apache RocketMQ 5.5.0.
 */
export class OrderBatches {
  /** By `topic@group`, then by queue. */
  readonly #table: Map<string, Map<number, OrderInfo>>
  readonly #clock: Clock
  readonly #file: ConfigFile
  readonly #timer: Timer
  readonly #logger: Logger
  /** The file as it was found, for what another broker has put there besides. */
  readonly #stored: ConsumerOrderInfoFile | undefined
  #size = 0
  #changes = 0
  #savedChanges = 0

  static async load(path: string, world: World): Promise<OrderBatches> {
    const stored = await readReplaceable(world.files, path, (content) => consumerOrderInfoFile.decode(content))
    return new OrderBatches(path, stored, world)
  }

  private constructor(path: string, stored: ConsumerOrderInfoFile | undefined, world: World) {
    this.#stored = stored
    this.#table = stored?.table ?? new Map()
    for (const queues of this.#table.values()) this.#size += queues.size
    this.#clock = world.clock
    this.#logger = world.logger
    this.#file = new ConfigFile(path, () => this.#encode(), world)
    this.#timer = world.clock.every(saveMs, () => {
      this.#forgetOld()
      this.save().catch((error: unknown) =>
        world.logger.error(
          { path, reason: messageOf(error) },
          'what was popped in order was not written; trying again',
        ),
      )
    })
  }

  get size(): number {
    return this.#size
  }

  /** Until when the queue gives nothing; `undefined` when it does. Whoever repeats its attempt is given the same again. */
  blockedUntil(queue: OrderQueue, attemptId: string | undefined): number | undefined {
    const info = this.#get(queue)
    if (info === undefined || (attemptId !== undefined && info.a === attemptId)) return undefined
    const now = this.#clock.now()
    let until: number | undefined
    for (const [i, offset] of offsetsOf(info).entries()) {
      const visibleAt = info.ot?.get(offset) ?? info.popTime + (info.i ?? 0)
      if (!isAcknowledged(info, i) && visibleAt > now) until = Math.max(until ?? 0, visibleAt)
    }
    return until
  }

  /** Notes a batch; answers for its messages how often they were handed out before. @throws Refusal when there are too many */
  handOut(queue: OrderQueue, { attemptId, popTime, invisibleTime, offsets }: OrderBatch): Map<number, number> {
    const before = this.#get(queue)
    if (before === undefined && this.#size >= brokerLimits.orderBatches) {
      throw new Refusal(
        responseCode.SYSTEM_BUSY,
        `${this.#size} queues of groups are popped in order, and the limit is ${brokerLimits.orderBatches}; those that are not used for a day are forgotten`,
      )
    }
    const isRepeated = before !== undefined && attemptId !== undefined && before.a === attemptId
    const known = before === undefined ? [] : offsetsOf(before)
    const counts = new Map<number, number>()
    for (const offset of offsets) {
      if (!known.includes(offset)) continue
      const count = (before!.oc?.get(offset) ?? 0) + (isRepeated ? 0 : 1)
      if (count > 0) counts.set(offset, count)
    }
    const [first = 0] = offsets
    this.#set(queue, {
      a: attemptId,
      cm: 0,
      i: invisibleTime,
      l: this.#clock.now(),
      o: offsets.map((offset, i) => (i === 0 ? offset : offset - first)),
      oc: counts.size > 0 ? counts : undefined,
      ot: undefined,
      popTime,
    })
    return counts
  }

  /** A message is done. When nothing is known of the queue, all up to it counts as done. */
  acknowledge(queue: OrderQueue, offset: number, popTime: number): OrderAck {
    const info = this.#get(queue)
    if (info === undefined) return { commit: offset + 1 }
    const offsets = offsetsOf(info)
    const index = offsets.indexOf(offset)
    if (popTime !== info.popTime) return 'stale'
    if (index < 0) return 'unknown'
    const cm = isAcknowledged(info, index) ? info.cm : info.cm + 2 ** index
    const changed = { ...info, cm, l: this.#clock.now() }
    this.#set(queue, changed)
    const open = offsets.find((_, i) => !isAcknowledged(changed, i))
    return { commit: open ?? offsets.at(-1)! + 1 }
  }

  /** A message can be seen again at this time. Of another batch, or of none, nothing changes. */
  changeVisibility(queue: OrderQueue, offset: number, popTime: number, visibleAt: number): void {
    const info = this.#get(queue)
    if (info === undefined || info.popTime !== popTime || !offsetsOf(info).includes(offset)) return
    this.#set(queue, { ...info, ot: new Map(info.ot).set(offset, visibleAt), l: this.#clock.now() })
  }

  /** The queue is free: its offset was set by an administrator. */
  forget({ topic, group, queueId }: OrderQueue): void {
    const queues = this.#table.get(keyOf(topic, group))
    if (queues?.delete(queueId) !== true) return
    if (queues.size === 0) this.#table.delete(keyOf(topic, group))
    this.#size--
    this.#changes++
  }

  removeTopic(topic: string): void {
    for (const key of [...this.#table.keys()]) if (key.startsWith(`${topic}@`)) this.#remove(key)
  }

  removeGroup(group: string): void {
    for (const key of [...this.#table.keys()]) if (key.endsWith(`@${group}`)) this.#remove(key)
  }

  async save(): Promise<void> {
    const changes = this.#changes
    if (changes === this.#savedChanges) return
    await this.#file.save()
    this.#savedChanges = changes
  }

  async close(): Promise<void> {
    this.#timer.cancel()
    await this.save().catch((error: unknown) =>
      this.#logger.error({ reason: messageOf(error) }, 'what was popped in order was not written'),
    )
    await this.#file.settle()
  }

  #get({ topic, group, queueId }: OrderQueue): OrderInfo | undefined {
    return this.#table.get(keyOf(topic, group))?.get(queueId)
  }

  #set({ topic, group, queueId }: OrderQueue, info: OrderInfo): void {
    const key = keyOf(topic, group)
    let queues = this.#table.get(key)
    if (queues === undefined) this.#table.set(key, (queues = new Map()))
    if (!queues.has(queueId)) this.#size++
    queues.set(queueId, info)
    this.#changes++
  }

  #remove(key: string): void {
    this.#size -= this.#table.get(key)!.size
    this.#table.delete(key)
    this.#changes++
  }

  #forgetOld(): void {
    const oldest = this.#clock.now() - forgetMs
    for (const [key, queues] of this.#table) {
      for (const [queueId, info] of queues) {
        if (info.l >= oldest) continue
        queues.delete(queueId)
        this.#size--
        this.#changes++
      }
      if (queues.size === 0) this.#table.delete(key)
    }
  }

  #encode(): Buffer {
    return consumerOrderInfoFile.encode({ ...this.#stored, table: this.#table })
  }
}

const keyOf = (topic: string, group: string) => `${topic}@${group}`
const offsetsOf = ({ o }: OrderInfo): number[] => o.map((offset, i) => (i === 0 ? offset : o[0]! + offset))
/** The bits are those of a Java long. */
const isAcknowledged = ({ cm }: OrderInfo, index: number): boolean => Math.floor(cm / 2 ** index) % 2 === 1
