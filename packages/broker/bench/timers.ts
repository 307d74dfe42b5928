/**
 * Timers on a real disk, in one process with the store: how late they are at a rate, beside very many that wait; memory; and how long a restart takes.
 *
 *   node --expose-gc packages/broker/bench/timers.ts [--pending 1000000] [--rate 10000] [--seconds 20] [--body 256] [--after 3600] [--spread 164000]
 *
 * With `--rate 0` those that wait are the load: `--pending 1000000 --after 60 --spread 100 --rate 0` delivers 10 000 a second that were sent in another order.
 * Lateness is the store time of the delivered record, less the time that was asked for. It is no better than the event loop's turns, which on a busy machine wait for a core:
 * how long they took is told beside it.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { silentLogger } from '@cometmq/platform'
import { nodeClock, nodeFileSystem, nodeFileThreads, nodeLoopBusyMs } from '@cometmq/platform/node'
import { propertyNames, propertyOf, systemTopics } from '@cometmq/protocol/message'
import { MessageStore, type MessageToStore } from '@cometmq/store'
import { waiting } from '../src/timer/timer-properties.ts'
import { Timers } from '../src/timer/timers.ts'

const topic = 'Timers'
const dayMs = 86_400_000
const putsAtOnce = 1_000

interface Running {
  store: MessageStore
  timers: Timers
  openMs: number
  startMs: number
}

async function start(folder: string): Promise<Running> {
  const world = { files: nodeFileSystem, clock: nodeClock, logger: silentLogger }
  const begin = performance.now()
  const store = await MessageStore.open(
    { storePathRootDir: folder, storeHost: { host: '127.0.0.1', port: 10_911 } },
    { ...world, pid: process.pid, loopBusyMs: nodeLoopBusyMs, fileThreads: nodeFileThreads() },
  )
  const openMs = performance.now() - begin
  const options = { timerLogFileBytes: 104_857_600, timerRollWindowSec: 172_800, configDirectory: `${folder}/config` }
  const timers = new Timers({ store, options, directory: folder, reservedMs: 3 * dayMs, ...world })
  store.onArrival = (name) => {
    if (name === systemTopics.TIMER_WHEEL) timers.arrived()
  }
  await timers.start()
  return { store, timers, openMs, startMs: performance.now() - begin - openMs }
}

let made = 0

function messageDueAt(dueMs: number, body: Buffer): MessageToStore {
  const key = `AC11000100002A9F${(made++).toString(16).padStart(16, '0')}`
  const message = {
    ...{ topic, queueId: made % 8, flag: 0, sysFlag: 0, bornTimestamp: nodeClock.now(), reconsumeTimes: 0 },
    ...{ bornHost: { host: '127.0.0.1', port: 1 }, preparedTransactionOffset: 0, body, waitStored: true },
    properties: `UNIQ_KEY\u0001${key}\u0002TIMER_DELIVER_MS\u0001${dueMs}\u0002WAIT\u0001true\u0002`,
  }
  return waiting(message, dueMs)
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Due at random between two times. */
async function fill(
  { store, timers }: Running,
  count: number,
  dueMs: { first: number; spread: number },
  body: Buffer,
): Promise<void> {
  for (let done = 0; done < count; done += putsAtOnce) {
    const puts = Array.from({ length: Math.min(putsAtOnce, count - done) }, () =>
      store.put(messageDueAt(dueMs.first + Math.floor(Math.random() * dueMs.spread), body)),
    )
    await Promise.all(puts)
  }
  while (timers.figures.behind > 0) await sleep(20)
}

/** Sent evenly, each due at a random time two to six seconds later. Answers where in the log to look for deliveries. */
async function load({ store }: Running, rate: number, seconds: number, body: Buffer): Promise<number> {
  const from = store.state.writtenOffset
  const beginMs = performance.now()
  for (let sent = 0; sent < rate * seconds; ) {
    const wanted = Math.min(rate * seconds, Math.floor(((performance.now() - beginMs) / 1_000) * rate))
    const puts: Promise<unknown>[] = []
    for (; sent < wanted; sent++)
      puts.push(store.put(messageDueAt(nodeClock.now() + 2_000 + Math.floor(Math.random() * 4_000), body)))
    await Promise.all(puts)
    await sleep(5)
  }
  await sleep(7_000)
  return from
}

