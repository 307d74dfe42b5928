import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newRouteTable } from '../../src/routing/route-table.ts'
import { deleteTopic, registerTopic } from '../../src/routing/topic-changes.ts'
import {
  allTopics,
  systemTopics,
  topicsOfCluster,
  unitSubscriptionOnlyTopics,
  unitSubscriptionTopics,
  unitTopics,
} from '../../src/routing/topic-lists.ts'
import { addWritePermission, wipeWritePermission } from '../../src/routing/write-permission.ts'
import { registration, tableOf, topicConfig } from './registrations.ts'

const b = { cluster: 'D', brokerName: 'b', brokerAddress: '10.0.0.5:10911' }
const queues = (brokerName: string) => ({ brokerName, readQueueNums: 2, writeQueueNums: 2, perm: 6, topicSysFlag: 0 })

test('topics by cluster, all of them, and those that brokers make for themselves', () => {
  const table = tableOf(registration(), registration({ ...b, topicNames: ['T2', 'T3'] }))
  assert.deepEqual(allTopics(table).topicList.sort(), ['T1', 'T2', 'T3'])
  assert.deepEqual(topicsOfCluster(table, 'D').topicList.sort(), ['T2', 'T3'])
  assert.deepEqual(topicsOfCluster(table, 'none'), { topicList: [] })
  assert.deepEqual(systemTopics(table), { topicList: ['C', 'D', 'a', 'b'], brokerAddr: '10.0.0.1:10911' })
  assert.deepEqual(systemTopics(newRouteTable()), { topicList: [] })
})

test('unit topics by their flags', () => {
  const flags = { none: 0, unit: 1, subscription: 2, both: 3 }
  const topics = Object.entries(flags).map(
    ([name, topicSysFlag]) => [name, topicConfig(name, { topicSysFlag })] as const,
  )
  const table = tableOf(registration({ topics: new Map(topics) }))
  assert.deepEqual(unitTopics(table).topicList, ['unit', 'both'])
  assert.deepEqual(unitSubscriptionTopics(table).topicList, ['subscription', 'both'])
  assert.deepEqual(unitSubscriptionOnlyTopics(table).topicList, ['subscription'])
})

test('write permission is wiped and added on every topic of a broker', () => {
  const table = tableOf(
    registration({
      topics: new Map([
        ['T1', topicConfig('T1', { perm: 7 })],
        ['T2', topicConfig('T2')],
      ]),
    }),
  )
  assert.equal(wipeWritePermission(table, 'a'), 2)
  assert.equal(table.topics.get('T1')?.get('a')?.perm, 5)
  assert.equal(wipeWritePermission(table, 'a'), 2, 'counted whether changed or not')
  assert.equal(addWritePermission(table, 'a'), 2)
  assert.equal(table.topics.get('T1')?.get('a')?.perm, 6)
  assert.equal(wipeWritePermission(table, 'none'), 0)
})

test('a topic is deleted everywhere, or in one cluster', () => {
  const table = tableOf(registration(), registration(b))
  deleteTopic(table, 'T1', 'none')
  deleteTopic(table, 'T1', 'C')
  assert.deepEqual([...table.topics.get('T1')!.keys()], ['b'])
  deleteTopic(table, 'T1', 'D')
  assert.equal(table.topics.has('T1'), false)
  deleteTopic(table, 'T2', undefined)
  deleteTopic(table, 'unknown', undefined)
  assert.equal(table.topics.size, 0)
})

test('a topic is registered up to the first unknown broker', () => {
  const table = tableOf(registration(), registration(b))
  registerTopic(table, 'T8', [queues('a'), queues('none'), queues('b')])
  assert.equal(table.topics.has('T8'), false, 'nothing of a new topic')
  registerTopic(table, 'T8', [queues('a')])
  registerTopic(table, 'T8', [{ ...queues('a'), perm: 4 }, queues('none'), queues('b')])
  assert.deepEqual([...table.topics.get('T8')!.values()], [{ ...queues('a'), perm: 4 }])
  registerTopic(table, 'T9', [])
  assert.equal(table.topics.has('T9'), false)
})
