import {
  assert,
  type ChildProcess,
  type Clock,
  CometError,
  type Logger,
  type ProcessEnd,
  type Processes,
  type Timer,
} from '@cometmq/platform'
import { shardLimits } from './limits.ts'
import { markedLine, readReady, type ShardReady } from './shard-output.ts'

export interface ShardWorld {
  readonly clock: Clock
  readonly logger: Logger
  readonly processes: Processes
  /** Takes what shards log. */
  readonly remark: (line: string) => void
}

/** A shard ended before it served for the first time. */
export class ShardStartError extends CometError {
  constructor(name: string, how: string) {
    super('SHARD_START', `${name} ended before it was ready (${how}); its last lines say why`)
  }
}

type ShardState = 'new' | 'starting' | 'serving' | 'waiting' | 'closing' | 'over'

const transitions: Readonly<Record<ShardState, readonly ShardState[]>> = {
  new: ['starting', 'over'],
  starting: ['serving', 'waiting', 'closing', 'over'],
  serving: ['waiting', 'closing', 'over'],
  waiting: ['starting', 'over'],
  closing: ['over'],
  over: [],
}

/**
 * One broker in a process of its own, started again when it ends by itself, within `shardLimits`.
 *
 * @example
 * const shard = new ShardProcess('broker-a-1', ['broker', '--shard', '1/2'], world)
 * const { advertised } = await shard.start()
 * await shard.close()
 */
export class ShardProcess {
  readonly name: string
  /** Resolves when it has ended for good: closed, or given up. */
  readonly over: Promise<void>
  readonly #args: readonly string[]
  readonly #world: ShardWorld
  readonly #first = Promise.withResolvers<ShardReady>()
  readonly #over = Promise.withResolvers<void>()
  #state: ShardState = 'new'
  #child: ChildProcess | undefined
  #restart: Timer | undefined
  #restartsInARow = 0
  #servesSinceMs: number | undefined
  #hasServed = false
  #endedWell = true

  constructor(name: string, args: readonly string[], world: ShardWorld) {
    this.name = name
    this.#args = args
    this.#world = world
    this.over = this.#over.promise
    // Who closes it before it serves need not wait for this one.
    this.#first.promise.catch(() => {})
  }

  /** Whether it ended as it was told to; false once it was given up, or had to be killed. */
  get endedWell(): boolean {
    return this.#endedWell
  }

  /** Starts it. Resolves when it first serves. @throws ShardStartError */
  start(): Promise<ShardReady> {
    void this.#run()
    return this.#first.promise
  }

  /** Closes it, and kills it when that takes too long. Idempotent. */
  async close(): Promise<void> {
    this.#restart?.cancel()
    if (this.#state === 'new' || this.#state === 'waiting') this.#end('closed')
    if (this.#state === 'starting' || this.#state === 'serving') {
      this.#move('closing')
      this.#child?.stop()
    }
    const { clock, logger } = this.#world
    const insist = clock.after(shardLimits.closeMs, () => {
      logger.error(
        { shard: this.name },
        `${this.name} has not closed after ${shardLimits.closeMs / 1000} s and is killed`,
      )
      this.#child?.kill()
    })
    await this.over
    insist.cancel()
  }

  async #run(): Promise<void> {
    this.#move('starting')
    const child = await this.#world.processes.start(this.#args, (stream, line) => this.#takeLine(stream, line))
    this.#child = child
    if (this.#state === 'closing') child.stop()
    this.#ended(await child.ended)
  }

  #takeLine(stream: 'stdout' | 'stderr', line: string): void {
    const ready = stream === 'stdout' ? readReady(line) : undefined
    if (ready === undefined) this.#world.remark(markedLine(this.name, line))
    else if (this.#state === 'starting') this.#serves(ready)
  }

  #serves(ready: ShardReady): void {
    this.#move('serving')
    this.#servesSinceMs = this.#world.clock.monotonicMs()
    if (this.#hasServed)
      this.#world.logger.info({ shard: this.name, broker: ready.broker }, `${this.name} serves again`)
    this.#hasServed = true
    this.#first.resolve(ready)
  }

  #ended(end: ProcessEnd): void {
    this.#child = undefined
    if (this.#state === 'closing') {
      this.#endedWell &&= end.isSuccess
      this.#end(end.how)
    } else if (!this.#hasServed) {
      this.#endedWell = false
      this.#end(end.how)
    } else this.#restartLater(end)
  }

  #restartLater({ how }: ProcessEnd): void {
    const { clock, logger } = this.#world
    const servedMs = this.#servesSinceMs === undefined ? 0 : clock.monotonicMs() - this.#servesSinceMs
    this.#servesSinceMs = undefined
    if (servedMs >= shardLimits.steadyAfterMs) this.#restartsInARow = 0
    if (this.#restartsInARow === shardLimits.restartsInARow) {
      this.#endedWell = false
      logger.error(
        { shard: this.name, how },
        `${this.name} is given up after ${shardLimits.restartsInARow} restarts in a row: its messages are not served; mend what its log names, and start again`,
      )
      this.#end(how)
      return
    }
    const delayMs = Math.min(shardLimits.firstRestartMs * 2 ** this.#restartsInARow, shardLimits.longestRestartMs)
    this.#restartsInARow++
    this.#move('waiting')
    logger.error(
      { shard: this.name, how },
      `${this.name} has ended by itself and is started again in ${delayMs / 1000} s`,
    )
    this.#restart = clock.after(delayMs, () => void this.#run())
  }

  #end(how: string): void {
    this.#move('over')
    if (!this.#hasServed) this.#first.reject(new ShardStartError(this.name, how))
    this.#over.resolve()
  }

  #move(to: ShardState): void {
    assert(transitions[this.#state].includes(to), `${this.name}: ${this.#state} → ${to}`)
    this.#state = to
  }
}
