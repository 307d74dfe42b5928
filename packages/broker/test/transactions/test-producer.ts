import { silentLogger } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import type { CheckTransactionStateRequest } from '@cometmq/protocol/commands'
import {
  checkTransactionState,
  endTransaction,
  heartBeat,
  sendMessageV2,
  unregisterClient,
} from '@cometmq/protocol/commands'
import {
  decodeOffsetMsgId,
  decodeRecord,
  encodeProperties,
  propertyNames,
  propertyOf,
  type StoredMessage,
  sysFlag,
} from '@cometmq/protocol/message'
import { handle, Lane, RemotingClient, Router } from '@cometmq/remoting'
import { brokerAddress, type Rig } from '../rig.ts'

const codes = {
  commit: sysFlag.TRANSACTION_COMMIT,
  rollback: sysFlag.TRANSACTION_ROLLBACK,
  unknown: 0,
} as const
export type Outcome = keyof typeof codes

/** A half message as its sender knows it. */
export interface Half {
  halfOffset: number
  physicalOffset: number
  uniqKey: string
}

export interface Asked extends Half {
  request: CheckTransactionStateRequest
  message: StoredMessage
  body: string
  atMs: number
}

/** A producer of transactions, as RocketMQ's clients are; what it answers to checks is said by `answer`. */
export class TestProducer {
  readonly group: string
  readonly clientId: string
  /** All checks that it was asked. */
  readonly asked: Asked[] = []
  /** What it says when it is asked; `undefined`: nothing. */
  answer: (asked: Asked) => Outcome | undefined = () => undefined
  readonly remoting: RemotingClient
  readonly #rig: Rig

  constructor(rig: Rig, options: { group?: string; host?: string } = {}) {
    const { group = 'PG', host = '10.0.0.9' } = options
    this.#rig = rig
    this.group = group
    this.clientId = `${host}@7`
    const { clock } = rig
    const check = handle(checkTransactionState, () => (request, body) => {
      const message = decodeRecord(body, 0)
      const place = {
        halfOffset: request.tranStateTableOffset,
        physicalOffset: request.commitLogOffset,
        uniqKey: request.msgId ?? '',
      }
      const asked = { ...place, request, message, body: message.body.toString(), atMs: clock.monotonicMs() }
      this.asked.push(asked)
      const outcome = this.answer(asked)
      if (outcome !== undefined) void this.#endOneway(asked, outcome)
      return {}
    })
    const router = new Router([{ processor: check({}), lane: new Lane('checks', 1_000) }], silentLogger)
    this.remoting = new RemotingClient({ router }, { clock, network: rig.network.host(host), logger: silentLogger })
  }

  /** Sends a heartbeat as a producer of the group. */
  async join(): Promise<void> {
    const body = {
      clientID: this.clientId,
      producerDataSet: [{ groupName: this.group }],
      consumerDataSet: [],
      heartbeatFingerprint: 0,
      withoutSub: false,
    }
    await this.#rig.clock.until(this.remoting.invoke(brokerAddress, heartBeat, {}, { body }))
  }

  async leave(): Promise<void> {
    const request = { clientID: this.clientId, producerGroup: this.group }
    await this.#rig.clock.until(this.remoting.invoke(brokerAddress, unregisterClient, request))
  }

  /** Its process ends. */
  async die(): Promise<void> {
    await this.#rig.clock.until(this.remoting.close())
    await this.#rig.clock.advance(10)
  }

  sending(topic: string, body: string, properties: Record<string, string> = {}, options: { queueId?: number } = {}) {
    const { clock } = this.#rig
    const request = {
      producerGroup: this.group,
      topic,
      defaultTopic: 'TBW102',
      defaultTopicQueueNums: 4,
      queueId: 0,
      sysFlag: sysFlag.TRANSACTION_PREPARED,
      bornTimestamp: clock.now(),
      flag: 7,
      properties: encodeProperties(
        Object.entries({ TRAN_MSG: 'true', PGROUP: this.group, WAIT: 'true', ...properties }),
      ),
      reconsumeTimes: 0,
      ...options,
    }
    return this.remoting.invoke(brokerAddress, sendMessageV2, request, { body: Buffer.from(body) })
  }

  async prepare(...args: Parameters<TestProducer['sending']>): Promise<Half> {
    const { fields } = await this.#rig.clock.until(this.sending(...args))
    const { physicalOffset } = decodeOffsetMsgId(fields.msgId)
    return { halfOffset: fields.queueOffset, physicalOffset, uniqKey: fields.transactionId ?? '' }
  }

  ending(half: Half, outcome: Outcome, fromTransactionCheck = false) {
    return this.remoting.invoke(brokerAddress, endTransaction, this.endRequest(half, outcome, fromTransactionCheck))
  }

  async end(half: Half, outcome: Outcome, fromTransactionCheck = false): Promise<number> {
    return (await this.#rig.clock.until(this.ending(half, outcome, fromTransactionCheck))).code
  }

  endRequest(half: Half, outcome: Outcome, fromTransactionCheck = false) {
    return {
      producerGroup: this.group,
      tranStateTableOffset: half.halfOffset,
      commitLogOffset: half.physicalOffset,
      commitOrRollback: codes[outcome],
      fromTransactionCheck,
      msgId: half.uniqKey,
      transactionId: half.uniqKey,
    }
  }

  #endOneway(half: Half, outcome: Outcome): Promise<void> {
    return this.remoting.oneway(brokerAddress, endTransaction, this.endRequest(half, outcome, true))
  }
}

export const success = responseCode.SUCCESS
export const checkTimesOf = (message: StoredMessage) =>
  propertyOf(message.properties, propertyNames.TRANSACTION_CHECK_TIMES)
