import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as v from 'valibot'
import { ConfigFile } from '../../src/config/config-file.ts'
import { brokerPropertyNames, nameServerPropertyNames } from '../../src/config/known-properties.ts'
import { optionNames } from '../../src/config/option-schema.ts'

const field = <S extends v.GenericSchema>(schema: S, property: string) => v.pipe(schema, v.metadata({ property }))
const schema = v.object({
  port: field(v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)), 10_911), 'listenPort'),
  period: field(
    v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.maxValue(99),
        v.transform((ms) => ms * 2),
      ),
    ),
    'registerNameServerPeriod',
  ),
  traceOn: field(v.optional(v.boolean(), true), 'traceOn'),
  flush: field(v.optional(v.picklist(['ASYNC_FLUSH', 'SYNC_FLUSH']), 'ASYNC_FLUSH'), 'flushDiskType'),
  name: field(v.pipe(v.string(), v.nonEmpty()), 'brokerName'),
  nameServers: field(v.optional(v.array(v.object({ host: v.string(), port: v.number() })), []), 'namesrvAddr'),
  ours: v.optional(v.number()),
})

test('takes what the schema knows, with its types', () => {
  const file = ConfigFile.parse(
    'broker.conf',
    'listenPort=1\nregisterNameServerPeriod=7\ntraceOn=FALSE\nflushDiskType=SYNC_FLUSH\nbrokerName=b\nnamesrvAddr=h:1; [::1]:2;',
  )
  assert.deepEqual(file.take(schema), {
    port: 1,
    period: 7,
    traceOn: false,
    flush: 'SYNC_FLUSH',
    name: 'b',
    nameServers: [
      { host: 'h', port: 1 },
      { host: '::1', port: 2 },
    ],
  })
  assert.deepEqual(file.warnings(brokerPropertyNames), [])
})

test('a value that does not fit is an error that names file, line, property, value and what is allowed', () => {
  const refused = (line: string, message: string) =>
    assert.throws(() => ConfigFile.parse('conf/broker.conf', `\n${line}`).take(schema), {
      message: `conf/broker.conf:2: ${message}`,
    })
  refused('listenPort=70000', 'listenPort=70000 must be a whole number from 0 to 65535')
  refused('listenPort=1.5', 'listenPort=1.5 must be a whole number from 0 to 65535')
  refused('listenPort=', 'listenPort= must be a whole number from 0 to 65535')
  refused('registerNameServerPeriod=100', 'registerNameServerPeriod=100 must be a whole number from 1 to 99')
  refused('traceOn=yes', 'traceOn=yes must be true or false')
  refused('flushDiskType=NOW', 'flushDiskType=NOW must be ASYNC_FLUSH or SYNC_FLUSH')
  refused('brokerName=', 'brokerName= must be some text')
  refused('namesrvAddr=host', 'namesrvAddr=host must be host:port, several separated by semicolons')
})

test('warns of names without effect in one sentence, and of each unknown name with the nearest known', () => {
  const file = ConfigFile.parse('b.conf', 'deleteWhen=04\nlistenPrt=1\nfileReservedTime=48\ncolour=red\nbrokerName=b\n')
  file.take(schema)
  assert.deepEqual(file.warnings(brokerPropertyNames), [
    'b.conf: known to RocketMQ, has no effect in CometMQ yet: deleteWhen (line 1), fileReservedTime (line 3)',
    'b.conf:2: listenPrt is not known; did you mean listenPort?',
    'b.conf:4: colour is not known; no property of RocketMQ is called so',
  ])
})

test('what the command line replaces is taken out of the file and can be spoken of', () => {
  const file = ConfigFile.parse('b.conf', 'listenPort=1')
  assert.equal(file.override('listenPort'), 'listenPort=1 (b.conf:1)')
  assert.equal(file.override('brokerName'), undefined)
  assert.deepEqual(file.warnings(brokerPropertyNames), [])
})

test('properties of another server are left to it', () => {
  const file = ConfigFile.parse('b.conf', 'listenPort=1\nbrokerName=b')
  assert.deepEqual(file.take(schema, new Set(['listenPort'])), { name: 'b' })
  assert.deepEqual(file.take(schema), { port: 1, name: 'b' })
})

/** Limits that RocketMQ does not have; refusals name them. */
const ownProperties: ReadonlySet<string> = new Set([
  'maxHeldPulls',
  'maxUnwrittenBytes',
  'maxWaitingPuts',
  'maxUnwrittenUnitBytes',
  'coldReadShare',
  'maxColdReads',
  'maxWaitingColdReads',
])

test('every property that Apache has and our schemas take is in the list of known ones', async () => {
  const { brokerOptions } = await import('@cometmq/broker')
  const { nameServerOptionsSchema } = await import('@cometmq/namesrv')
  const { storeOptions } = await import('@cometmq/store')
  for (const property of [...optionNames(brokerOptions).keys(), ...optionNames(storeOptions).keys()])
    assert.ok(brokerPropertyNames.has(property) || ownProperties.has(property), property)
  for (const property of optionNames(nameServerOptionsSchema).keys())
    assert.ok(nameServerPropertyNames.has(property), property)
})
