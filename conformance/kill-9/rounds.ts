import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Dump, dump } from '../disk/dump.ts'
import type { JavaClient } from '../java.ts'
import type { Running } from '../processes.ts'
import type { ScenarioResult } from '../results.ts'
import { commonProperties, portStep, type Side } from '../servers.ts'

const topic = 'kill-9'
/** Between a start and the next kill: at least this, at most twice. */
const lifeMs = 1_200
const catchUpMs = 120_000

export interface KillOptions {
  readonly side: Side
  readonly client: JavaClient
  readonly rounds: number
  readonly directory: string
  readonly onRound?: (round: number, acknowledged: number) => void
}

/** Kills the broker so many times under a producer and a consumer, then accounts for every message that was acknowledged. */
export async function killRounds({ side, client, rounds, directory, onRound }: KillOptions): Promise<ScenarioResult> {
  const started = Date.now()
  mkdirSync(directory, { recursive: true })
  const sentLog = join(directory, 'acknowledged.txt')
  const seenLog = join(directory, 'seen.txt')
  const start = () =>
    side.program.start({
      directory: join(directory, 'server'),
      namesrvPort: side.namesrvPort + portStep.kill9,
      brokerPort: side.brokerPort + portStep.kill9,
      properties: commonProperties,
    })
  let server = await start()
  const restartsMs: number[] = []
  const producer = await steady(client, ['produce', server.namesrv, topic, sentLog], side.label)
  const consumer = await steady(client, ['consume', server.namesrv, topic, seenLog], side.label)
  for (let round = 1; round <= rounds; round++) {
    const before = lines(sentLog).length
    await sleep(lifeMs + Math.random() * lifeMs)
    await progress(sentLog, before, producer)
    await server.kill()
    server = await start()
    restartsMs.push(server.startupMs)
    onRound?.(round, lines(sentLog).length)
  }
  const before = lines(sentLog).length
  await progress(sentLog, before, producer)
  await endInput(producer)
  const acknowledged = lines(sentLog)
  await caughtUp(acknowledged, seenLog)
  const all = await dump(client, server.namesrv, 'kill-9-readers', [topic], `${side.label}-kill-9-dump`)
  await endInput(consumer)
  await server.stop()
  restartsMs.sort((a, b) => a - b)
  return {
    scenario: 'kill-9',
    error: null,
    facts: { ...account(acknowledged, all), unseen: unseen(acknowledged, seenLog) },
    measurements: { rounds, acknowledged: acknowledged.length, medianStartMs: restartsMs[restartsMs.length >> 1] ?? 0 },
    tookMs: Date.now() - started,
  }
}

async function steady(client: JavaClient, args: readonly string[], label: string): Promise<Running> {
  let started: () => void = () => {}
  const ready = new Promise<void>((resolve) => {
    started = resolve
  })
  const program = client.start('Steady', args, `${label}-kill-9-${args[0]}`, {
    keepInput: true,
    onLine: () => started(),
  })
  const ended = program.exited.then((code) => {
    throw new Error(`the steady program (${args[0]}) ended with ${code}`)
  })
  await Promise.race([ready, ended])
  ended.catch(() => {})
  return program
}

async function endInput(program: Running): Promise<void> {
  program.child.stdin?.end()
  await program.exited
}

/** Kills are only worth something under load: wait until the producer gets acknowledgements again. */
async function progress(sentLog: string, before: number, producer: Running): Promise<void> {
  const deadline = Date.now() + catchUpMs
  while (lines(sentLog).length < before + 20) {
    if (producer.child.exitCode !== null) throw new Error('the producer has ended')
    if (Date.now() > deadline) throw new Error(`no message was acknowledged for ${catchUpMs} ms after a restart`)
    await sleep(50)
  }
}

function lines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1)
  } catch {
    // The program has not written anything yet.
    return []
  }
}

async function caughtUp(acknowledged: readonly string[], seenLog: string): Promise<void> {
  const deadline = Date.now() + catchUpMs
  while (unseen(acknowledged, seenLog) > 0 && Date.now() < deadline) await sleep(200)
}

function unseen(acknowledged: readonly string[], seenLog: string): number {
  const seen = new Set(lines(seenLog))
  return acknowledged.filter((line) => !seen.has(keyOf(line))).length
}

function keyOf(line: string): string {
  return line.slice(0, line.indexOf(' '))
}

/** Each acknowledged message must be readable, at the very queue offset that its acknowledgement named. */
function account(
  acknowledged: readonly string[],
  all: Dump,
): { acknowledgedLost: number; misplaced: number; holes: number } {
  const keys = new Set([...all.messages.values()].map((message) => message.properties.KEYS))
  let acknowledgedLost = 0
  let misplaced = 0
  for (const line of acknowledged) {
    const [key, queue, offset] = line.split(' ')
    if (!keys.has(key)) acknowledgedLost++
    else if (all.messages.get(`${topic}/${queue}/${offset}`)?.properties.KEYS !== key) misplaced++
  }
  return { acknowledgedLost, misplaced, holes: all.holes }
}
