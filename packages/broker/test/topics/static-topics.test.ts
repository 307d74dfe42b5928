import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configDirectory, Rig } from '../rig.ts'

const mapping = (topics: object) =>
  JSON.stringify({ dataVersion: { counter: 1, stateVersion: 0, timestamp: 1 }, topicQueueMappingInfoMap: topics })

async function started(topics: object): Promise<string[]> {
  await using rig = new Rig()
  await rig.files.makeDirectory(configDirectory)
  const file = await rig.files.open(`${configDirectory}/topicQueueMapping.json`, { create: true })
  await file.write(Buffer.from(mapping(topics)), 0)
  await file.close()
  await rig.broker()
  return rig.logged
    .filter(({ level }) => level === 'warn')
    .flatMap(({ message, fields }) => [message, String(fields.topics)])
}

test('static topics that an Apache broker has left are named at the start', async () => {
  const hostedQueues = { 0: [{ bname: 'broker-a', queueId: 0, logicOffset: 0 }] }
  const [message, topics] = await started({ S1: { bname: 'broker-a', totalQueues: 8, hostedQueues }, S2: {} })
  assert.match(message!, /^static \(logical\) topics are not supported/)
  assert.equal(topics, 'S1,S2')
})

test('a broker without any has nothing to say', async () => {
  assert.deepEqual(await started({}), [])
})
