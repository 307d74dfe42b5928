import { type FileSystem, type Logger, silentLogger } from '@cometmq/platform'
import { decodeRecord, type StoredMessage } from '@cometmq/protocol/message'
import { MemoryFileSystem, SimulatedClock } from '@cometmq/testkit/sim'
import { type GetRequest, type GetResult, MessageStore, type MessageToStore, type StoreOptions } from '../src/index.ts'

export const root = '/data/store'

/** Files so small that everything rolls after a few messages. */
export const smallFiles = { mappedFileSizeCommitLog: 4096, mappedFileSizeConsumeQueue: 200 }

export function optionsWith(changes: Partial<StoreOptions> = {}): StoreOptions {
  return { storePathRootDir: root, storeHost: { host: '127.0.0.1', port: 10911 }, ...smallFiles, ...changes }
}

export function messageWith(changes: Partial<MessageToStore> = {}): MessageToStore {
  return {
    topic: 'T',
    queueId: 0,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 1_700_000_000_000,
    bornHost: { host: '10.0.0.1', port: 5000 },
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    properties: '',
    body: Buffer.from('hello'),
    waitStored: true,
    ...changes,
  }
}

/** A store on files in memory, with a clock that the test moves. */
export class Rig {
  readonly clock = new SimulatedClock()
  files: FileSystem
  readonly options: StoreOptions
  readonly logger: Logger
  /** Topics with batch queues. */
  isBatchTopic = (topic: string): boolean => topic === 'B'
  store!: MessageStore

  constructor(changes: Partial<StoreOptions> = {}, files?: FileSystem, logger: Logger = silentLogger) {
    this.files = files ?? new MemoryFileSystem({ clock: this.clock })
    this.options = optionsWith(changes)
    this.logger = logger
  }

  static async open(changes: Partial<StoreOptions> = {}, files?: FileSystem): Promise<Rig> {
    const rig = new Rig(changes, files)
    await rig.open()
    return rig
  }

  async open(): Promise<MessageStore> {
    const { files, clock, logger, isBatchTopic } = this
    this.store = await MessageStore.open(this.options, { files, clock, logger, pid: 4711, isBatchTopic })
    return this.store
  }

  async reopen(): Promise<MessageStore> {
    await this.store.close()
    return this.open()
  }

  /** Ends the process without a word; what was written stays. */
  async kill(): Promise<MessageStore> {
    const files = this.files as MemoryFileSystem
    files.shutDown()
    this.files = new MemoryFileSystem({ clock: this.clock, disk: files.disk })
    await this.clock.settle()
    return this.open()
  }

  /** All messages of a queue, as a consumer that reads from its first one would get them. */
  async readAll(topic = 'T', queueId = 0, request: Partial<GetRequest> = {}): Promise<StoredMessage[]> {
    const messages: StoredMessage[] = []
    let offset = this.store.minOffset(topic, queueId)
    for (;;) {
      const result: GetResult = await this.store.get({ topic, queueId, offset, maxMessages: 32, ...request })
      for (const record of result.records) messages.push(decodeRecord(record, 0))
      if (result.nextBeginOffset === offset) return messages
      offset = result.nextBeginOffset
    }
  }

  async bodies(topic = 'T', queueId = 0): Promise<string[]> {
    return (await this.readAll(topic, queueId)).map(({ body }) => body.toString())
  }
}
