import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ipSize, readIp, writeIp } from '@cometmq/protocol/message'
import fc from 'fast-check'

function roundTrip(host: string): string | undefined {
  const bytes = Buffer.alloc(16)
  const size = writeIp(bytes, 0, host)
  assert.equal(size, ipSize(host))
  return size === undefined ? undefined : readIp(bytes, 0, size)
}

const addresses: [string, string | undefined][] = [
  ['0.0.0.0', '0.0.0.0'],
  ['255.255.255.255', '255.255.255.255'],
  ['010.1.1.1', '10.1.1.1'],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ['1:0:3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::FFFF:a00:1', '10.0.0.1'],
  ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
  ...[
    '',
    'localhost',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.',
    '.1.2.3',
    '1..2.3',
    '1.2.3.0004',
    ' 1.2.3.4',
    '1.2.3.4:5',
  ].map((text): [string, undefined] => [text, undefined]),
  ...[
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    'g::',
    '::1.2.3',
    '1.2.3.4::',
    ':1:2:3:4:5:6:7',
    '[::1]',
  ].map((text): [string, undefined] => [text, undefined]),
]
for (const [host, expected] of addresses) {
  test(`the address ${JSON.stringify(host)}`, () => assert.equal(roundTrip(host), expected))
}

test('any address survives', () => {
  fc.assert(fc.property(fc.ipV4(), (host) => assert.equal(roundTrip(host), host)))
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (octets) => {
      const bytes = Buffer.from(octets)
      const isMapped = bytes.subarray(0, 12).equals(Buffer.from('00000000000000000000ffff', 'hex'))
      const again = Buffer.alloc(16)
      assert.equal(writeIp(again, 0, readIp(bytes, 0, 16)), isMapped ? 4 : 16)
      if (!isMapped) assert.deepEqual(again, bytes)
    }),
  )
  fc.assert(fc.property(fc.ipV6(), (host) => assert.notEqual(roundTrip(host), undefined)))
})
