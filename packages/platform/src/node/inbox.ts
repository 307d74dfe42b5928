import { Socket, type SocketConstructorOpts } from 'node:net'

/** What one read takes at most: a burst of several dozen small messages. */
const inboxBytes = 256 * 1024

/**
 * All sockets read into the same memory, since what was read is handed over at once and only for the length of the call. A socket that reads the usual way
 * makes new memory of 64 KiB for every read, and the garbage collector then marks the whole heap several times a second.
 */
const inbox = Buffer.allocUnsafeSlow(inboxBytes)

/** Where a socket's bytes go. */
export interface Receiver {
  received: (chunk: Buffer) => void
}

/** The option of a socket that makes it read into the inbox. */
export function intoInbox(receiver: Receiver) {
  return {
    buffer: inbox,
    callback: (length: number) => {
      receiver.received(inbox.subarray(0, length))
      return true
    },
  }
}

/** What an accepted socket has that Node does not document. */
interface SocketParts {
  _handle?: { useUserBuffer?: unknown } | null
  _server?: unknown
  server?: unknown
}

/**
 * A paused, accepted socket that reads into the inbox. Node offers that for sockets that connect, and not for those that a server accepts; so the
 * handle is moved to a socket made with the option, along with the server that counts it. Where Node's inside is not as expected, `undefined`: then
 * the accepted one is used as it is.
 */
export function readingIntoInbox(accepted: Socket, receiver: Receiver): Socket | undefined {
  const from = accepted as SocketParts
  const { _handle: handle, _server: server } = from
  if (typeof handle?.useUserBuffer !== 'function' || server == null) return undefined
  const options = { handle, allowHalfOpen: true, pauseOnCreate: true, onread: intoInbox(receiver) }
  const socket = new Socket(options as object as SocketConstructorOpts)
  const to = socket as SocketParts
  to._server = to.server = server
  from._handle = from._server = from.server = null
  return socket
}
