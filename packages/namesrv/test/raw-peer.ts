import type { Connection } from '@cometmq/platform'
import {
  decodeFrame,
  type ExtFields,
  encodeFrameHead,
  type Frame,
  frameSizeAt,
  frameSizeBound,
} from '@cometmq/protocol'

/** Sends bytes as they are, and hands over whole frames. */
export class RawPeer {
  readonly #connection: Connection
  #received: Buffer = Buffer.alloc(0)
  readonly #waiting: ((frame: Frame) => void)[] = []

  constructor(connection: Connection) {
    this.#connection = connection
    connection.start({ data: (chunk) => this.#receive(chunk), drained() {}, closed() {} })
  }

  tell(bytes: Buffer): void {
    this.#connection.write(bytes)
  }

  /** Resolves to the next frame that no earlier call waits for. */
  ask(bytes: Buffer): Promise<Frame> {
    this.tell(bytes)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    for (;;) {
      const size = frameSizeAt(this.#received, 0, this.#received.length)
      if (size === undefined || size > this.#received.length) return
      const frame = decodeFrame(this.#received, 0, size)
      this.#received = this.#received.subarray(size)
      this.#waiting.shift()?.(frame)
    }
  }
}

/** A request as a peer of any version would send it. */
export function requestFrame(header: { code: number; version: number; ext: ExtFields }, body: Buffer): Buffer {
  const { code, version, ext } = header
  const text = JSON.stringify({ code, extFields: ext, flag: 0, language: 'JAVA', opaque: 1, version })
  const bytes = Buffer.alloc(frameSizeBound(text, body.length))
  const bodyStart = encodeFrameHead(bytes, 0, text, body.length)
  return bytes.subarray(0, bodyStart + body.copy(bytes, bodyStart))
}
