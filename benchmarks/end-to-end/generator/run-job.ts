import type { Special } from '../workloads.ts'
import { AmqpSends } from './amqp/send-dialect.ts'
import type { SendDialect } from './dialect.ts'
import type { DrainJob, FillJob, Job, LoadResult, Protocol, ReadJob, SendJob, TailJob } from './job.ts'
import { KafkaReceiver } from './kafka/receiver.ts'
import { KafkaSends } from './kafka/send-dialect.ts'
import type { LoadReceiver } from './load-receiver.ts'
import { NatsReceiver } from './nats/receiver.ts'
import { NatsSends } from './nats/send-dialect.ts'
import { RedisSends } from './redis/send-dialect.ts'
import { Popper } from './rocketmq/popper.ts'
import { Puller, type PullerOptions } from './rocketmq/puller.ts'
import { RocketmqSends } from './rocketmq/send-dialect.ts'
import { TransactionSends } from './rocketmq/transaction-dialect.ts'
import { Sender, type SenderOptions } from './sender.ts'
import { MeasuredWindow } from './window.ts'

/** How long the last answers may take after the window closed, and how long reading back what was sent. */
const drainMs = 60_000

interface SendTarget {
  readonly protocol: Protocol
  readonly host: string
  readonly port: number
  readonly topic: string
  readonly topicQueues: number
  readonly bodyBytes: number
  readonly batch: number
  readonly queueType?: string | undefined
  readonly special?: Special | undefined
}

/** Runs one job to its end; rejects with a reason when anything in it went wrong. */
export function runJob(job: Job): Promise<LoadResult> {
  switch (job.kind) {
    case 'send':
      return send(job)
    case 'fill':
      return fill(job)
    case 'read':
      return read(job)
    case 'drain':
      return drain(job)
    case 'tail':
      return tail(job)
  }
}

async function send(job: SendJob): Promise<LoadResult> {
  const window = new MeasuredWindow(job.serverPids)
  const sender = senderFor(job, { ...job, window })
  try {
    await sender.open()
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
  const sender = senderFor(job, { ...job, window })
  try {
    await sender.open()
    window.open()
    sender.start()
    await sender.finished()
    return closed(window, sender.acknowledged)
  } finally {
    window.abandon()
    sender.close()
  }
}

async function read(job: ReadJob): Promise<LoadResult> {
  const window = new MeasuredWindow(job.serverPids)
  const puller = receiverFor(job, { ...job, window, atEnd: 'again' })
  try {
    await puller.open()
    puller.start()
    await puller.readExactly(job.storedMessages, drainMs)
    await Promise.race([pass(window, job), puller.failed()])
    return window.result(job.storedMessages)
  } finally {
    puller.close()
  }
}

async function drain(job: DrainJob): Promise<LoadResult> {
  const window = new MeasuredWindow(job.serverPids)
  const puller = receiverFor(job, { ...job, window, atEnd: 'again' })
  try {
    await puller.open()
    window.open()
    puller.start()
    await puller.readExactly(job.storedMessages, job.withinSeconds * 1000)
    return closed(window, job.storedMessages)
  } finally {
    window.abandon()
    puller.close()
  }
}

async function tail(job: TailJob): Promise<LoadResult> {
  const window = new MeasuredWindow(job.serverPids)
  const sends = new MeasuredWindow([])
  const puller = receiverFor(job, { ...job, window, atEnd: 'wait' })
  const sender = senderFor({ ...job, batch: 1 }, { ...job, batch: 1, window: sends })
  try {
    await sender.open()
    await puller.open()
    puller.start()
    await puller.readExactly(job.storedMessages, drainMs)
    sender.start()
    await Promise.race([pass(window, job, sends), sender.finished(), puller.failed()])
    sender.stop()
    await within(drainMs, sender.finished(), 'an answer to every send')
    await puller.readExactly(job.storedMessages + sender.acknowledged, drainMs)
    const lateness = sender.lateness.count > 0 ? { lateness: sender.lateness.summary() } : {}
    return { ...window.result(sender.acknowledged), sends: { ...sends.counts(), ...lateness } }
  } finally {
    sender.close()
    puller.close()
  }
}

/** A sender in the protocol of the job's server. */
export function senderFor(target: SendTarget, options: SenderOptions): Sender {
  const dialect = dialectFor(target)
  return new Sender(dialect, options)
}

function dialectFor(target: SendTarget): SendDialect {
  switch (target.protocol) {
    case 'rocketmq':
      return target.special === 'transaction' ? new TransactionSends(target) : new RocketmqSends(target)
    case 'nats':
      return new NatsSends(target)
    case 'redis':
      return new RedisSends(target)
    case 'amqp':
      return new AmqpSends(target)
    case 'kafka':
      return new KafkaSends(target)
  }
}

function receiverFor({ protocol, special }: Job, options: PullerOptions): LoadReceiver {
  if (special === 'pop') return new Popper(options)
  if (protocol === 'nats') return new NatsReceiver(options)
  if (protocol === 'kafka') return new KafkaReceiver(options)
  if (protocol === 'rocketmq') return new Puller(options)
  throw new RangeError(`nothing is received in the protocol ${protocol} here`)
}

function closed(window: MeasuredWindow, acknowledged: number): LoadResult {
  window.close()
  return window.result(acknowledged)
}

async function pass(
  window: MeasuredWindow,
  timing: { leadInSeconds: number; windowSeconds: number },
  beside?: MeasuredWindow,
): Promise<void> {
  await sleep(timing.leadInSeconds * 1000)
  window.open()
  beside?.open()
  await sleep(timing.windowSeconds * 1000)
  window.close()
  beside?.close()
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
