import {
  flagOneway,
  type SendReply,
  type SendReplyMarks,
  SendReplyWriter,
  SendScanner,
  sendAsks,
} from '@cometmq/protocol'
import { type SendMessageV2Response, sendMessage, sendMessageV2 } from '@cometmq/protocol/commands'
import { hostBytes, isForbiddenToSend, type PlainMessage, permission } from '@cometmq/protocol/message'
import type { Express, FrameWriter, Lane, Peer, Reply } from '@cometmq/remoting'
import { type MessageStore, type PlainPutOptions, type PutStatus, PutTicket } from '@cometmq/store'
import type { BrokerOptions } from '../options.ts'
import type { TopicCreation } from '../topics/topic-creation.ts'
import type { PropertyMarker } from './message-properties.ts'
import { sendRefusal } from './receive-message.ts'
import { statusCodes } from './received-message.ts'
import { WaitingSends, type WaitingSendsDeps } from './waiting-sends.ts'

export interface ExpressSendDeps extends WaitingSendsDeps {
  store: MessageStore
  topicCreation: TopicCreation
  marker: PropertyMarker
  options: BrokerOptions
  /** The offsetMsgId of the record at a physical offset. */
  messageIdAt: (physicalOffset: number) => string
  /** The one that sends are counted in when they go the usual way. */
  lane: Lane
}

/** Tickets that are kept for the next messages. */
const maxSpareTickets = 4096
/** Clients make keys of 32 characters; a message with a longer one goes the usual way. */
const maxUniqKeyBytes = 64
/** Names of topics and brokers are short; a message with a longer handle goes the usual way. */
const maxRecallHandleBytes = 512
const hexDigits = 16
const percent = 0x25

/**
 * The fast way of the usual send: one message, which may be delayed or the first half of a transaction (`WaitingSends`), but no retry, to a queue that is there, on a broker that takes it. It is read from the
 * socket's buffer, copied once, into the log's chunk, and answered from a template. Whatever is not plain, or would be refused, is not
 * taken, and goes through `receiveMessage`, which also says why. Both must do alike: a property test holds them together.
 */
export class ExpressSend implements Express {
  readonly #deps: ExpressSendDeps
  readonly #scanner = new SendScanner()
  readonly #replies: SendReplyWriter
  readonly #waiting: WaitingSends
  readonly #spare: SendTicket[] = []
  /** Filled in anew for every message, as is `#putOptions`. */
  readonly #message: PlainMessage
  readonly #putOptions: PlainPutOptions = { tagsCode: 0, waitStored: true, delayLevel: 0 }
  readonly #bornHosts = new WeakMap<Peer, Buffer>()
  /** Frames come in runs from one peer. */
  #lastPeer: Peer | undefined

  constructor(deps: ExpressSendDeps) {
    this.#deps = deps
    this.#replies = new SendReplyWriter(replyMarks(deps))
    this.#waiting = new WaitingSends(deps)
    const none = Buffer.alloc(0)
    const { properties } = this.#scanner
    this.#message = {
      topic: '',
      topicBytes: none,
      queueId: 0,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: 0,
      bornHost: none,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body: none,
      properties: properties.bytes,
      propertiesLength: 0,
    }
  }

  take(bytes: Buffer, start: number, end: number, peer: Peer): boolean {
    const { lane, store } = this.#deps
    const scanner = this.#scanner
    if (!scanner.scan(bytes, start, end) || !this.#isTaken(scanner) || !this.#fill(scanner, bytes, peer)) return false
    if (!lane.enter()) return false
    const ticket = this.#spare.pop() ?? new SendTicket(this.#deps, this.#replies, this.#spare)
    if (!this.#noteRecall(ticket) || !store.putPlain(this.#message, this.#putOptions, ticket)) {
      lane.leave()
      this.#keep(ticket)
      return false
    }
    ticket.begin(scanner, peer)
    peer.beginExpress()
    return true
  }

  /** What `receiveMessage` checks before it stores. */
  #isTaken(scanner: SendScanner): boolean {
    const { options, topicCreation } = this.#deps
    const { topic, queueId, properties } = scanner
    if (scanner.bodyEnd === scanner.bodyStart || properties.uniqKeyLength > maxUniqKeyBytes) return false
    if ((options.permission & permission.WRITE) === 0) return false
    // Topics of retries and dead letters have rules of their own.
    if (topic.bytes[0] === percent || isForbiddenToSend(topic.text)) return false
    const config = topicCreation.existing(topic.text)
    if (config === undefined || config instanceof Promise) return false
    return queueId >= 0 && (queueId < config.writeQueueNums || queueId < config.readQueueNums)
  }

  #fill(scanner: SendScanner, bytes: Buffer, peer: Peer): boolean {
    const { topic, properties } = scanner
    const message = this.#message
    const putOptions = this.#putOptions
    if (peer !== this.#lastPeer) {
      const bornHost = this.#bornHostOf(peer)
      if (bornHost === undefined) return false
      message.bornHost = bornHost
      this.#lastPeer = peer
    }
    if (!properties.append(this.#deps.marker.suffixBytes)) return false
    message.topic = topic.text
    message.topicBytes = topic.bytes
    message.queueId = scanner.queueId
    message.flag = scanner.flag
    message.sysFlag = scanner.sysFlag
    message.bornTimestamp = scanner.bornTimestamp
    message.reconsumeTimes = scanner.reconsumeTimes
    message.body = bytes.subarray(scanner.bodyStart, scanner.bodyEnd)
    putOptions.tagsCode = properties.tagsCode
    putOptions.waitStored = properties.waitStored
    putOptions.delayLevel = 0
    if (properties.asks !== sendAsks.nothing && !this.#waiting.place(message, properties, putOptions)) return false
    message.propertiesLength = properties.length
    return true
  }

  /** A message that waits for a time of its own can be taken back. */
  #noteRecall(ticket: SendTicket): boolean {
    const { properties, topic } = this.#scanner
    ticket.recallHandleLength = 0
    if (properties.asks < sendAsks.delaySec) return true
    if (ticket.recallHandle.length === 0) ticket.recallHandle = Buffer.alloc(maxRecallHandleBytes)
    ticket.recallHandleLength = this.#waiting.writeRecallHandle(ticket.recallHandle, topic.text, properties)
    return ticket.recallHandleLength > 0
  }

  #bornHostOf(peer: Peer): Buffer | undefined {
    let bytes = this.#bornHosts.get(peer)
    if (bytes === undefined) {
      bytes = hostBytes(peer.remote)
      if (bytes !== undefined) this.#bornHosts.set(peer, bytes)
    }
    return bytes
  }

  #keep(ticket: SendTicket): void {
    if (this.#spare.length < maxSpareTickets) this.#spare.push(ticket)
  }
}

