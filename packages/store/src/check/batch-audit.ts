import { type BatchUnit, batchUnitBytes, readBatchUnit } from '../format/batch-unit.ts'
import type { Findings } from './finding.ts'
import type { QueueFolder } from './found-store.ts'
import { checkRest } from './rest.ts'

/** Units of a queue that are read at once, and queues of which such a piece is kept: 9 MiB in all. The queue used longest ago goes first. */
const windowUnits = 100
const maxWindows = 2_048

export interface BatchAuditParts {
  findings: Findings
  /** Where records begin whose units are made again when the store is opened. */
  mendedFrom: number
  isClosed: boolean
  blockBytes: number | undefined
  logFirst: number
  /** Topics that exist, when that is known. */
  topics: ReadonlySet<string> | undefined
  queuePath: (topic: string, queueId: number) => string
}

interface Problem {
  readonly kind: 'queue-missing' | 'queue-unit-missing' | 'queue-unit-wrong' | 'log-offset-gap'
  readonly isMended: boolean
  readonly text: string
  count: number
}

interface Queue {
  readonly topic: string
  readonly path: string
  readonly folder: QueueFolder | undefined
  /** Number of the first unit whose record is kept, and of the one that the next record must have. */
  readonly firstUnit: number
  next: number
  /** Offset behind the last message that was met; `undefined` before the first. */
  nextOffset: number | undefined
  /** Offset behind the last message of those before the log. */
  readonly expiredEnd: number
  readonly problems: Map<string, Problem>
}

/** Holds every record of a batch queue against its unit: one for each, in the order of the log, however many messages it has. */
export class BatchAudit {
  readonly #parts: BatchAuditParts
  readonly #queues = new Map<string, Queue>()
  readonly #windows = new Map<Queue, { from: number; bytes: Buffer }>()
  units = 0

  constructor(parts: BatchAuditParts) {
    this.#parts = parts
  }

