import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AssertionError, Lifecycle } from '@cometmq/platform'

test('it goes from new to closed, step by step', async () => {
  const life = new Lifecycle('store')
  assert.equal(life.state, 'new')
  life.move('starting')
  assert.equal(life.isRunning, false)
  life.move('running')
  assert.equal(life.isRunning, true)
  const closing = life.close(async () => assert.equal(life.state, 'closing'))
  assert.equal(life.isRunning, false)
  await closing
  assert.equal(life.state, 'closed')
})

test('a step that the table does not have names its subject and both states', () => {
  const life = new Lifecycle('store')
  assert.throws(() => life.move('running'), { name: AssertionError.name, message: 'store: new → running' })
  assert.equal(life.state, 'new')
})

test('everyone who closes waits for the one close', async () => {
  const life = new Lifecycle('store')
  life.move('starting')
  const { promise, resolve } = Promise.withResolvers<void>()
  let closes = 0
  const work = () => {
    closes++
    return promise
  }
  const both = Promise.all([life.close(work), life.close(work)])
  assert.equal(life.state, 'closing')
  resolve()
  await both
  await life.close(work)
  assert.equal(closes, 1)
  assert.equal(life.state, 'closed')
})

test('a close that fails is closed too, and tells everyone', async () => {
  const life = new Lifecycle('store')
  const failure = new Error('disk gone')
  const fail = () => Promise.reject(failure)
  await assert.rejects(life.close(fail), failure)
  await assert.rejects(life.close(fail), failure)
  assert.equal(life.state, 'closed')
})
