/** Just enough of a frame to sort recordings: this reader is on purpose not the one under test. */
export type FrameFacts = {
  readonly code: number
  readonly opaque: number
  readonly flag: number
  readonly serialization: 'JSON' | 'ROCKETMQ'
}

export function readFacts(frame: Buffer): FrameFacts {
  const headerLength = frame.readUIntBE(5, 3)
  const header = frame.subarray(8, 8 + headerLength)
  if (frame[4] === 1) {
    return {
      code: header.readInt16BE(0),
      opaque: header.readInt32BE(5),
      flag: header.readInt32BE(9),
      serialization: 'ROCKETMQ',
    }
  }
  const { code, opaque, flag } = JSON.parse(header.toString('utf8')) as { code: number; opaque: number; flag: number }
  return { code, opaque, flag, serialization: 'JSON' }
}

/** Cuts one direction of a connection into frames. */
export class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const frames: Buffer[] = []
    while (this.#rest.length >= 4) {
      const length = 4 + this.#rest.readInt32BE(0)
      if (this.#rest.length < length) break
      frames.push(this.#rest.subarray(0, length))
      this.#rest = this.#rest.subarray(length)
    }
    return frames
  }
}
