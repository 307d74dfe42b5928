import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BrokerOptions, brokerOptions } from '@cometmq/broker'
import * as v from 'valibot'
import { formatShard, parseShard, shardBroker, shardConfigPath, shardStorePaths } from '../../src/config/shard.ts'

const first = { number: 0, count: 3 }
const third = { number: 2, count: 3 }
const options = (given: Partial<BrokerOptions> = {}): BrokerOptions =>
  v.parse(brokerOptions, { advertiseHost: '127.0.0.1', configDirectory: '/d/store/config', ...given })

test('a shard is said on the command line and read again', () => {
  assert.deepEqual(parseShard(formatShard(third)), third)
  for (const text of ['', '3/3', '1', '1/', '-1/2', '0/65', '0/0']) assert.equal(parseShard(text), undefined, text)
})

test('the first shard is what the broker would be without shards', () => {
  const before = options({ haListenPort: 10_950 })
  assert.deepEqual(shardBroker(before, first), before)
  const paths = { storePathRootDir: '/d/store', storePathCommitLog: '/log' }
  assert.deepEqual(shardStorePaths(paths, first), paths)
  assert.equal(shardConfigPath('/etc/broker.conf', first), '/etc/broker.conf')
})

test('a further shard has a name, ports and folders of its own', () => {
  const { brokerName, listenPort, haListenPort } = shardBroker(options({ haListenPort: 10_950 }), third)
  assert.deepEqual([brokerName, listenPort, haListenPort], ['broker-a-2', 10_931, 10_970])
  assert.equal('haListenPort' in shardBroker(options(), third), false)
  assert.deepEqual(shardStorePaths({ storePathRootDir: '/d/store' }, third), { storePathRootDir: '/d/shards/2/store' })
  assert.equal(shardConfigPath('/etc/broker.conf', third), '/etc/broker.conf.shard-2')
})

test('a commit log in the store goes with it, one elsewhere has shards there', () => {
  const within = shardStorePaths({ storePathRootDir: '/d/store', storePathCommitLog: '/d/store/log' }, third)
  assert.equal(within.storePathCommitLog, '/d/shards/2/store/log')
  const elsewhere = shardStorePaths({ storePathRootDir: '/d/store', storePathCommitLog: '/fast/log' }, third)
  assert.equal(elsewhere.storePathCommitLog, '/fast/shards/2/log')
})

test('free ports are free ports for all, and there is a highest one', () => {
  assert.equal(shardBroker(options({ listenPort: 0 }), third).listenPort, 0)
  assert.throws(() => shardBroker(options({ listenPort: 65_530 }), third), /shard 2 would listen on port 65550/)
})
