import fc from 'fast-check'

const special = ['\u0000', '\u0001', '\u0002', '\n', '"', '\\', '/', '\u007f', '\u2028', 'ü', '日', '😀', ' ', '{', '$']

/** Any character of Unicode, those that formats trip over more often than others. The built-in units take seconds to set up. */
export const character: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...special),
  fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  fc.integer({ min: 0, max: 0x10_f7ff }).map((n) => String.fromCodePoint(n < 0xd800 ? n : n + 0x800)),
)
