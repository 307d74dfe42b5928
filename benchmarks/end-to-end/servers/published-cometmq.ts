import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { type PublishedCommand, publishedCommand } from '../../published-command.ts'
import { ServerProcess } from './server-process.ts'

const warmWithinMs = 60_000

/** The command of this checkout as users install it. All contenders of a bench run the same. */
export class PublishedCometmq {
  readonly #node: string
  #prepared: Promise<PublishedCommand> | undefined
  #command: PublishedCommand | undefined

  constructor(node: string) {
    this.#node = node
  }

  /** Builds it, once in a bench, and starts it once: then its compile cache is as users have it from the second start on. */
  async prepare(): Promise<void> {
    this.#prepared ??= this.#build()
    await this.#prepared
  }

  /** Only after `prepare`. */
  start(args: readonly string[]): ServerProcess {
    if (this.#command === undefined) throw new Error('CometMQ was not built: prepare() has to end before start()')
    const { bin, cache } = this.#command
    return new ServerProcess('CometMQ', this.#node, [bin, ...args], { NODE_COMPILE_CACHE: cache })
  }

  async #build(): Promise<PublishedCommand> {
    console.log('building CometMQ as it is published')
    this.#command = await publishedCommand()
    const directory = mkdtempSync(`${tmpdir()}/cometmq-bench-warm-`)
    const ports = ['--listen', '127.0.0.1', '--namesrv-port', '0', '--broker-port', '0']
    const server = this.start(['standalone', '--data', directory, ...ports])
    try {
      await server.whenSays(/\bready\b/, warmWithinMs)
    } finally {
      await server.stop()
      rmSync(directory, { recursive: true, force: true })
    }
    return this.#command
  }
}
