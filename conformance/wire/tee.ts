import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { FrameSplitter, readFacts } from './frame.ts'
import type { Ends, Fixture, Recording, Role } from './recording.ts'

export type Tee = { readonly port: number; close(): void }

type Side = { readonly role: Role; readonly version: string }

/** Passes bytes on unchanged, and shows every frame to the recording before the other side has it. */
export async function openTee(
  recording: Recording,
  listenPort: number,
  targetPort: number,
  caller: Side,
  callee: Side,
): Promise<Tee> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1')
    sockets.add(near).add(far)
    // Requests may come from either side; the answer to each goes the other way.
    const fromNear = new Map<number, Fixture>()
    const fromFar = new Map<number, Fixture>()
    pass(near, far, recording, ends(caller, callee), fromNear, fromFar)
    pass(far, near, recording, ends(callee, caller), fromFar, fromNear)
  })
  await listen(server, listenPort)
  return {
    port: listenPort,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function ends(from: Side, to: Side): Ends {
  return { version: from.version, from: from.role, peerVersion: to.version, to: to.role }
}

function pass(
  source: Socket,
  target: Socket,
  recording: Recording,
  ends: Ends,
  asked: Map<number, Fixture>,
  askedByOther: Map<number, Fixture>,
): void {
  const splitter = new FrameSplitter()
  source.setNoDelay(true)
  source.on('data', (chunk: Buffer) => {
    for (const frame of splitter.push(chunk)) show(Buffer.from(frame), recording, ends, asked, askedByOther)
    target.write(chunk)
  })
  source.on('close', () => target.destroy())
  source.on('error', () => target.destroy())
}

function show(
  frame: Buffer,
  recording: Recording,
  ends: Ends,
  asked: Map<number, Fixture>,
  askedByOther: Map<number, Fixture>,
): void {
  const { flag, opaque } = readFacts(frame)
  if ((flag & 1) === 0) {
    const fixture = recording.request(frame, ends)
    if (fixture !== undefined) asked.set(opaque, fixture)
    return
  }
  const request = askedByOther.get(opaque)
  askedByOther.delete(opaque)
  if (request !== undefined) recording.response(frame, request, ends)
}

/** Where the Java driver says what comes next: a line "name TAB codes TAB note", answered "ok". */
export async function openControl(recording: Recording, port: number): Promise<{ close(): void }> {
  const server = createServer((socket) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8')
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const [name = '', codes = '', note = ''] = text.slice(0, end).trimEnd().split('\t')
        recording.mark(name, codes, note)
        socket.write('ok\n')
        text = text.slice(end + 1)
      }
    })
    socket.on('error', () => socket.destroy())
  })
  await listen(server, port)
  return { close: () => server.close() }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}
