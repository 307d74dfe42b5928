/** Texts that are kept; one more takes the place of another. */
const maxTexts = 4096
/** A longer text is not kept. */
const maxTextBytes = 255

/** A text with its bytes, neither of which may be changed. */
export interface InternedText {
  readonly bytes: Buffer
  readonly text: string
}

/** Short ASCII texts that come again and again, topics above all: the string is made once and then found by its bytes. */
export class InternedTexts {
  readonly #entries: (InternedText | undefined)[] = new Array<InternedText | undefined>(maxTexts).fill(undefined)

  /** The text of `bytes[start, end)`, which are ASCII. */
  of(bytes: Buffer, start: number, end: number): InternedText {
    let hash = end - start
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0
    const place = (hash ^ (hash >>> 15)) & (maxTexts - 1)
    const entry = this.#entries[place]
    if (entry !== undefined && isSame(entry.bytes, bytes, start, end)) return entry
    // A copy: a view would keep all that was received with it.
    const made = { bytes: Buffer.from(bytes.subarray(start, end)), text: bytes.toString('latin1', start, end) }
    if (end - start <= maxTextBytes) this.#entries[place] = made
    return made
  }
}

function isSame(known: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (known.length !== end - start) return false
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false
  return true
}
