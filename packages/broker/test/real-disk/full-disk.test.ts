import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import { nodeClock, nodeNetwork } from '@cometmq/platform/node'
import { pullMessage, sendMessageV2 } from '@cometmq/protocol/commands'
import { RemotingClient, ResponseError } from '@cometmq/remoting'
import { recordsOf } from '../test-client.ts'
import { type DiskKind, mountSmallDisk } from './small-disk.ts'

const mib = 1024 * 1024
const program = join(import.meta.dirname, 'broker-process.ts')
const bodyBytes = 10_000
const atOnce = 16
const patienceMs = 30_000

/** A broker in its own process, and a client of it. */
class BrokerProcess {
  readonly client = new RemotingClient({}, { clock: nodeClock, network: nodeNetwork, logger: silentLogger })
  readonly #child: ChildProcess
  readonly #lines: Record<string, unknown>[] = []
  readonly #waiting: (() => void)[] = []
  #port = 0

  private constructor(directory: string, settings: object) {
    this.#child = spawn(process.execPath, [program, directory, JSON.stringify(settings)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.#lines.push(JSON.parse(line))
      for (const look of this.#waiting.splice(0)) look()
    })
  }

  static async start(directory: string, settings: object): Promise<BrokerProcess> {
    const broker = new BrokerProcess(directory, settings)
    broker.#port = Number((await broker.line((line) => line.port !== undefined)).port)
    return broker
  }

  /** The first line of its log that is meant, now or later. */
  async line(isMeant: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    const deadline = AbortSignal.timeout(patienceMs)
    for (;;) {
      const found = this.#lines.find(isMeant)
      if (found !== undefined) return found
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push(resolve)
        deadline.addEventListener('abort', () => reject(new Error(`waited in vain: ${JSON.stringify(this.#lines)}`)))
      })
    }
  }

  async send(body: string): Promise<void> {
    const topic = { producerGroup: 'PG', topic: 'T1', defaultTopic: 'TBW102', defaultTopicQueueNums: 1, queueId: 0 }
    const request = { ...topic, sysFlag: 0, bornTimestamp: Date.now(), flag: 0 }
    await this.client.invoke(this.#address, sendMessageV2, request, { body: Buffer.from(body.padEnd(bodyBytes)) })
  }

  /** Sends from `first` on until one is refused; answers what was acknowledged and the refusals. */
  async fill(first: number): Promise<{ acknowledged: string[]; refusals: ResponseError[] }> {
    const acknowledged: string[] = []
    const refusals: ResponseError[] = []
    let next = first
    const sender = async () => {
      while (refusals.length === 0) {
        const text = `m${next++}`
        await this.send(text).then(
          () => acknowledged.push(text),
          (error: ResponseError) => refusals.push(error),
        )
      }
    }
    await Promise.all(Array.from({ length: atOnce }, sender))
    return { acknowledged, refusals }
  }

  async readAll(): Promise<string[]> {
    const texts: string[] = []
    for (let offset = 0; ; ) {
      const place = {
        consumerGroup: 'CG',
        topic: 'T1',
        queueId: 0,
        queueOffset: offset,
        maxMsgNums: 32,
        commitOffset: 0,
      }
      const request = { ...place, sysFlag: 4, suspendTimeoutMillis: 0, subscription: '*', subVersion: 0 }
      const { code, fields, body } = await this.client.invoke(this.#address, pullMessage, request, {
        accept: [19, 20, 21],
      })
      if (Number(code) !== 0) return texts
      for (const { body: text } of recordsOf(body)) texts.push(text.toString().trim())
      offset = Number(fields.nextBeginOffset)
    }
  }

  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
    await this.client.close()
  }

  get #address() {
    return { host: '127.0.0.1', port: this.#port }
  }
}

const settings = {
  mappedFileSizeCommitLog: 4 * mib,
  mappedFileSizeConsumeQueue: 200_000,
  // The slots of a key index of the usual size would take most of the disk.
  maxHashSlotNum: 10_000,
  maxIndexNum: 40_000,
  cleanFileForciblyEnable: false,
}

function assertFull(error: unknown, directory: string): true {
  assert.ok(error instanceof ResponseError, String(error))
  assert.equal(error.responseCode, 14)
  assert.match(
    error.remark ?? '',
    /is full.*: \d+\.\d MiB of \d+\.\d MiB used \(\d+ %\), limit 90 % \(diskSpaceWarningLevelRatio\)/,
  )
  assert.ok(error.remark?.includes(directory))
  return true
}

for (const kind of ['tmpfs', 'ext4'] satisfies DiskKind[]) {
  test(`a broker on a ${kind} of 24 MiB refuses when it is full, loses nothing, and goes on when there is room`, async (t) => {
    const disk = await mountSmallDisk(kind, 24)
    if (typeof disk === 'string') return t.skip(disk)
    const directory = join(disk.path, 'store')
    const ballast = join(disk.path, 'ballast')
    const isFull = (error: unknown) => assertFull(error, directory)
    let broker: BrokerProcess | undefined
    try {
      await writeFile(ballast, Buffer.alloc(8 * mib, 1))
      broker = await BrokerProcess.start(directory, settings)
      const { acknowledged, refusals } = await broker.fill(0)
      assert.ok(acknowledged.length > 500, `${acknowledged.length} were stored`)
      for (const refusal of refusals) assertFull(refusal, directory)
      assert.deepEqual((await broker.readAll()).toSorted(), acknowledged.toSorted(), 'reads go on')
      await assert.rejects(broker.send('no'), isFull)
      await broker.kill()

      broker = await BrokerProcess.start(directory, settings)
      assert.deepEqual((await broker.readAll()).toSorted(), acknowledged.toSorted(), 'opened while the disk is full')
      await assert.rejects(broker.send('no'), isFull)
      await rm(ballast)
      await broker.line(({ message }) => /has room again/.test(String(message)))
      const more = await broker.fill(10_000)
      assert.ok(more.acknowledged.length > 300, 'it takes messages without a restart')
      for (const refusal of more.refusals) assertFull(refusal, directory)
      const all = [...acknowledged, ...more.acknowledged].toSorted()
      assert.deepEqual((await broker.readAll()).toSorted(), all)
      await broker.kill()

      broker = await BrokerProcess.start(directory, settings)
      assert.deepEqual((await broker.readAll()).toSorted(), all)
    } finally {
      await broker?.kill()
      await disk.remove()
    }
  })
}
