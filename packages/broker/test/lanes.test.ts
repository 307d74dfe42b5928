import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as v from 'valibot'
import { brokerOptions } from '../src/index.ts'
import { brokerLanes } from '../src/lanes.ts'

test('each lane is as wide as Apache’s queue, and says which setting makes it wider', () => {
  const options = v.parse(brokerOptions, { advertiseHost: '10.0.0.1', configDirectory: '/config', queryRequests: 7 })
  const lanes = brokerLanes(options)
  assert.deepEqual(
    Object.values(lanes).map(({ limit, setting }) => [limit, setting]),
    [
      [10_000, 'sendThreadPoolQueueCapacity'],
      [10_000, 'replyThreadPoolQueueCapacity'],
      [100_000, 'pullThreadPoolQueueCapacity'],
      [100_000, 'litePullThreadPoolQueueCapacity'],
      [50_000, 'heartbeatThreadPoolQueueCapacity'],
      [7, 'queryThreadPoolQueueCapacity'],
      [1_000_000, 'clientManagerThreadPoolQueueCapacity'],
      [1_000_000, 'consumerManagerThreadPoolQueueCapacity'],
      [100_000, 'endTransactionPoolQueueCapacity'],
      [100_000, 'ackThreadPoolQueueCapacity'],
      [100_000, 'loadBalanceThreadPoolQueueCapacity'],
      [10_000, 'adminBrokerThreadPoolQueueCapacity'],
    ],
  )
  const { query } = lanes
  for (let i = 0; i < 7; i++) assert.ok(query.enter())
  assert.equal(query.enter(), false)
  assert.match(query.fullRemark, /^7 requests of lane "query" are in progress; .* raise queryThreadPoolQueueCapacity$/)
})
