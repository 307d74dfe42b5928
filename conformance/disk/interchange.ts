import { appendFileSync, mkdirSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { accountFor, loggedLines } from '../acknowledged.ts'
import type { JavaClient } from '../java.ts'
import type { Running } from '../processes.ts'
import type { ScenarioResult } from '../results.ts'
import { type ApacheRelease, commonProperties, type RunningServer, type Side } from '../servers.ts'
import { losses, readConfiguration } from './configuration.ts'
import { deliveries } from './delays.ts'
import {
  changes,
  committed,
  type Dump,
  dumpStep,
  messagesOf,
  readDump,
  runSteps,
  type Step,
  systemTopics,
} from './dump.ts'
import { missingKinds } from './kinds.ts'
import { changedBytes, readLog } from './log-bytes.ts'
import { persisted } from './persisted.ts'
import { timerDeliveries } from './timers.ts'

/** Small files, so that a small load crosses many of them; and open transactions are left alone by the writer, so that they stay where they are. */
const properties = {
  ...commonProperties,
  mappedFileSizeCommitLog: String(1024 * 1024),
  mappedFileSizeConsumeQueue: '2000',
  maxHashSlotNum: '1000',
  maxIndexNum: '4000',
  transactionCheckInterval: '3600000',
}
/** The reader goes on with what the writer left open, and does not give it up before there is a producer. */
const readerProperties = { ...properties, transactionCheckInterval: '3000', transactionCheckMax: '1000' }
const group = 'interchange-readers'
const prefix = 'interchange'
const named = (...names: string[]) => names.map((name) => `${prefix}-${name}`)
const liveTopic = `${prefix}-live`
const liveTimeoutMs = 120_000
const appendedMessages = 4 * 20

export interface Interchange {
  readonly scenario: string
  readonly writer: Side
  readonly reader: Side
  /** End the writer by kill -9, with a producer at work. */
  readonly killed: boolean
  /** Of which release Apache's side is. */
  readonly apache: ApacheRelease
  readonly client: JavaClient
  readonly directory: string
}

/** What is read of a store: topics that grow when delays are over, and topics that stay as the load left them. */
interface Topics {
  readonly settled: readonly string[]
  readonly growing: readonly string[]
  /** Of which the writer answers no pull: 4.9 has no topics of that name for clients. */
  readonly hidden: readonly string[]
}

/**
 * The writer fills a store; the reader opens it, must find all of it unchanged, delivers what was delayed, and appends; then, after a clean stop, the writer opens it
 * again and must find everything. After a kill there is no way back, but a producer was at work, and what it was acknowledged must be there.
 */
export async function interchange(options: Interchange): Promise<ScenarioResult> {
  const { scenario, writer, reader, killed, apache, client, directory } = options
  const started = Date.now()
  mkdirSync(directory, { recursive: true })
  const log = join(directory, 'changes.txt')
  const store = join(directory, 'server', 'store')
  const ipv6 = hasIpv6()
  if (!ipv6) console.log(`${scenario}: this machine has no ::1, so nothing in it is of IPv6`)
  const hasTimers = apache !== '4.9.7'
  const topics = topicsOf(ipv6, apache)
  const written = [...topics.settled, ...topics.growing]
  const readable = [...written, ...topics.hidden]
  const live = killed ? [liveTopic] : []
  const added = named('new')
  const read = ({ namesrv }: RunningServer, names: readonly string[]) => dumpStep(namesrv, group, names)
  const load = ({ namesrv }: RunningServer, what: 'fill' | 'append', ...more: string[]) =>
    ['Load', namesrv, what, group, prefix, hasTimers ? 'timed' : '-', ...more] as const
  const run = async (label: string, ...steps: Step[]) =>
    (await runSteps(client, steps, `${scenario}-${label}`)).map(readDump)

  const broker = ipv6 ? `::1:${writer.brokerPort}` : '-'
  const sentLog = join(directory, 'acknowledged.txt')
  const { original } = await during(options, writer, killed ? 'kill' : 'stop', async (server, programs) => {
    const fill = load(server, 'fill', broker)
    const [, filled] = await run('fill', fill, read(server, written))
    if (killed) {
      programs.push(await producer(options, server, sentLog))
      await persisted(store, { topics: [...written, liveTopic], group, offsets: committed(filled!) })
    }
    return { original: filled! }
  })
  const left = { configuration: readConfiguration(store), log: readLog(store) }
  const openedAt = Date.now()
  const { opened, grown, openMs } = await during(options, reader, 'stop', async (server) => {
    const steps = [read(server, [...readable, ...live]), load(server, 'append'), read(server, [...readable, ...added])]
    const [found, , more] = await run('open', ...steps)
    return { opened: found!, grown: more!, openMs: server.startupMs }
  })
  const lostSettings = losses(left.configuration, readConfiguration(store), {
    isCurrent: apache !== '4.9.7',
    leavesOthers: reader.program.kind === 'cometmq',
  })
  const changed = changedBytes(left.log, readLog(store), killed)
  const back = killed
    ? grown
    : await during(options, writer, 'kill', async (server) => (await run('back', read(server, [...written, ...added])))[0]!)

  const note = (what: string, lines: readonly string[]) => {
    for (const line of lines.slice(0, 20)) appendFileSync(log, `${what}: ${line}\n`)
    return lines.length === 0
  }
  const settled = (one: Dump) => messagesOf(one, topics.settled).size
  const delayed = deliveries(grown, killed, openedAt)
  const timed = timerDeliveries(grown, killed, openedAt)
  const account = accountFor(loggedLines(sentLog), liveTopic, opened)
  const facts = {
    missingKinds: missingKinds([original, opened], group, { timers: hasTimers, ipv6, ipv6Store: ipv6 && killed }),
    equal: note('opened', changes(original.messages, opened.messages)) && settled(opened) === settled(original),
    offsetsEqual:
      note('offsets', changes(committed(original), committed(opened))) &&
      note('offsets back', changes(committed(grown), committed(back))),
    appended:
      note('grown', changes(original.messages, grown.messages)) &&
      settled(grown) + messagesOf(grown, added).size === settled(original) + appendedMessages,
    delaysKept: note('delays', delayed.flaws),
    ...(hasTimers && { timersKept: note('timers', timed.flaws) }),
    configurationKept: note('configuration', lostSettings),
    logKept: note('log', changed),
    roundTripEqual: note('back', changes(messagesOf(grown, [...written, ...added]), back.messages)) && settled(back) === settled(grown),
    ...account,
    holes: original.holes + opened.holes + grown.holes + back.holes,
    messages: original.messages.size,
  }
  const measurements = { openMs, acknowledged: loggedLines(sentLog).length, deliveredByReader: delayed.later, timersByReader: timed.later }
  return { scenario, error: null, facts, measurements, tookMs: Date.now() - started }
}

function topicsOf(ipv6: boolean, apache: ApacheRelease): Topics {
  const settled = [...named('plain', 'batches', 'large', 'transactions'), `%DLQ%${group}=1`]
  const growing = [...named('delayed', 'open'), `%RETRY%${group}=1`, `${systemTopics.schedule}=18`]
  if (ipv6) settled.push(...named('ipv6'))
  const undecided = [`${systemTopics.halves}=1`, `${systemTopics.decisions}=1`]
  return apache === '4.9.7'
    ? { settled, growing, hidden: undecided }
    : { settled, growing: [...growing, ...named('timed'), `${systemTopics.timers}=1`, ...undecided], hidden: [] }
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'))
}

/** A producer that is at work. */
async function producer({ client, scenario }: Interchange, server: RunningServer, sentLog: string): Promise<Running> {
  const program = client.start('Steady', ['produce', server.namesrv, liveTopic, sentLog], `${scenario}-live`, {
    keepInput: true,
    onLine: () => {},
  })
  const deadline = Date.now() + liveTimeoutMs
  while (loggedLines(sentLog).length < 100) {
    if (program.child.exitCode !== null) throw new Error('the producer has ended')
    if (Date.now() > deadline) throw new Error(`the producer was acknowledged nothing for ${liveTimeoutMs} ms`)
    await sleep(50)
  }
  return program
}

/** One life of a server on the store; a failure in it leaves neither the server nor a program running. */
async function during<T>(
  { directory, killed, reader }: Interchange,
  side: Side,
  end: 'stop' | 'kill',
  work: (server: RunningServer, programs: Running[]) => Promise<T>,
): Promise<T> {
  const programs: Running[] = []
  const server = await side.program.start({
    directory: join(directory, 'server'),
    namesrvPort: side.namesrvPort,
    brokerPort: side.brokerPort,
    isShortLived: true,
    advertise: killed && hasIpv6() ? '::1' : '127.0.0.1',
    properties: side === reader ? readerProperties : properties,
  })
  let isDone = false
  try {
    const result = await work(server, programs)
    isDone = true
    return result
  } finally {
    await (isDone && end === 'stop' ? server.stop() : server.kill())
    for (const program of programs) program.child.kill('SIGKILL')
    await Promise.all(programs.map((program) => program.exited))
  }
}
