import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RouteAnswers } from '../src/route-answers.ts'
import { wipeWritePermission } from '../src/routing/write-permission.ts'
import { registerAt, registration, tableOf } from './routing/registrations.ts'

function answersOf(table = tableOf(registration())) {
  const rules = { supportActingMaster: false, orderMessageEnable: false }
  const order = { revision: 0, config: 'a:4' as string | undefined, orderConfigOf: () => order.config }
  return { table, rules, order, answers: new RouteAnswers(table, order, () => rules) }
}

const question = { topic: 'T1', standardJson: true, zoneName: undefined }

test('an answer is encoded once, and a broker that repeats its registration does not change that', () => {
  const { table, answers } = answersOf()
  const first = answers.answer(question)
  assert.ok(first !== undefined)
  assert.equal(answers.answer(question), first)
  registerAt(table, registration(), 30_000)
  assert.equal(answers.answer(question), first)
  assert.notEqual(answers.answer({ ...question, standardJson: false }), first)
  assert.equal(answers.answer(question), first)
})

test('an answer is encoded anew after a change of the table, the order configuration or the rules', () => {
  const { table, answers, order, rules } = answersOf()
  const text = () => answers.answer(question)?.toString() ?? 'none'
  assert.match(text(), /"perm":6/)
  wipeWritePermission(table, 'a')
  assert.match(text(), /"perm":4/)
  rules.orderMessageEnable = true
  assert.match(text(), /"orderTopicConf":"a:4"/)
  order.config = 'a:8'
  order.revision++
  assert.match(text(), /"orderTopicConf":"a:8"/)
})

test('the answers of a zone are its own', () => {
  const { answers } = answersOf(tableOf(registration({ zoneName: 'east' })))
  const brokers = (zoneName: string | undefined) =>
    (JSON.parse(answers.answer({ ...question, zoneName })!.toString()) as { brokerDatas: unknown[] }).brokerDatas.length
  assert.deepEqual([brokers('east'), brokers('west'), brokers('EAST'), brokers(undefined)], [1, 0, 1, 1])
})

test('a miss is not kept', () => {
  const { table, answers } = answersOf()
  assert.equal(answers.answer({ ...question, topic: 'T9' }), undefined)
  registerAt(table, registration({ topicNames: ['T9'], counter: 2 }))
  assert.ok(answers.answer({ ...question, topic: 'T9' }))
})