/** Most messages have none, and their tickets no room for one. */
const noHandle = Buffer.alloc(0)

/** One send between its append and its reply; used again for another when it is answered. */
class SendTicket extends PutTicket implements SendReply, FrameWriter {
  isJson = true
  opaque = 0
  queueId = 0
  readonly uniqKey: Buffer = Buffer.alloc(maxUniqKeyBytes)
  uniqKeyLength = 0
  recallHandle: Buffer = noHandle
  recallHandleLength = 0
  #code = 0
  #isOneway = false
  #peer: Peer | undefined
  readonly #deps: ExpressSendDeps
  readonly #replies: SendReplyWriter
  readonly #spare: SendTicket[]

  constructor(deps: ExpressSendDeps, replies: SendReplyWriter, spare: SendTicket[]) {
    super()
    this.#deps = deps
    this.#replies = replies
    this.#spare = spare
  }

  begin(scanner: SendScanner, peer: Peer): void {
    this.isJson = scanner.isJson
    this.opaque = scanner.opaque
    this.queueId = scanner.queueId
    this.#code = scanner.code
    this.#isOneway = (scanner.frameFlag & flagOneway) !== 0
    this.#peer = peer
    const { bytes, uniqKeyAt, uniqKeyLength } = scanner.properties
    this.uniqKeyLength = uniqKeyLength
    for (let i = 0; i < uniqKeyLength; i++) this.uniqKey[i] = bytes[uniqKeyAt + i]!
  }

  settle(status: PutStatus): void {
    const peer = this.#peer!
    this.#deps.lane.leave()
    if (!this.#isOneway) {
      if (status === 'PUT_OK') peer.answerExpress(this)
      else peer.answer(this.#request(), this.#reply(status), this.#command())
    }
    this.#end(peer)
  }

  fail(error: Error): void {
    const peer = this.#peer!
    this.#deps.lane.leave()
    const reply = peer.failureReply(sendRefusal(error, this.#deps), this.opaque, this.#command())
    if (!this.#isOneway) peer.answer(this.#request(), reply, this.#command())
    this.#end(peer)
  }

  frameSize(): number {
    return this.#replies.size(this)
  }

  writeFrame(into: Buffer, at: number): number {
    return this.#replies.write(into, at, this)
  }

  #end(peer: Peer): void {
    this.#peer = undefined
    if (this.#spare.length < maxSpareTickets) this.#spare.push(this)
    peer.endExpress()
  }

  #request() {
    return { opaque: this.opaque, serialization: this.isJson ? 'json' : 'rocketmq' } as const
  }

  #command() {
    return this.#code === sendMessageV2.code ? sendMessageV2 : sendMessage
  }

  #reply(status: PutStatus): Reply<SendMessageV2Response> {
    const { messageIdAt, options } = this.#deps
    return {
      code: statusCodes[status],
      fields: {
        msgId: messageIdAt(this.physicalOffset),
        queueId: this.queueId,
        queueOffset: this.queueOffset,
        transactionId: this.uniqKey.toString('latin1', 0, this.uniqKeyLength),
        regionId: options.region,
        traceOn: String(options.traceOn),
        recallHandle:
          this.recallHandleLength === 0 ? undefined : this.recallHandle.toString('latin1', 0, this.recallHandleLength),
      },
    }
  }
}

function replyMarks({ messageIdAt, options }: ExpressSendDeps): SendReplyMarks {
  // Both can be changed while the broker runs.
  return {
    messageIdPrefix: messageIdAt(0).slice(0, -hexDigits),
    get region() {
      return options.region
    },
    get traceOn() {
      return options.traceOn
    },
  }
}
