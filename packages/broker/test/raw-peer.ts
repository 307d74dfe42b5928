import type { Connection } from '@cometmq/platform'
import {
  decodeFrame,
  type ExtFields,
  emptyBody,
  encodeFrame,
  type Frame,
  frameSizeAt,
  isOneway,
  isResponse,
} from '@cometmq/protocol'
import type { TestClient } from './test-client.ts'

/** Sends frames as they are and keeps all that comes back, in order. */
export class RawPeer {
  readonly #connection: Connection
  #rest: Buffer = Buffer.alloc(0)
  readonly #waiting = new Map<number, (frame: Frame) => void>()
  /** Responses and requests of the other side. */
  readonly received: Frame[] = []
  isClosed = false

  constructor(connection: Connection) {
    this.#connection = connection
    connection.start({
      data: (chunk) => this.#receive(chunk),
      drained() {},
      closed: () => {
        this.isClosed = true
      },
    })
  }

  tell(bytes: Buffer): void {
    this.#connection.write(bytes)
  }

  /** Resolves to the response. */
  ask(bytes: Buffer): Promise<Frame> {
    const { opaque } = decodeFrame(bytes, 0, bytes.length)
    this.tell(bytes)
    return new Promise((resolve) => this.#waiting.set(opaque, resolve))
  }

  #receive(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk])
    for (;;) {
      const size = frameSizeAt(this.#rest, 0, this.#rest.length)
      if (size === undefined || size > this.#rest.length) return
      const frame = decodeFrame(this.#rest, 0, size)
      this.#rest = this.#rest.subarray(size)
      this.received.push(frame)
      if (!isResponse(frame) || isOneway(frame)) continue
      this.#waiting.get(frame.opaque)?.(frame)
      this.#waiting.delete(frame.opaque)
    }
  }
}

/** Asks over a connection of its own, and gives the response as it travelled. */
export async function askRaw(
  client: TestClient,
  code: number,
  ext: ExtFields,
  body: Buffer = emptyBody,
): Promise<Frame> {
  const peer = await client.clock.until(client.connectRaw())
  return client.clock.until(peer.ask(encodeFrame({ code, flag: 0, opaque: 7, ext }, 'json', body)))
}
