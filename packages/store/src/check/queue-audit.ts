import { extendedAddress } from '../format/extended-unit.ts'
import {
  fillerUnitSize,
  isUnit,
  unitBytes,
  unitPhysicalOffset,
  unitRecordSize,
  unitTagsCode,
} from '../format/queue-unit.ts'
import { findQueueEnd } from '../recovery/queue-end.ts'
import type { ExtendedAudit } from './extended-audit.ts'
import type { Findings } from './finding.ts'
import type { QueueFolder } from './found-store.ts'
import { checkRest } from './rest.ts'

/** Units of a queue that are read at once, and queues of which such a piece is kept: 16 MiB in all. The queue used longest ago goes first. */
const windowUnits = 400
const maxWindows = 2_048
const blockBytes = 1024 * 1024

/** What a record of the log says about its unit. */
export interface ExpectedUnit {
  readonly topic: string
  readonly queueId: number
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly size: number
  readonly tagsCode: number
  readonly storeTimestamp: number
}

interface Problem {
  kind: 'queue-missing' | 'queue-unit-missing' | 'queue-unit-wrong' | 'extended-unit' | 'log-offset-gap'
  text: string
  count: number
}

/** What is known of one queue: about 300 bytes, besides its window. */
interface Queue {
  readonly topic: string
  readonly queueId: number
  readonly path: string
  readonly folder: QueueFolder | undefined
  /** Queue offset of the first unit that the files can hold. */
  readonly base: number
  /** Behind the last unit. */
  readonly end: number
  /** Queue offset of the first message in the log, and the one behind the last that was met. */
  firstSeen: number | undefined
  next: number
  readonly problems: Map<string, Problem>
}

export interface QueueAuditParts {
  findings: Findings
  /** Where records begin whose units are made again when the store is opened. */
  mendedFrom: number
  isClosed: boolean
  extended: ExtendedAudit
  blockBytes: number | undefined
  /** Topics that exist, when that is known. */
  topics: ReadonlySet<string> | undefined
  queuePath: (topic: string, queueId: number) => string
}

/** Holds every record against the unit of its queue, in the order of the log. */
export class QueueAudit {
  readonly #parts: QueueAuditParts
  readonly #topics = new Map<string, Map<number, Queue>>()
  readonly #windows = new Map<Queue, { from: number; bytes: Buffer }>()
  /** Messages that belong to an earlier life of their topic. */
  superseded = 0
  units = 0
  queues = 0

  constructor(parts: QueueAuditParts) {
    this.#parts = parts
  }

  async add(folder: QueueFolder): Promise<void> {
    const { sequence } = folder
    const { seenEnd } = await findQueueEnd(sequence, Number.POSITIVE_INFINITY)
    const base = (sequence.first ?? 0) / unitBytes
    this.#put(folder.topic, folder.queueId, folder, base, Math.max(base, seenEnd))
    this.queues++
    this.units += Math.max(0, seenEnd - base)
  }

  end(topic: string, queueId: number): number | undefined {
    const queue = this.#topics.get(topic)?.get(queueId)
    return queue === undefined ? undefined : Math.max(queue.end, queue.next)
  }

  /** The next record. Settles at once when the unit is in memory. */
  check(unit: ExpectedUnit): Promise<void> | undefined {
    const queue =
      this.#topics.get(unit.topic)?.get(unit.queueId) ?? this.#put(unit.topic, unit.queueId, undefined, 0, 0)
    this.#order(queue, unit)
    if (queue.folder === undefined) {
      this.#problem(queue, unit, 'queue-missing', () => 'there is no such queue')
      return undefined
    }
    const window = this.#windows.get(queue)
    const at = window === undefined ? -1 : (unit.queueOffset - window.from) * unitBytes
    if (window !== undefined && at >= 0 && at + unitBytes <= window.bytes.length) {
      return this.#compare(queue, unit, window.bytes, at)
    }
    return this.#loadAndCompare(queue, unit)
  }

  /** After the last record: what the queues have besides. */
  async finish(logFirst: number): Promise<void> {
    for (const queues of this.#topics.values()) {
      for (const queue of queues.values()) {
        this.#windows.clear()
        this.#tell(queue)
        if (queue.folder === undefined || queue.folder.sequence.isEmpty) continue
        await this.#checkExpired(queue, logFirst)
        await this.#checkExtra(queue, logFirst)
        if (this.#parts.isClosed) await checkRest(queue.folder, queue.end * unitBytes, this.#parts)
      }
    }
  }

  #put(topic: string, queueId: number, folder: QueueFolder | undefined, base: number, end: number): Queue {
    const path = folder?.sequence.directory ?? this.#parts.queuePath(topic, queueId)
    const queue = { topic, queueId, path, folder, base, end, firstSeen: undefined, next: 0, problems: new Map() }
    let queues = this.#topics.get(topic)
    if (queues === undefined) this.#topics.set(topic, (queues = new Map()))
    queues.set(queueId, queue)
    return queue
  }

