import { GeneratorProcess } from './generator/generator-process.ts'
import { JavaClient } from './generator/java/java-client.ts'

/** Those who make load, each started when it is first needed and kept for the whole run. */
export class Generators {
  readonly raw = new GeneratorProcess()
  readonly #directory: string
  #java: Promise<JavaClient> | undefined
  #closed = false

  constructor(directory: string) {
    this.#directory = directory
  }

  async java(): Promise<JavaClient> {
    if (this.#closed) throw new Error('stopped')
    this.#java ??= JavaClient.start(this.#directory)
    return this.#java
  }

  async close(): Promise<void> {
    this.#closed = true
    this.raw.close()
    // One that could not start has nothing to close; whoever asked for it heard why.
    const java = await this.#java?.catch(() => undefined)
    java?.close()
  }
}
