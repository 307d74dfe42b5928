/** Walks the store records in the body of a pull answer, as far as the generator needs them. */
const magicV1 = 0xdaa320a7 | 0
const magicV2 = 0xdaa320ab | 0
const queueIdAt = 12
const queueOffsetAt = 20
const sysFlagAt = 36
const bornHostAt = 48
const sysFlagBornHostIpv6 = 0x10
const sysFlagStoreHostIpv6 = 0x20
/** Total size, up to and with the body length, with both hosts IPv4. */
const fixedBytes = 88

export class RecordWalker {
  /** Where the body of the record found last begins. */
  bodyAt = 0
  /** Where the record after it begins. */
  nextAt = 0

  queueId = 0
  queueOffset = 0

  /** Reads the record at `at`; throws unless it is the one expected there. */
  expect(bytes: Buffer, at: number, end: number, queueId: number, queueOffset: number, bodyBytes: number): void {
    this.read(bytes, at, end, bodyBytes)
    if (this.queueId !== queueId || this.queueOffset !== queueOffset)
      throw new Error(
        `queue ${queueId} offset ${queueOffset} was due, but ${this.queueId} offset ${this.queueOffset} came`,
      )
  }

  /** Reads the record at `at`, whichever it is. */
  read(bytes: Buffer, at: number, end: number, bodyBytes: number): void {
    if (end - at < fixedBytes) throw new Error(`a record is cut off after ${end - at} bytes`)
    const total = bytes.readInt32BE(at)
    const magic = bytes.readInt32BE(at + 4)
    if (magic !== magicV1 && magic !== magicV2) throw new Error(`a record has the unknown magic ${magic}`)
    if (total < fixedBytes || at + total > end) throw new Error(`a record of ${total} bytes runs past its answer`)
    this.queueId = bytes.readInt32BE(at + queueIdAt)
    this.queueOffset = bytes.readUInt32BE(at + queueOffsetAt) * 2 ** 32 + bytes.readUInt32BE(at + queueOffsetAt + 4)
    const sysFlag = bytes.readInt32BE(at + sysFlagAt)
    let bodyLengthAt = at + bornHostAt + 36
    if (sysFlag & sysFlagBornHostIpv6) bodyLengthAt += 12
    if (sysFlag & sysFlagStoreHostIpv6) bodyLengthAt += 12
    const found = bytes.readInt32BE(bodyLengthAt)
    if (found !== bodyBytes)
      throw new Error(`queue ${this.queueId} offset ${this.queueOffset} has ${found} bytes of body`)
    this.bodyAt = bodyLengthAt + 4
    this.nextAt = at + total
  }
}