  #order(queue: Queue, unit: ExpectedUnit): void {
    const { queueOffset } = unit
    if (queue.firstSeen === undefined) queue.firstSeen = queueOffset
    else if (queueOffset < queue.next) {
      // The topic was removed and made again: its queues began anew, and what the log has of them from before counts no more.
      this.superseded += queue.next - queue.firstSeen
      queue.problems.clear()
      queue.firstSeen = queueOffset
    } else if (queueOffset > queue.next) {
      const from = queue.next
      this.#problem(
        queue,
        unit,
        'log-offset-gap',
        () => `messages ${from} to ${queueOffset - 1} are not in the log`,
        queueOffset - from,
      )
    }
    queue.next = queueOffset + 1
  }

  async #loadAndCompare(queue: Queue, unit: ExpectedUnit): Promise<void> {
    const { sequence } = queue.folder!
    const position = unit.queueOffset * unitBytes
    let bytes = Buffer.alloc(0)
    if (sequence.starts.includes(sequence.startOf(position))) {
      const fileEnd = sequence.startOf(position) + sequence.fileBytes
      bytes = Buffer.allocUnsafe(Math.min(windowUnits * unitBytes, fileEnd - position))
      bytes = bytes.subarray(0, await sequence.read(bytes, position))
    }
    this.#windows.delete(queue)
    this.#windows.set(queue, { from: unit.queueOffset, bytes })
    if (this.#windows.size > maxWindows) {
      for (const oldest of this.#windows.keys()) {
        this.#windows.delete(oldest)
        break
      }
    }
    await this.#compare(queue, unit, bytes, 0)
  }

  #compare(queue: Queue, unit: ExpectedUnit, bytes: Buffer, at: number): Promise<void> | undefined {
    if (at + unitBytes > bytes.length || !isUnit(bytes, at)) {
      this.#problem(queue, unit, 'queue-unit-missing', () => 'its unit is missing')
      return undefined
    }
    const position = unitPhysicalOffset(bytes, at)
    const size = unitRecordSize(bytes, at)
    const tagsCode = unitTagsCode(bytes, at)
    const address = extendedAddress(bytes, at)
    if (position === unit.physicalOffset && size === unit.size && (tagsCode === unit.tagsCode || address !== undefined))
      return address === undefined ? undefined : this.#compareExtended(queue, unit, address)
    this.#problem(
      queue,
      unit,
      'queue-unit-wrong',
      () =>
        `its unit says offset ${position}, ${size} bytes, tags code ${tagsCode}, not ${unit.physicalOffset}, ${unit.size}, ${unit.tagsCode}`,
    )
    return undefined
  }

  /** What the extended unit says that the queue unit names. */
  #compareExtended(queue: Queue, unit: ExpectedUnit, address: number): Promise<void> | undefined {
    const tell = (flaw: string | undefined) => {
      if (flaw !== undefined) this.#problem(queue, unit, 'extended-unit', () => flaw)
    }
    const flaw = this.#parts.extended.flawOf(unit, address)
    if (flaw instanceof Promise) return flaw.then(tell)
    tell(flaw)
    return undefined
  }

  #problem(queue: Queue, unit: ExpectedUnit, kind: Problem['kind'], text: () => string, count = 1): void {
    const isMended = kind !== 'log-offset-gap' && unit.physicalOffset >= this.#parts.mendedFrom
    const key = `${kind} ${isMended}`
    const known = queue.problems.get(key)
    if (known !== undefined) known.count += count
    else {
      const where = `message ${unit.queueOffset} (at ${unit.physicalOffset} of the log)`
      queue.problems.set(key, { kind, count, text: `${where}: ${text()}` })
    }
  }

  #tell({ topic, path, problems }: Queue): void {
    const { findings, topics } = this.#parts
    const isGone = topics !== undefined && !topics.has(topic)
    for (const [key, { kind, count, text }] of problems) {
      const isNote = key.endsWith('true') || (kind === 'queue-missing' && isGone)
      const why = kind === 'queue-missing' && isGone ? '; the topic does not exist any more' : ''
      findings.add({
        kind,
        severity: isNote ? 'note' : 'damage',
        path,
        text: `${text}${count > 1 ? `; ${count} messages in all` : ''}${why}`,
      })
    }
  }

  /** Units of messages from before the first that the log has must point before the log, or at nothing. */
  async #checkExpired(queue: Queue, logFirst: number): Promise<void> {
    const to = queue.firstSeen ?? queue.end
    await this.#eachUnit(queue, queue.base, Math.min(to, queue.end), (offset, physicalOffset, size) => {
      if (size === fillerUnitSize || physicalOffset < logFirst) return true
      this.#extra(queue, offset, physicalOffset)
      return false
    })
  }

  async #checkExtra(queue: Queue, logFirst: number): Promise<void> {
    if (queue.firstSeen === undefined) return
    await this.#eachUnit(queue, Math.max(queue.base, queue.next), queue.end, (offset, physicalOffset) => {
      if (physicalOffset < logFirst) return true
      this.#extra(queue, offset, physicalOffset)
      return false
    })
  }

  #extra({ path, end }: Queue, offset: number, physicalOffset: number): void {
    const { findings, isClosed } = this.#parts
    findings.add({
      kind: 'queue-unit-extra',
      severity: isClosed ? 'damage' : 'note',
      path,
      text: `unit ${offset} names a message at ${physicalOffset} of the log, where there is none of this queue; the last unit is ${end - 1}`,
    })
  }

  async #eachUnit(
    { folder }: Queue,
    from: number,
    to: number,
    visit: (offset: number, physicalOffset: number, size: number) => boolean,
  ): Promise<void> {
    const { sequence } = folder!
    for (let offset = from; offset < to; ) {
      const position = offset * unitBytes
      const count = Math.min(to - offset, blockBytes / unitBytes) | 0
      const bytes = Buffer.allocUnsafe(
        Math.min(count * unitBytes, sequence.startOf(position) + sequence.fileBytes - position),
      )
      const read = sequence.starts.includes(sequence.startOf(position)) ? await sequence.read(bytes, position) : 0
      for (let at = 0; at + unitBytes <= read && isUnit(bytes, at); at += unitBytes) {
        if (!visit(offset + at / unitBytes, unitPhysicalOffset(bytes, at), unitRecordSize(bytes, at))) return
      }
      offset += bytes.length / unitBytes
    }
  }
}
