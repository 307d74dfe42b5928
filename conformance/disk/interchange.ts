import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JavaClient } from '../java.ts'
import type { ScenarioResult } from '../results.ts'
import { commonProperties, portStep, type RunningServer, type Side } from '../servers.ts'
import { changes, committed, type Dump, dump } from './dump.ts'

/** Small files, so that a small load crosses many of them. */
const sizes = { mappedFileSizeCommitLog: String(1024 * 1024), mappedFileSizeConsumeQueue: '2000', maxHashSlotNum: '1000', maxIndexNum: '4000' }
const group = 'interchange-readers'
const prefix = 'interchange'
const written = ['plain', 'batches', 'large'].map((name) => `${prefix}-${name}`)
/** Offsets and topics are persisted every 5 s; a kill after less would lose them on either side. */
const persistedAfterMs = 7_000
const appendedMessages = 4 * 20

export interface Interchange {
  readonly scenario: string
  readonly writer: Side
  readonly reader: Side
  /** End the writer by kill -9. */
  readonly killed: boolean
  readonly client: JavaClient
  readonly directory: string
}

/**
 * The writer fills a store; the reader opens it, must find all of it unchanged, and appends; then, after a clean stop, the writer opens it again and must
 * find everything.
 */
export async function interchange(options: Interchange): Promise<ScenarioResult> {
  const { scenario, writer, reader, killed, client, directory } = options
  const started = Date.now()
  mkdirSync(directory, { recursive: true })
  const store = join(directory, 'server')
  const log = join(directory, 'changes.txt')
  const read = (server: RunningServer, topics: readonly string[], label: string) => dump(client, server.namesrv, group, topics, `${scenario}-${label}`)

  const all = [...written, `${prefix}-new`]

  const original = await during(writer, store, killed, async (server) => {
    await client.lines('Load', [server.namesrv, 'fill', group, prefix], `${scenario}-fill`)
    const filled = await read(server, written, 'original')
    if (killed) await sleep(persistedAfterMs)
    return filled
  })
  const { opened, grown, openMs } = await during(reader, store, false, async (server) => {
    const found = await read(server, written, 'opened')
    await client.lines('Load', [server.namesrv, 'append', group, prefix], `${scenario}-append`)
    return { opened: found, grown: await read(server, all, 'grown'), openMs: server.startupMs }
  })
  const back = killed ? grown : await during(writer, store, false, (server) => read(server, all, 'back'))

  const note = (what: string, lines: readonly string[]) => {
    for (const line of lines.slice(0, 20)) appendFileSync(log, `${what}: ${line}\n`)
    return lines.length === 0
  }
  const equal = note('opened', changes(original.messages, opened.messages)) && opened.messages.size === original.messages.size
  const facts = {
    equal,
    offsetsEqual: note('offsets', changes(committed(original), committed(opened))) && note('offsets back', changes(committed(grown), committed(back))),
    appended: note('grown', changes(original.messages, grown.messages)) && grown.messages.size === original.messages.size + appendedMessages,
    roundTripEqual: note('back', changes(grown.messages, back.messages)) && back.messages.size === grown.messages.size,
    holes: holes(original, opened, grown, back),
    messages: original.messages.size,
  }
  return { scenario, error: null, facts, measurements: { openMs }, tookMs: Date.now() - started }
}

function holes(...dumps: readonly Dump[]): number {
  return dumps.reduce((sum, one) => sum + one.holes, 0)
}

/** One life of a server on the store; a failure in it does not leave the server running. */
async function during<T>(side: Side, directory: string, killed: boolean, work: (server: RunningServer) => Promise<T>): Promise<T> {
  const server = await side.program.start({
    directory,
    namesrvPort: side.namesrvPort + portStep.disk,
    brokerPort: side.brokerPort + portStep.disk,
    properties: { ...commonProperties, ...sizes },
  })
  let result: T
  try {
    result = await work(server)
  } catch (failure) {
    await server.kill()
    throw failure
  }
  await (killed ? server.kill() : server.stop())
  return result
}
