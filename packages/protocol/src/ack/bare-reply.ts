import { encodeFrame } from '../frame/frame.ts'
import { flagResponse } from '../frame/header.ts'
import { digitsOf, writeDecimal } from '../plain/decimal.ts'

interface Template {
  readonly frame: Buffer
  readonly opaqueAt: number
}

/** No opaque has more digits. */
const maxDigits = 10
const beforeOpaque = '"opaque":'

/**
 * Replies that say SUCCESS and nothing else, with a JSON header, written in place: a frame with an opaque of the same width is copied, and its opaque set. The bytes are those
 * that `encodeFrame` makes.
 */
export class BareReplyWriter {
  /** Of the reply that is written next; not negative. */
  opaque = 0
  readonly #templates: readonly Template[] = Array.from({ length: maxDigits }, (_, i) => templateOf(i + 1))

  frameSize(): number {
    return this.#templates[digitsOf(this.opaque) - 1]!.frame.length
  }

  /** Writes the reply, for which there is room, and returns the position behind it. */
  writeFrame(into: Buffer, at: number): number {
    const { frame, opaqueAt } = this.#templates[digitsOf(this.opaque) - 1]!
    into.set(frame, at)
    writeDecimal(into, at + opaqueAt, this.opaque)
    return at + frame.length
  }
}

function templateOf(digits: number): Template {
  const opaque = 10 ** (digits - 1)
  const frame = encodeFrame({ code: 0, flag: flagResponse, opaque }, 'json')
  return { frame, opaqueAt: frame.indexOf(beforeOpaque) + beforeOpaque.length }
}