/** How late each delivery in the log from `from` on was, ascending; a key that comes twice is told. */
async function lateness({ store }: Running, from: number): Promise<{ late: number[]; twice: number }> {
  const late: number[] = []
  const keys = new Set<string>()
  await store.walk(from, (name, properties, _flags, _offset, storedAt) => {
    if (name !== topic) return
    late.push(storedAt - Number(propertyOf(properties, propertyNames.TIMER_OUT_MS)))
    keys.add(propertyOf(properties, propertyNames.UNIQ_KEY)!)
  })
  return { late: late.sort((a, b) => a - b), twice: late.length - keys.size }
}

function tellMemory(what: string): void {
  globalThis.gc?.()
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  const mb = (bytes: number) => Math.round(bytes / 1024 / 1024)
  console.log(`${what}: resident ${mb(rss)} MB, heap ${mb(heapUsed)} MB, buffers ${mb(arrayBuffers)} MB`)
}

function tellLateness({ late, twice }: { late: number[]; twice: number }, wanted: number): void {
  const at = (part: number) => late[Math.min(late.length - 1, Math.floor(late.length * part))]
  const over = late.filter((ms) => ms > 50).length
  console.log(
    `${late.length} of ${wanted} delivered, ${twice} twice; earliest ${late[0]} ms, p50 ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, latest ${late.at(-1)} ms; ${over} later than 50 ms`,
  )
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      pending: { type: 'string', default: '1000000' },
      rate: { type: 'string', default: '10000' },
      seconds: { type: 'string', default: '20' },
      body: { type: 'string', default: '256' },
      after: { type: 'string', default: '3600' },
      spread: { type: 'string', default: '164000' },
    },
  })
  const [pending, rate, seconds] = [Number(values.pending), Number(values.rate), Number(values.seconds)]
  const body = Buffer.alloc(Number(values.body), 'x')
  const hold = setInterval(() => {}, 60_000)
  const folder = await mkdtemp(join(tmpdir(), 'timers-bench-'))
  try {
    let running = await start(folder)
    tellMemory('with nothing')
    const beginMs = performance.now()
    const first = nodeClock.now() + Number(values.after) * 1_000
    const spread = Number(values.spread) * 1_000
    await fill(running, pending, { first, spread }, body)
    console.log(`${pending} wait, noted after ${((performance.now() - beginMs) / 1_000).toFixed(1)} s`)
    tellMemory(`with ${pending} that wait`)
    const cpu = process.cpuUsage()
    const loadMs = performance.now()
    const turns = monitorEventLoopDelay({ resolution: 1 })
    turns.enable()
    const from = rate > 0 ? await load(running, rate, seconds, body) : 0
    if (rate === 0) await sleep(first + spread + 5_000 - nodeClock.now())
    turns.disable()
    const { user, system } = process.cpuUsage(cpu)
    console.log(
      `CPU ${((user + system) / 1_000_000).toFixed(1)} s in ${((performance.now() - loadMs) / 1_000).toFixed(1)} s, with the sends`,
    )
    const ms = (ns: number) => (ns / 1e6).toFixed(0)
    console.log(
      `turns of the event loop: p50 ${ms(turns.percentile(50))}, p99 ${ms(turns.percentile(99))}, longest ${ms(turns.max)} ms`,
    )
    tellLateness(await lateness(running, from), rate > 0 ? rate * seconds : pending)
    tellMemory('after the load')
    await running.timers.close()
    await running.store.close()
    running = await start(folder)
    console.log(`restarted: store ${Math.round(running.openMs)} ms, timers ${Math.round(running.startMs)} ms`)
    await running.timers.close()
    await running.store.close()
  } finally {
    clearInterval(hold)
    await rm(folder, { recursive: true })
  }
}

if (import.meta.main) await main()
