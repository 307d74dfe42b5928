import assert from 'node:assert/strict'
import { test } from 'node:test'
import { markedLine, readReady } from '../../src/shards/shard-output.ts'

test('the announcement is found among other lines', () => {
  assert.equal(readReady('{"event":"ready","version":"1","broker":"h:1"}')?.broker, 'h:1')
  assert.equal(readReady('something a library printed'), undefined)
})

test('a line is marked with its shard, and JSON stays JSON', () => {
  assert.equal(markedLine('broker-a-1', '12:00 INFO hello'), 'broker-a-1 | 12:00 INFO hello')
  assert.deepEqual(JSON.parse(markedLine('broker-a-1', '{"level":"info"}')), { shard: 'broker-a-1', level: 'info' })
  assert.equal(markedLine('broker-a-1', '{}'), 'broker-a-1 | {}')
})
