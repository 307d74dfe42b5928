/** The client protocol of NATS, as far as the generator speaks it: lines of text, MSG and HMSG followed by a payload. */
import { connect } from 'node:net'
import { type FrameCutter, smallInboxBytes } from '../connection.ts'

const newline = 10
const space = 32
const crlfBytes = 2
const requestWithinMs = 10_000

export const firstByte = { message: 77, messageWithHeaders: 72, ping: 80, error: 45 } as const

export const natsPong = Buffer.from('PONG\r\n')

export const cutNatsMessage: FrameCutter = (bytes, at, filled) => {
  const lineEnd = bytes.indexOf(newline, at)
  if (lineEnd < 0 || lineEnd >= filled) return -1
  const kind = bytes[at]
  if (kind !== firstByte.message && kind !== firstByte.messageWithHeaders) return lineEnd + 1
  const end = lineEnd + 1 + payloadBytes(bytes, lineEnd) + crlfBytes
  return end <= filled ? end : -1
}

/** Where the payload of a message begins, given where the whole begins. */
export function payloadAt(bytes: Buffer, at: number): number {
  return bytes.indexOf(newline, at) + 1
}

/** PING and PONG begin alike. */
export function isPing(bytes: Buffer, at: number): boolean {
  return bytes[at] === firstByte.ping && bytes[at + 1] === 73
}

/** The last number of a message's first line, which ends at `lineEnd`. */
function payloadBytes(bytes: Buffer, lineEnd: number): number {
  let value = 0
  let scale = 1
  for (let index = lineEnd - crlfBytes; bytes[index] !== space; index -= 1) {
    const digit = bytes[index]! - 48
    if (digit < 0 || digit > 9)
      throw new Error(`NATS sent a line without a length: ${bytes.toString('latin1', index, lineEnd)}`)
    value += digit * scale
    scale *= 10
  }
  return value
}

export function natsConnect(subscriptions: readonly string[]): Buffer {
  const about = {
    verbose: false,
    pedantic: false,
    headers: true,
    no_responders: true,
    lang: 'bench',
    version: '1',
    protocol: 1,
  }
  const lines = subscriptions.map((subject, index) => `SUB ${subject} ${index + 1}\r\n`)
  return Buffer.from(`CONNECT ${JSON.stringify(about)}\r\n${lines.join('')}`)
}

export function natsPublish(subject: string, replyTo: string, payload: string): Buffer {
  return Buffer.from(`PUB ${subject} ${replyTo} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`)
}

/** One request of JetStream's API on a connection of its own; rejects with the error that the server answers. */
export function natsRequest(
  host: string,
  port: number,
  subject: string,
  content: object,
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const inbox = `_INBOX.bench.${Math.random().toString(36).slice(2)}`
    const socket = connect({ host, port })
    const end = (act: () => void) => {
      clearTimeout(timer)
      socket.destroy()
      act()
    }
    const fail = (what: string) => end(() => reject(new Error(`NATS ${subject}: ${what}`)))
    const timer = setTimeout(() => fail(`no answer within ${requestWithinMs / 1000} s`), requestWithinMs)
    let received = Buffer.alloc(0)
    socket.once('error', (error) => fail(error.message))
    socket.once('close', () => fail('the server closed the connection'))
    socket.write(Buffer.concat([natsConnect([inbox]), natsPublish(subject, inbox, JSON.stringify(content))]))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (received.length > 16 * smallInboxBytes) return fail('the answer is too long')
      for (let at = 0; ; ) {
        const next = cutNatsMessage(received, at, received.length)
        if (next < 0) return
        if (received[at] === firstByte.error) return fail(received.toString('latin1', at, next).trim())
        if (received[at] === firstByte.messageWithHeaders) return fail('nobody answers: is JetStream on?')
        if (received[at] === firstByte.message) {
          const answer = JSON.parse(received.toString('utf8', payloadAt(received, at), next - crlfBytes)) as Answer
          if (answer.error !== undefined) return fail(answer.error.description)
          return end(() => resolve(answer))
        }
        at = next
      }
    })
  })
}

type Answer = Record<string, unknown> & { readonly error?: { readonly description: string } }

export function streamName(topic: string): string {
  return topic.replaceAll(/[^A-Za-z0-9_-]/g, '_')
}

/** A stream of one topic: file storage, one replica, a subject for each queue. Without effect when it is there. */
export async function createStream(host: string, port: number, topic: string): Promise<void> {
  const name = streamName(topic)
  const config = {
    name,
    subjects: [`bench.${name}.*`],
    storage: 'file',
    retention: 'limits',
    num_replicas: 1,
    discard: 'new',
  }
  await natsRequest(host, port, `$JS.API.STREAM.CREATE.${name}`, config)
}
