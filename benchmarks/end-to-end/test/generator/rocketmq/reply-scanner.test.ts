import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReplyScanner } from '../../../generator/rocketmq/reply-scanner.ts'

function jsonFrame(header: string, body = ''): Buffer {
  const text = Buffer.from(header)
  const prefix = Buffer.alloc(8)
  prefix.writeInt32BE(4 + text.length + body.length, 0)
  prefix.writeInt32BE(text.length, 4)
  return Buffer.concat([prefix, text, Buffer.from(body)])
}

function scan(bytes: Buffer): ReplyScanner {
  const scanner = new ReplyScanner()
  scanner.scan(bytes, 0, bytes.length)
  return scanner
}

test('reads code, opaque, flag and body position, whatever the order of members', () => {
  for (const header of [
    '{"code":19,"extFields":{"opaque":"7","code":"8"},"flag":1,"language":"JAVA","opaque":1073741824,"version":513}',
    '{"version":513,"opaque":1073741824,"remark":"a \\"code\\":5, \\\\","flag":1,"extFields":{"flag":"0"},"code":19}',
  ]) {
    const scanner = scan(jsonFrame(header, 'body'))
    assert.equal(scanner.code, 19)
    assert.equal(scanner.opaque, 1_073_741_824)
    assert.equal(scanner.isRequest, false)
    assert.equal(scanner.bodyAt, 8 + Buffer.byteLength(header))
  }
})

test("a server's own request is told from a reply", () => {
  assert.equal(scan(jsonFrame('{"code":40,"flag":2,"opaque":3}')).isRequest, true)
})

test('negative numbers are read', () => {
  const scanner = scan(jsonFrame('{"code":-1006,"flag":1,"opaque":-5}'))
  assert.deepEqual([scanner.code, scanner.opaque], [-1006, -5])
})

test('the binary header is read', () => {
  const bytes = Buffer.alloc(8 + 21)
  bytes.writeInt32BE(bytes.length - 4, 0)
  bytes.writeInt32BE((1 << 24) | 21, 4)
  bytes.writeInt16BE(20, 8)
  bytes.writeInt32BE(77, 13)
  bytes.writeInt32BE(1, 17)
  const scanner = scan(bytes)
  assert.deepEqual([scanner.code, scanner.opaque, scanner.isRequest, scanner.bodyAt], [20, 77, false, 29])
})

test('what is no frame is refused', () => {
  assert.throws(() => scan(jsonFrame('{"code":0,"flag":1}')), /no opaque/)
  const cut = jsonFrame('{"code":0,"flag":1,"opaque":1}')
  assert.throws(() => new ReplyScanner().scan(cut, 0, cut.length - 1), /after its frame/)
  cut[4] = 9
  assert.throws(() => scan(cut), /serialize type 9/)
})
