import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeRecallHandle, encodeRecallHandle } from '../../src/timer/recall-handle.ts'

test('a handle of Apache RocketMQ 5.5.0', () => {
  const captured =
    'djEgUHJvYmVUaW1lciBicm9rZXItYSAxNzk1MjgzNzEyMDAxIEZEMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAyMjg3MTMwOTQ2RTA5NkFENzg5OEMwMDAx'
  const uniqKey = 'FD000000000000000000000000000002287130946E096AD7898C0001'
  const handle = { topic: 'ProbeTimer', brokerName: 'broker-a', uniqKey }
  assert.equal(encodeRecallHandle(handle, 1_795_283_712_000), captured)
  assert.deepEqual(decodeRecallHandle(captured), { ...handle, timestamp: '1795283712001' })
})

test('padding is written, and need not be there', () => {
  const text = encodeRecallHandle({ topic: 'T', brokerName: 'b', uniqKey: 'k' }, 1)
  assert.match(text, /=$/)
  assert.deepEqual(decodeRecallHandle(text), decodeRecallHandle(text.replaceAll('=', '')))
})

test('what is no handle', () => {
  const none = [
    '',
    'junk',
    '***',
    Buffer.from('v2 T b 1 k').toString('base64url'),
    Buffer.from('v1 T b 1').toString('base64url'),
  ]
  for (const text of none) assert.equal(decodeRecallHandle(text), undefined, text)
})
