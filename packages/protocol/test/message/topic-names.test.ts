import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  checkGroupName,
  checkTopicName,
  deadLetterTopicOf,
  groupOfTopic,
  isForbiddenToSend,
  isSystemTopic,
  retryTopicOf,
} from '@cometmq/protocol/message'
import { fixtureFrame, fixtures } from '../support/fixtures.ts'

const topics: [string, string | undefined][] = [
  ['T', undefined],
  ['a-Z_0|%', undefined],
  ['t'.repeat(127), undefined],
  [retryTopicOf('g'.repeat(248)), undefined],
  [deadLetterTopicOf('g'.repeat(250)), undefined],
  ['', 'The specified topic is blank.'],
  [' \t', 'The specified topic is blank.'],
  ['a b', 'The specified topic: a b, contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$'],
  ['a\n', 'The specified topic: a\n, contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$'],
  ['t'.repeat(128), `The specified topic: ${'t'.repeat(128)}, is longer than topic max length: 127`],
  [
    retryTopicOf('g'.repeat(249)),
    `The specified topic: ${retryTopicOf('g'.repeat(249))}, is longer than topic max length: 255`,
  ],
]
for (const [topic, flaw] of topics) {
  test(`the topic ${JSON.stringify(topic.slice(0, 20))} of ${topic.length}`, () =>
    assert.equal(checkTopicName(topic), flaw))
}

test('flaws are told in the words of the Apache broker', () => {
  let compared = 0
  for (const fixture of fixtures) {
    if (fixture.version !== '5.5.0' || fixture.direction !== 'request' || fixture.code !== 310) continue
    if (!/^(?:illegal-topic|topic-too-long)/.test(fixture.case)) continue
    const answer = fixtures.find(
      (each) =>
        each.direction === 'response' && each.version === '5.5.0' && each.case === fixture.case && each.code === 310,
    )
    assert.equal(checkTopicName(fixtureFrame(fixture).ext!.b!), fixtureFrame(answer!).remark)
    compared++
  }
  assert.ok(compared >= 2)
})

test('groups', () => {
  assert.equal(checkGroupName('g'.repeat(120)), undefined)
  assert.match(checkGroupName('g'.repeat(121))!, /longer than group max length: 120/)
  assert.match(checkGroupName('')!, /blank/)
  assert.match(checkGroupName('ä')!, /illegal characters/)
  assert.match(checkGroupName('DEFAULT_CONSUMER')!, /reserved/)
})

test('topics of groups and of RocketMQ', () => {
  assert.equal(groupOfTopic('%RETRY%G'), 'G')
  assert.equal(groupOfTopic('%DLQ%G'), 'G')
  assert.equal(groupOfTopic('G'), undefined)
  assert.ok(isForbiddenToSend('SCHEDULE_TOPIC_XXXX') && !isForbiddenToSend('TBW102'))
  assert.ok(isSystemTopic('TBW102') && isSystemTopic('rmq_sys_x') && !isSystemTopic('T'))
})
