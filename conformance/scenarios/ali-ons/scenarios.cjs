'use strict'

// scenarios.cjs NAMESRV TRY SCENARIO...: runs npm ali-ons against a server and prints one JSON line for each result. Each try has topics and groups of its own.

const { Consumer, Message, Producer } = require('ali-ons')

const [namesrv, attempt, ...names] = process.argv.slice(2)
const deadlineMs = 60_000
const started = Date.now()

/** ali-ons asks an HTTP service for NameServers unless it is given one. */
function options(more) {
  const logger = { info() {}, debug() {}, warn: note, error: note }
  return { nameSrv: namesrv, httpclient: {}, logger, clientIP: '127.0.0.1', rebalanceInterval: 1_000, ...more }
}

function note(...words) {
  console.error(...words)
}

async function until(condition) {
  const end = Date.now() + deadlineMs
  while (!condition() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20))
}

async function sendAll(producer, topic, count, tagOf) {
  const keys = []
  const statuses = new Set()
  const ids = new Set()
  for (let i = 0; i < count; i++) {
    const message = new Message(topic, tagOf(i), `body ${i} \u6d88\u606f`)
    message.keys = [`k${i}`]
    const receipt = await producer.send(message)
    statuses.add(receipt.sendStatus)
    ids.add(receipt.msgId)
    keys.push(`k${i}`)
  }
  return { keys, statuses: [...statuses], ids: ids.size }
}

async function newProducer(name) {
  const producer = new Producer(options({ producerGroup: `${name}-P`, instanceName: `${name}-producer` }))
  producer.on('error', note)
  await producer.ready()
  return producer
}

async function newConsumer(name, topic, expression, seen, odd) {
  const consumer = new Consumer(
    options({
      consumerGroup: `${name}-G`,
      instanceName: `${name}-consumer`,
      consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    }),
  )
  consumer.on('error', note)
  consumer.subscribe(topic, expression, async (message) => {
    // The message that had the topic created has no key.
    if (!message.keys) return
    seen.set(message.keys, (seen.get(message.keys) ?? 0) + 1)
    if (message.body.toString() !== `body ${String(message.keys).slice(1)} \u6d88\u606f`) odd.push(message.keys)
  })
  await consumer.ready()
  return consumer
}

function report(keys, seen, odd) {
  const lost = keys.filter((key) => !seen.has(key)).length
  const strangers = [...seen.keys()].filter((key) => !keys.includes(key)).length
  const duplicates = [...seen.values()].reduce((sum, times) => sum + times - 1, 0)
  return { sent: keys.length, received: seen.size, lost, strangers, duplicates, oddBodies: odd.length }
}

const scenarios = {
  async 'ali-ons-send'(name) {
    const producer = await newProducer(name)
    const { keys, statuses, ids } = await sendAll(producer, `${name}-T`, 100, () => 'TagA')
    return { sent: keys.length, statuses, distinctIds: ids }
  },
  async 'ali-ons-push'(name) {
    const producer = await newProducer(name)
    const before = await sendAll(producer, `${name}-T`, 50, () => 'TagA')
    const seen = new Map()
    const odd = []
    await newConsumer(name, `${name}-T`, '*', seen, odd)
    await until(() => seen.size >= 50)
    const more = await sendAll(producer, `${name}-T`, 200, () => 'TagB')
    const keys = [...new Set([...before.keys, ...more.keys])]
    const times = () => [...seen.values()].reduce((sum, count) => sum + count, 0)
    await until(() => seen.size >= keys.length && times() >= 250)
    // The first 50 keys are sent twice, and only they are seen twice.
    return { ...report(keys, seen, odd), deliveries: times() }
  },
  async 'ali-ons-tags'(name) {
    const producer = await newProducer(name)
    const tags = ['TagA', 'TagB', 'TagC', 'Aa', 'BB']
    const seen = new Map()
    const odd = []
    await sendAll(producer, `${name}-T`, 5, (i) => tags[i])
    await newConsumer(name, `${name}-T`, 'TagA || Aa', seen, odd)
    const { keys } = await sendAll(producer, `${name}-T`, 100, (i) => tags[i % 5])
    const wanted = keys.filter((_, i) => i % 5 === 0 || i % 5 === 3)
    await until(() => wanted.every((key) => seen.has(key)))
    const { duplicates: _, ...facts } = report(wanted, seen, odd)
    return facts
  },
}

async function main() {
  for (const name of names) {
    const start = Date.now()
    let facts = {}
    let error = null
    try {
      facts = await scenarios[name](`${name}-${attempt}`)
    } catch (failure) {
      error = String(failure.stack)
    }
    console.log(JSON.stringify({ scenario: name, error, facts, measurements: {}, tookMs: Date.now() - start }))
  }
  note(`done after ${Date.now() - started} ms`)
  // Its clients keep timers; there is nothing left to wait for.
  process.exit(0)
}

main()
