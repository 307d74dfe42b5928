import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const routeByTopic = 105
const answerTimeoutMs = 5_000
/** Every broker that creates topics by itself has this one. */
const templateTopic = 'TBW102'

/** A broker listens before it has registered; clients can use it when the NameServer has routes to it. */
export async function waitUntilRegistered(namesrvPort: number, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while ((await routeCode(namesrvPort).catch(() => -1)) !== 0) {
    if (Date.now() > deadline)
      throw new Error(`no broker has registered with the NameServer on port ${namesrvPort} after ${timeoutMs} ms`)
    await sleep(100)
  }
}

/** Asks for a route over a bare connection and returns the code of the answer. */
function routeCode(port: number): Promise<number> {
  const fields = {
    code: routeByTopic,
    language: 'JAVA',
    version: 453,
    opaque: 1,
    flag: 0,
    extFields: { topic: templateTopic },
  }
  const header = Buffer.from(JSON.stringify(fields))
  const lengths = Buffer.alloc(8)
  lengths.writeInt32BE(4 + header.length, 0)
  lengths.writeInt32BE(header.length, 4)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(Buffer.concat([lengths, header])))
    let answer = ''
    socket.setTimeout(answerTimeoutMs, () => socket.destroy(new Error('no answer')))
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
      const code = /"code":(-?\d+)/.exec(answer)?.[1]
      if (code === undefined) return
      socket.destroy()
      resolve(Number(code))
    })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed without an answer')))
  })
}
