import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OptionError, optionsFromProperties } from '@cometmq/namesrv'
import { propertiesOf, resolveOptions } from '../src/options.ts'

const paths = { kvConfigPath: '/kv.json', configStorePath: '/namesrv.properties' }

test('defaults are those of RocketMQ', () => {
  assert.deepEqual(Object.fromEntries(propertiesOf(resolveOptions(paths))), {
    bindAddress: '0.0.0.0',
    listenPort: '9876',
    kvConfigPath: '/kv.json',
    configStorePath: '/namesrv.properties',
    configBlackList: 'configBlackList;configStorePath;kvConfigPath',
    orderMessageEnable: 'false',
    returnOrderTopicConfigToBroker: 'true',
    supportActingMaster: 'false',
    enableAllTopicList: 'true',
    enableTopicList: 'true',
    deleteTopicWithBrokerRegistration: 'false',
    notifyMinBrokerIdChanged: 'false',
    needWaitForService: 'false',
    waitSecondsForService: '45',
    scanNotActiveBrokerInterval: '5000',
    unRegisterBrokerQueueCapacity: '3000',
    clientRequestThreadPoolQueueCapacity: '50000',
    defaultThreadPoolQueueCapacity: '10000',
  })
})

test('options come from properties by RocketMQ’s names, and the others are named', () => {
  const properties = new Map([
    ['listenPort', '9877'],
    ['supportActingMaster', 'true'],
    ['waitSecondsForService', '0'],
    ['kvConfigPath', '/other.json'],
    ['colour', 'red'],
  ])
  assert.deepEqual(optionsFromProperties(properties), {
    options: { port: 9877, supportActingMaster: true, waitForServiceSeconds: 0, kvConfigPath: '/other.json' },
    unknown: ['colour'],
  })
  assert.deepEqual(optionsFromProperties(propertiesOf(resolveOptions(paths))).options, resolveOptions(paths))
})

test('a value that does not fit is an error that names the option', () => {
  for (const [property, text] of [
    ['listenPort', '99999'],
    ['listenPort', 'x'],
    ['listenPort', ''],
    ['supportActingMaster', '1'],
    ['scanNotActiveBrokerInterval', '0'],
  ] as const) {
    assert.throws(
      () => optionsFromProperties(new Map([[property, text]])),
      (error) => error instanceof OptionError && error.message.includes(property),
    )
  }
  assert.throws(() => resolveOptions({ ...paths, port: -1 }), /option port/)
})
