import { rmSync } from 'node:fs'
import type { Contender, Contenders } from './contender.ts'
import { maxOffset } from './generator/rocketmq/one-request.ts'
import { rawReadMbPerSecond } from './limits.ts'
import { figuresOf } from './load-round.ts'
import type { Options } from './options.ts'
import { dropPageCache } from './page-cache.ts'
import { MemorySampler } from './process-figures.ts'
import type { Figures, Measurement } from './report/measurement.ts'
import type { FlushMode, ServerKind } from './servers/server.ts'
import { type LoneWorkload, loadWorkload, topicQueues } from './workloads.ts'

const warmUpStoredMessages = 32_000
const drainWithinSeconds = 600
const fillBatch = 32
/** Sent before each kill, so that there is something that only the log has. */
const sentBeforeKill = 32_000
/** After the start of a server that was killed. */
const allThereWithinMs = 600_000
const pollMs = 50
const rawReads = 3
const bytesPerMb = 1e6

export interface LoneRound {
  readonly workload: LoneWorkload
  readonly kind: ServerKind
  readonly flush: FlushMode
  readonly round: number
}

/**
 * The workloads that stop or kill their server. Each server has one directory for all rounds, filled in the first, and
 * only one server runs at a time.
 */
export class LoneRounds {
  readonly #options: Options
  readonly #contenders: Contenders
  readonly #directory: string
  readonly #say: (line: string) => void
  /** What is stored where, in messages of the workload's topic. */
  readonly #stored = new Map<string, number>()

  #rawReads = 0
  #rawMbPerSecond = 0

  constructor(options: Options, contenders: Contenders, directory: string, say: (line: string) => void) {
    this.#options = options
    this.#contenders = contenders
    this.#directory = directory
    this.#say = say
  }

  async round(turn: LoneRound): Promise<Measurement> {
    const { workload, kind, flush, round } = turn
    const figures = workload.kind === 'catch-up' ? await this.#catchUp(turn) : await this.#recover(turn)
    return { flush, workload: workload.name, server: kind.name, round, ...figures }
  }

  /** Removes what the rounds of a workload left. */
  clear({ name }: LoneWorkload): void {
    rmSync(`${this.#directory}/${name}`, { recursive: true, force: true })
  }

  async #catchUp({ workload, kind, flush }: LoneRound): Promise<Pick<Measurement, 'figures' | 'series'>> {
    const { backlogMb, warmUpSeconds } = this.#options
    const { bodyBytes, inFlight } = workload
    const directory = this.#directoryOf(workload, kind)
    const topic = 'bench-backlog'
    const messages = wholeBatches((backlogMb * bytesPerMb) / bodyBytes)
    if (!this.#stored.has(directory)) {
      const filling = await this.#contenders.start(kind, flush, directory, 0)
      this.#say(`${workload.name}: storing ${messages} messages on ${kind.name}`)
      try {
        await filling.load.fill(topic, bodyBytes, messages)
      } finally {
        await this.#contenders.stop(filling)
      }
      this.#stored.set(directory, messages)
    }
    const raw = await this.#fastestRawRead()
    // A server that runs may have the files mapped, and mapped pages cannot be dropped: hence the restart.
    const contender = await this.#contenders.start(kind, flush, directory, 0)
    const sampler = new MemorySampler(contender.server.pids())
    try {
      await this.#warmUpReads(contender, warmUpSeconds)
      const notDropped = await dropPageCache()
      if (notDropped !== undefined) this.#say(notDropped)
      const result = await contender.load.drain(topic, bodyBytes, messages, inFlight, drainWithinSeconds)
      const figures = figuresOf(result, workload, contender.server.pids(), sampler.peakAnonymousMb)
      const share = result.recordBytes / result.seconds / bytesPerMb / raw
      return { figures: { ...figures, shareOfRawRead: share }, series: result.series }
    } finally {
      sampler.stop()
      await this.#contenders.stop(contender)
    }
  }

  /** The best of several, once for all servers and rounds: what else the machine does can only make it slower. */
  async #fastestRawRead(): Promise<number> {
    for (; this.#rawReads < rawReads; this.#rawReads += 1) {
      const mbPerSecond = await rawReadMbPerSecond(this.#directory, this.#options.backlogMb * bytesPerMb, this.#say)
      this.#rawMbPerSecond = Math.max(this.#rawMbPerSecond, mbPerSecond)
    }
    return this.#rawMbPerSecond
  }

  /** With what is in memory, and in the protocol's own way of reading. */
  async #warmUpReads({ kind, load }: Contender, seconds: number): Promise<void> {
    if (seconds === 0) return
    if (kind.cannot(loadWorkload('read', 'read', 1000, topicQueues)) === undefined)
      await load.warmUp(loadWorkload('read', 'warm-up-read', 1000, topicQueues), seconds, warmUpStoredMessages)
    else await load.warmUp(loadWorkload('tail', 'warm-up-tail', 1000, 64), seconds, warmUpStoredMessages)
  }

  async #recover({ workload, kind, flush, round }: LoneRound): Promise<{ figures: Figures }> {
    const directory = this.#directoryOf(workload, kind)
    const { bodyBytes } = workload
    const stored = this.#stored.get(directory) ?? 0
    const filling = await this.#contenders.start(kind, flush, directory, 0)
    const wanted = stored === 0 ? wholeBatches((this.#options.storeGb * 1e9) / bodyBytes) : sentBeforeKill
    this.#say(`${workload.name}: storing ${wanted} messages on ${kind.name}`)
    // A topic for each round: a sender's count and the broker's can then be compared.
    const topic = `bench-recovery-${round}`
    try {
      await filling.load.fill(topic, bodyBytes, wanted)
    } finally {
      await this.#contenders.kill(filling)
    }
    this.#stored.set(directory, stored + wanted)
    const contender = await this.#contenders.start(kind, flush, directory, 0)
    try {
      const allThereMs = await this.#untilAllAreThere(contender, topic, wanted)
      const { readyMs, firstAcknowledgedMs } = contender.started
      const storedMb = ((stored + wanted) * bodyBytes) / bytesPerMb
      return { figures: { readyMs: readyMs!, firstAcknowledgedMs: firstAcknowledgedMs!, allThereMs, storedMb } }
    } finally {
      await this.#contenders.stop(contender)
    }
  }

  /** Milliseconds from the start until every acknowledged message is in its queue: a broker may fill its queues after it is ready. */
  async #untilAllAreThere(contender: Contender, topic: string, wanted: number): Promise<number> {
    const { startedAtMs } = contender.server
    for (;;) {
      const found = await messagesIn(contender, topic)
      const nowMs = performance.now()
      if (found >= wanted) return nowMs - startedAtMs
      if (nowMs - startedAtMs > allThereWithinMs)
        throw new Error(`${wanted} messages were acknowledged before the kill, ${found} are there after it`)
      await new Promise((resolve) => setTimeout(resolve, pollMs))
    }
  }

  #directoryOf(workload: LoneWorkload, kind: ServerKind): string {
    return `${this.#directory}/${workload.name}/${kind.name}`
  }
}

async function messagesIn({ server }: Contender, topic: string): Promise<number> {
  let messages = 0
  for (let queueId = 0; queueId < topicQueues; queueId += 1)
    messages += await maxOffset(server.host, server.brokerPort, topic, queueId)
  return messages
}

function wholeBatches(messages: number): number {
  return Math.max(1, Math.round(messages / fillBatch)) * fillBatch
}
