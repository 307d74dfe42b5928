import { StringDecoder } from 'node:string_decoder'

/** A line that is longer comes in pieces: what a process writes must not fill our memory. */
export const maxLineCharacters = 65_536

/** Text that comes in chunks, line by line. */
export class Lines {
  readonly #onLine: (line: string) => void
  readonly #decoder = new StringDecoder('utf8')
  #begun = ''

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  add(chunk: Buffer): void {
    const lines = (this.#begun + this.#decoder.write(chunk)).split('\n')
    this.#begun = lines.pop() ?? ''
    for (const line of lines) this.#onLine(line)
    for (; this.#begun.length > maxLineCharacters; this.#begun = this.#begun.slice(maxLineCharacters))
      this.#onLine(this.#begun.slice(0, maxLineCharacters))
  }

  /** The rest, which no line feed ended. */
  end(): void {
    if (this.#begun !== '') this.#onLine(this.#begun)
    this.#begun = ''
  }
}
