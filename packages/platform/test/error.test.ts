import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FileSystemError, messageOf, NetworkError, systemCodeOf } from '@cometmq/platform'

test('a file error says what, where and why, and only a full disk may get better by itself', () => {
  const cause = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  const error = new FileSystemError('write', '/data/a', systemCodeOf(cause), cause)
  assert.equal(error.message, 'write /data/a: ENOSPC')
  assert.equal(error.cause, cause)
  assert.equal(error.name, 'FileSystemError')
  assert.equal(error.retriable, true)
  assert.equal(new FileSystemError('sync', '/data/a', 'EIO').retriable, false)
})

test('the system code is found on every kind of error', () => {
  assert.equal(systemCodeOf(new NetworkError('cannot connect', 'ECONNREFUSED')), 'ECONNREFUSED')
  assert.equal(systemCodeOf({ code: 'EIO' }), 'EIO')
  for (const other of [new Error('plain'), undefined, null, 'text', { code: 5 }])
    assert.equal(systemCodeOf(other), 'UNKNOWN')
})

test('whatever was thrown has a message', () => {
  assert.equal(messageOf(new Error('broken')), 'broken')
  assert.equal(messageOf('text'), 'text')
  assert.equal(messageOf(undefined), 'undefined')
})
