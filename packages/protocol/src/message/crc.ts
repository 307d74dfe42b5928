import { crc32 } from 'node:zlib'

/** CRC-32 without its highest bit, as records and REGISTER_BROKER bodies carry it. */
export function crc32Of(bytes: Uint8Array): number {
  return crc32(bytes) & 0x7fff_ffff
}
