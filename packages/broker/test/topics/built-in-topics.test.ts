import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rig } from '../rig.ts'

test('the topic for traces is there from the start when traceTopicEnable says so, under the name of msgTraceTopicName', async () => {
  await using rig = new Rig()
  const plain = await rig.broker()
  assert.equal(plain.topics.get('RMQ_SYS_TRACE_TOPIC'), undefined)
  await rig.stop(plain)
  const tracing = await rig.broker({ traceTopic: true })
  assert.deepEqual(
    [tracing.topics.get('RMQ_SYS_TRACE_TOPIC')?.perm, tracing.topics.get('RMQ_SYS_TRACE_TOPIC')?.writeQueueNums],
    [6, 1],
  )
  await rig.stop(tracing)
  const named = await rig.broker({ traceTopic: true, traceTopicName: 'Traces' })
  assert.equal(named.topics.get('Traces')?.readQueueNums, 1)
})
