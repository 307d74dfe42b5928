import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatAddress, parseAddress } from '@cometmq/platform'
import fc from 'fast-check'

test('addresses are read as people and RocketMQ write them', () => {
  assert.deepEqual(parseAddress('127.0.0.1:9876'), { host: '127.0.0.1', port: 9876 })
  assert.deepEqual(parseAddress('broker-a.example:10911'), { host: 'broker-a.example', port: 10911 })
  assert.deepEqual(parseAddress('[::1]:9876'), { host: '::1', port: 9876 })
  assert.deepEqual(parseAddress('fe80::1:9876'), { host: 'fe80::1', port: 9876 })
  assert.deepEqual(parseAddress('host:0'), { host: 'host', port: 0 })
  assert.deepEqual(parseAddress('host:65535'), { host: 'host', port: 65_535 })
})

test('what has no host or no valid port is no address', () => {
  const texts = [
    '',
    'host',
    'host:',
    ':9876',
    '[]:9876',
    'host:65536',
    'host:-1',
    'host:+1',
    'host: 1',
    'host:1e3',
    'host:0x1',
  ]
  for (const text of texts) assert.equal(parseAddress(text), undefined, text)
})

test('what is written is read back', () => {
  const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain())
  fc.assert(
    fc.property(host, fc.integer({ min: 0, max: 65_535 }), (host, port) => {
      assert.deepEqual(parseAddress(formatAddress({ host, port })), { host, port })
    }),
  )
})