  get queues(): number {
    let count = 0
    for (const { folder } of this.#queues.values()) if (folder !== undefined) count++
    return count
  }

  async add(folder: QueueFolder): Promise<void> {
    const base = (folder.sequence.first ?? 0) / batchUnitBytes
    const queue = this.#put(folder.topic, folder.queueId, folder, base)
    let first = base
    let expiredEnd = 0
    // Expired units stand before those of records that are kept.
    for (let unit = await this.#unit(queue, first); unit !== undefined; unit = await this.#unit(queue, first)) {
      if (unit.physicalOffset >= this.#parts.logFirst) break
      expiredEnd = unit.baseOffset + unit.count
      first++
    }
    this.#windows.delete(queue)
    this.units += first - base
    this.#put(folder.topic, folder.queueId, folder, first, expiredEnd)
  }

  /** Offset behind the last message of the queue. */
  end(topic: string, queueId: number): number | undefined {
    const queue = this.#queues.get(keyOf(topic, queueId))
    return queue?.nextOffset ?? queue?.expiredEnd
  }

  /** The next record of a batch queue. */
  async check(topic: string, queueId: number, expected: BatchUnit): Promise<void> {
    const queue = this.#queues.get(keyOf(topic, queueId)) ?? this.#put(topic, queueId, undefined, 0)
    this.#order(queue, expected)
    if (queue.folder === undefined)
      return this.#problem(queue, expected, 'queue-missing', () => 'there is no such batch queue')
    const unit = await this.#unit(queue, queue.next++)
    if (unit === undefined) return this.#problem(queue, expected, 'queue-unit-missing', () => 'its unit is missing')
    this.units++
    const flaws = fields.filter((field) => unit[field] !== expected[field])
    if (flaws.length === 0) return
    const text = flaws.map((field) => `${field} ${unit[field]} and not ${expected[field]}`).join(', ')
    this.#problem(queue, expected, 'queue-unit-wrong', () => `its unit says ${text}`)
  }

  /** After the last record: what the queues have besides. */
  async finish(): Promise<void> {
    this.#windows.clear()
    for (const queue of this.#queues.values()) {
      this.#tell(queue)
      if (queue.folder === undefined || queue.folder.sequence.isEmpty) continue
      const extra = await this.#unit(queue, queue.next)
      if (extra !== undefined) this.#extra(queue, extra)
      else if (this.#parts.isClosed) await checkRest(queue.folder, queue.next * batchUnitBytes, this.#parts)
      this.#windows.delete(queue)
    }
  }

  #put(topic: string, queueId: number, folder: QueueFolder | undefined, firstUnit: number, expiredEnd = 0): Queue {
    const path = folder?.sequence.directory ?? this.#parts.queuePath(topic, queueId)
    const cursor = { firstUnit, next: firstUnit, nextOffset: undefined, expiredEnd }
    const queue = { topic, path, folder, ...cursor, problems: new Map() }
    this.#queues.set(keyOf(topic, queueId), queue)
    return queue
  }

  #order(queue: Queue, expected: BatchUnit): void {
    const { baseOffset, count } = expected
    const nextOffset = queue.nextOffset ?? baseOffset
    if (baseOffset < nextOffset) {
      // The topic was removed and made again: its queue began anew, and so did its units.
      queue.problems.clear()
      queue.next = queue.firstUnit
    } else if (baseOffset > nextOffset) {
      const text = () => `messages ${nextOffset} to ${baseOffset - 1} are not in the log`
      this.#problem(queue, expected, 'log-offset-gap', text, baseOffset - nextOffset)
    }
    queue.nextOffset = baseOffset + count
  }

  async #unit(queue: Queue, number: number): Promise<BatchUnit | undefined> {
    const { sequence } = queue.folder!
    const known = this.#windows.get(queue)
    const at = known === undefined ? -1 : (number - known.from) * batchUnitBytes
    if (known !== undefined && at >= 0 && at + batchUnitBytes <= known.bytes.length)
      return readBatchUnit(known.bytes, at)
    const position = number * batchUnitBytes
    const left = sequence.startOf(position) + sequence.fileBytes - position
    const bytes = Buffer.alloc(Math.min(windowUnits * batchUnitBytes, left))
    if (sequence.starts.includes(sequence.startOf(position))) await sequence.read(bytes, position)
    this.#windows.delete(queue)
    this.#windows.set(queue, { from: number, bytes })
    if (this.#windows.size > maxWindows) {
      for (const oldest of this.#windows.keys()) {
        this.#windows.delete(oldest)
        break
      }
    }
    return readBatchUnit(bytes, 0)
  }

  #problem(queue: Queue, expected: BatchUnit, kind: Problem['kind'], text: () => string, count = 1): void {
    const isMended = kind !== 'log-offset-gap' && expected.physicalOffset >= this.#parts.mendedFrom
    const key = `${kind} ${isMended}`
    const known = queue.problems.get(key)
    if (known !== undefined) known.count += count
    else {
      const where = `message ${expected.baseOffset} (at ${expected.physicalOffset} of the log)`
      queue.problems.set(key, { kind, isMended, count, text: `${where}: ${text()}` })
    }
  }

  #tell({ topic, path, problems }: Queue): void {
    const { findings, topics } = this.#parts
    for (const { kind, isMended, count, text } of problems.values()) {
      const isGone = kind === 'queue-missing' && topics !== undefined && !topics.has(topic)
      const more = `${count > 1 ? `; ${count} in all` : ''}${isGone ? '; the topic does not exist any more' : ''}`
      findings.add({ kind, severity: isMended || isGone ? 'note' : 'damage', path, text: `${text}${more}` })
    }
  }

  #extra({ path, next }: Queue, { physicalOffset, baseOffset }: BatchUnit): void {
    const { findings, isClosed } = this.#parts
    findings.add({
      kind: 'queue-unit-extra',
      severity: isClosed ? 'damage' : 'note',
      path,
      text: `unit ${next} names messages from ${baseOffset} on at ${physicalOffset} of the log, where there are none of this queue`,
    })
  }
}

const fields = ['physicalOffset', 'size', 'baseOffset', 'count', 'tagsCode', 'storeTimestamp'] as const
const keyOf = (topic: string, queueId: number) => `${topic}/${queueId}`
