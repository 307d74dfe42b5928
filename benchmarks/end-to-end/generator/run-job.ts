import type { FillJob, Job, LoadResult, ReadJob, SendJob, TailJob } from './job.ts'
import { Puller } from './puller.ts'
import { Sender } from './sender.ts'
import { MeasuredWindow } from './window.ts'

/** How long the last answers may take after the window closed, and how long reading back what was sent. */
const drainMs = 60_000

/** Runs one job to its end; rejects with a reason when anything in it went wrong. */
export function runJob(job: Job): Promise<LoadResult> {
  switch (job.kind) {
    case 'send':
      return send(job)
    case 'fill':
      return fill(job)
    case 'read':
      return read(job)
    case 'tail':
      return tail(job)
  }
}

async function send(job: SendJob): Promise<LoadResult> {
  const window = new MeasuredWindow(job.serverPids)
  const sender = new Sender({ ...job, window })
  await sender.open()
  try {
    sender.start()
    await Promise.race([pass(window, job), sender.finished()])
    sender.stop()
    await within(drainMs, sender.finished(), 'an answer to every send')
    return window.result(sender.acknowledged)
  } finally {
    sender.close()
  }
}

async function fill(job: FillJob): Promise<LoadResult> {
  const window = new MeasuredWindow(job.serverPids)
  const sender = new Sender({ ...job, window })
  await sender.open()
  try {
    window.open()
    sender.start()
    await sender.finished()
    window.close()
    return window.result(sender.acknowledged)
  } finally {
    sender.close()
  }
}

async function read(job: ReadJob): Promise<LoadResult> {
  const window = new MeasuredWindow(job.serverPids)
  const puller = new Puller({ ...job, window, atEnd: 'again' })
  await puller.open()
  try {
    puller.start()
    await puller.readExactly(job.storedMessages, drainMs)
    await Promise.race([pass(window, job), puller.failed()])
    return window.result(job.storedMessages)
  } finally {
    puller.close()
  }
}

async function tail(job: TailJob): Promise<LoadResult> {
  const window = new MeasuredWindow(job.serverPids)
  const puller = new Puller({ ...job, window, atEnd: 'wait' })
  const sender = new Sender(job)
  await puller.open()
  await sender.open()
  try {
    puller.start()
    await puller.readExactly(job.storedMessages, drainMs)
    sender.start()
    await Promise.race([pass(window, job), sender.finished(), puller.failed()])
    sender.stop()
    await within(drainMs, sender.finished(), 'an answer to every send')
    await puller.readExactly(job.storedMessages + sender.acknowledged, drainMs)
    return window.result(sender.acknowledged)
  } finally {
    sender.close()
    puller.close()
  }
}

async function pass(window: MeasuredWindow, timing: { leadInSeconds: number; windowSeconds: number }): Promise<void> {
  await sleep(timing.leadInSeconds * 1000)
  window.open()
  await sleep(timing.windowSeconds * 1000)
  window.close()
}

function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs))
}

async function within<T>(limitMs: number, promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} was due within ${limitMs / 1000} s`)), limitMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
