import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { accountFor, loggedLines } from '../acknowledged.ts'
import { dump } from '../disk/dump.ts'
import type { JavaClient } from '../java.ts'
import type { Running } from '../processes.ts'
import type { ScenarioResult } from '../results.ts'
import { commonProperties, type RunningServer, type Side } from '../servers.ts'

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

/** The broker and its two clients, as they are at the moment. */
interface Scene {
  readonly options: KillOptions
  readonly sentLog: string
  readonly seenLog: string
  readonly programs: Running[]
  server: RunningServer
}

/** Kills the broker so many times under a producer and a consumer, then accounts for every message that was acknowledged. */
export async function killRounds(options: KillOptions): Promise<ScenarioResult> {
  const started = Date.now()
  const { directory } = options
  mkdirSync(directory, { recursive: true })
  const scene: Scene = {
    options,
    sentLog: join(directory, 'acknowledged.txt'),
    seenLog: join(directory, 'seen.txt'),
    programs: [],
    server: await startServer(options),
  }
  try {
    return { ...(await play(scene)), scenario: 'kill-9', error: null, tookMs: Date.now() - started }
  } finally {
    // After a failure nothing may hold the ports of the next try; after a success nothing is left to kill.
    for (const program of scene.programs) program.child.kill('SIGKILL')
    await scene.server.kill()
  }
}

async function play(scene: Scene): Promise<Pick<ScenarioResult, 'facts' | 'measurements'>> {
  const { options, sentLog, seenLog } = scene
  const { client, rounds, side, onRound } = options
  const restartsMs: number[] = []
  const producer = await steady(scene, ['produce', scene.server.namesrv, topic, sentLog])
  const consumer = await steady(scene, ['consume', scene.server.namesrv, topic, seenLog])
  for (let round = 1; round <= rounds; round++) {
    const before = loggedLines(sentLog).length
    await sleep(lifeMs + Math.random() * lifeMs)
    await progress(sentLog, before, producer)
    await scene.server.kill()
    scene.server = await startServer(options)
    restartsMs.push(scene.server.startupMs)
    onRound?.(round, loggedLines(sentLog).length)
  }
  await progress(sentLog, loggedLines(sentLog).length, producer)
  await endInput(producer)
  const acknowledged = loggedLines(sentLog)
  await caughtUp(acknowledged, seenLog)
  const all = await dump(client, scene.server.namesrv, 'kill-9-readers', [topic], `${side.label}-kill-9-dump`)
  await endInput(consumer)
  await scene.server.stop()
  restartsMs.sort((a, b) => a - b)
  return {
    facts: { ...accountFor(acknowledged, topic, all), holes: all.holes, unseen: unseen(acknowledged, seenLog) },
    measurements: { rounds, acknowledged: acknowledged.length, medianStartMs: restartsMs[restartsMs.length >> 1] ?? 0 },
  }
}

function startServer({ side, directory }: KillOptions): Promise<RunningServer> {
  return side.program.start({
    directory: join(directory, 'server'),
    namesrvPort: side.namesrvPort,
    brokerPort: side.brokerPort,
    isShortLived: true,
    properties: commonProperties,
  })
}

async function steady({ options, programs }: Scene, args: readonly string[]): Promise<Running> {
  let started: () => void = () => {}
  const ready = new Promise<void>((resolve) => {
    started = resolve
  })
  const program = options.client.start('Steady', args, `${options.side.label}-kill-9-${args[0]}`, {
    keepInput: true,
    onLine: () => started(),
  })
  programs.push(program)
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
  while (loggedLines(sentLog).length < before + 20) {
    if (producer.child.exitCode !== null) throw new Error('the producer has ended')
    if (Date.now() > deadline) throw new Error(`no message was acknowledged for ${catchUpMs} ms after a restart`)
    await sleep(50)
  }
}

async function caughtUp(acknowledged: readonly string[], seenLog: string): Promise<void> {
  const deadline = Date.now() + catchUpMs
  while (unseen(acknowledged, seenLog) > 0 && Date.now() < deadline) await sleep(200)
}

function unseen(acknowledged: readonly string[], seenLog: string): number {
  const seen = new Set(loggedLines(seenLog))
  return acknowledged.filter((line) => !seen.has(keyOf(line))).length
}

function keyOf(line: string): string {
  return line.slice(0, line.indexOf(' '))
}
