import { senderFor } from './generator/run-job.ts'
import { memory } from './process-figures.ts'
import type { Figures } from './report/measurement.ts'
import { listens } from './servers/listens.ts'
import type { RunningServer, ServerKind, StartOptions } from './servers/server.ts'
import { topicQueues } from './workloads.ts'

const pollMs = 5
const attemptMs = 1_000
const giveUpMs = 600_000

/** Starts a server and measures how long it takes to serve, to acknowledge a first message, and what it holds when idle. */
export async function measureStart(
  kind: ServerKind,
  options: StartOptions,
  idleSeconds: number,
  onStarted: (server: RunningServer) => void,
) {
  const server = kind.start(options)
  onStarted(server)
  const given = new AbortController()
  try {
    const ready = server.ready.catch((error: unknown) => {
      given.abort()
      throw error
    })
    const [readyAtMs, acknowledgedAtMs] = await Promise.all([ready, firstAcknowledgement(kind, server, given.signal)])
    await sleep(idleSeconds * 1000)
    const { anonymousMb, residentMb } = memory(server.pids())
    const figures: Figures = {
      readyMs: readyAtMs - server.startedAtMs,
      firstAcknowledgedMs: acknowledgedAtMs - server.startedAtMs,
      idleAnonymousMb: anonymousMb,
      idleResidentMb: residentMb,
    }
    return { server, figures }
  } finally {
    given.abort()
  }
}

/** Tries from the first moment on, as an impatient producer would, and returns when the first message was acknowledged. */
async function firstAcknowledgement(kind: ServerKind, server: RunningServer, signal: AbortSignal): Promise<number> {
  let lastRefusal = 'nothing listens'
  while (!signal.aborted && performance.now() - server.startedAtMs < giveUpMs) {
    if (await listens(server.host, server.brokerPort)) {
      try {
        return await sendOne(kind, server)
      } catch (error) {
        lastRefusal = (error as Error).message
      }
    }
    await sleep(pollMs)
  }
  throw new Error(`no message was acknowledged: ${lastRefusal}`)
}

async function sendOne({ protocol }: ServerKind, { host, brokerPort, queueType }: RunningServer): Promise<number> {
  const target = {
    protocol,
    host,
    port: brokerPort,
    queueType,
    topic: 'bench-first',
    topicQueues,
    bodyBytes: 128,
    batch: 1,
  }
  const sender = senderFor(target, { ...target, connections: 1, inFlight: 1, messages: 1 })
  await sender.open()
  const timer = setTimeout(() => sender.fail(new Error(`no answer within ${attemptMs} ms`)), attemptMs)
  try {
    sender.start()
    await sender.finished()
    return performance.now()
  } finally {
    clearTimeout(timer)
    sender.close()
  }
}

function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs))
}
