import { cutRemotingFrame, LoadConnection, smallInboxBytes } from '../connection.ts'
import { responseCode } from './failure-tally.ts'
import { firstOpaque, requestCode, requestFrame } from './frame-template.ts'
import { headerText, ReplyScanner } from './reply-scanner.ts'

const answerWithinMs = 30_000

/** One request on a connection of its own; resolves with the reply's header as text, rejects unless it says success. */
async function request(host: string, port: number, code: number, extFields: Record<string, string>): Promise<string> {
  const answered = Promise.withResolvers<string>()
  // A connection that cannot be made says so itself, before anybody waits for this.
  answered.promise.catch(() => {})
  const scanner = new ReplyScanner()
  const endpoint = { host, port, outboxBytes: 0, inboxBytes: smallInboxBytes, cut: cutRemotingFrame }
  const connection = await LoadConnection.open(endpoint, {
    onFrame: (bytes, at, end) => {
      scanner.scan(bytes, at, end)
      if (scanner.isRequest) return
      const header = headerText(bytes, at)
      if (scanner.code === responseCode.success) answered.resolve(header)
      else answered.reject(new Error(`request ${code} was refused: ${header}`))
    },
    onDrained: () => {},
    onFailure: (error) => answered.reject(error),
  })
  const late = () => answered.reject(new Error(`request ${code} was not answered within ${answerWithinMs / 1000} s`))
  const timer = setTimeout(late, answerWithinMs)
  try {
    connection.write(requestFrame(code, extFields, firstOpaque, Buffer.alloc(0)))
    return await answered.promise
  } finally {
    clearTimeout(timer)
    connection.close()
  }
}

export async function createTopic(host: string, port: number, topic: string, queues: number): Promise<void> {
  const count = String(queues)
  const shape = { readQueueNums: count, writeQueueNums: count, perm: '6', topicFilterType: 'SINGLE_TAG' }
  const extFields = { topic, defaultTopic: 'TBW102', ...shape, topicSysFlag: '0', order: 'false' }
  await request(host, port, requestCode.createTopic, extFields)
}

/** How many messages a queue has had since its beginning. */
export async function maxOffset(host: string, port: number, topic: string, queueId: number): Promise<number> {
  const header = await request(host, port, requestCode.maxOffset, { topic, queueId: String(queueId) })
  const found = /"offset":"?(\d+)/.exec(header)
  if (found === null) throw new Error(`the broker answered a question for an offset without one: ${header}`)
  return Number(found[1])
}
