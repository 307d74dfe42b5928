import { close, fdatasync, fstat, ftruncate, open, read, write, writeSync } from 'node:fs'
import { FileSystemError, systemCodeOf } from '../error.ts'
import type { File } from '../file-system.ts'

/** Opens `path` with the system's flags. */
export function openNodeFile(path: string, flags: number): Promise<File> {
  return new Promise((resolve, reject) => {
    open(path, flags, 0o644, (error, descriptor) => {
      if (error) reject(new FileSystemError('open', path, systemCodeOf(error), error))
      else resolve(new NodeFile(path, descriptor))
    })
  })
}

/**
 * A file by its descriptor. `close` waits for the operations under way, because the system gives a closed descriptor's number to the next
 * file, and a late write would land there.
 */
class NodeFile implements File {
  readonly path: string
  readonly #descriptor: number
  #operationsUnderWay = 0
  #closing: Promise<void> | undefined
  #onIdle: (() => void) | undefined

  constructor(path: string, descriptor: number) {
    this.path = path
    this.#descriptor = descriptor
  }

  read(buffer: Uint8Array, position: number): Promise<number> {
    if (this.#closing) return Promise.reject(this.#closedError('read'))
    this.#operationsUnderWay++
    return new Promise((resolve, reject) => {
      let done = 0
      const onRead = (cause: Error | null, bytesRead: number) => {
        if (cause) return this.#fail('read', cause, reject)
        done += bytesRead
        if (bytesRead > 0 && done < buffer.length) {
          return read(this.#descriptor, buffer, done, buffer.length - done, position + done, onRead)
        }
        this.#finish()
        resolve(done)
      }
      read(this.#descriptor, buffer, 0, buffer.length, position, onRead)
    })
  }

  write(buffer: Uint8Array, position: number): Promise<void> {
    if (this.#closing) return Promise.reject(this.#closedError('write'))
    this.#operationsUnderWay++
    return new Promise((resolve, reject) => {
      let done = 0
      const onWritten = (cause: Error | null, bytesWritten: number) => {
        if (cause) return this.#fail('write', cause, reject)
        done += bytesWritten
        if (done < buffer.length) {
          return write(this.#descriptor, buffer, done, buffer.length - done, position + done, onWritten)
        }
        this.#finish()
        resolve()
      }
      write(this.#descriptor, buffer, 0, buffer.length, position, onWritten)
    })
  }

  writeNow(buffer: Uint8Array, position: number): void {
    if (this.#closing) throw this.#closedError('write')
    try {
      let done = writeSync(this.#descriptor, buffer, 0, buffer.length, position)
      while (done < buffer.length) {
        done += writeSync(this.#descriptor, buffer, done, buffer.length - done, position + done)
      }
    } catch (cause) {
      throw new FileSystemError('write', this.path, systemCodeOf(cause), cause)
    }
  }

  sync(): Promise<void> {
    if (this.#closing) return Promise.reject(this.#closedError('sync'))
    this.#operationsUnderWay++
    return new Promise((resolve, reject) => {
      fdatasync(this.#descriptor, (cause) => {
        if (cause) return this.#fail('sync', cause, reject)
        this.#finish()
        resolve()
      })
    })
  }

  truncate(length: number): Promise<void> {
    if (this.#closing) return Promise.reject(this.#closedError('truncate'))
    this.#operationsUnderWay++
    return new Promise((resolve, reject) => {
      ftruncate(this.#descriptor, length, (cause) => {
        if (cause) return this.#fail('truncate', cause, reject)
        this.#finish()
        resolve()
      })
    })
  }

  size(): Promise<number> {
    if (this.#closing) return Promise.reject(this.#closedError('size'))
    this.#operationsUnderWay++
    return new Promise((resolve, reject) => {
      fstat(this.#descriptor, (cause, stats) => {
        if (cause) return this.#fail('size', cause, reject)
        this.#finish()
        resolve(stats.size)
      })
    })
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeWhenIdle()
    return this.#closing
  }

  async #closeWhenIdle(): Promise<void> {
    if (this.#operationsUnderWay > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    }
    await new Promise<void>((resolve, reject) => {
      close(this.#descriptor, (cause) => {
        if (cause) reject(new FileSystemError('close', this.path, systemCodeOf(cause), cause))
        else resolve()
      })
    })
  }

  #finish(): void {
    if (--this.#operationsUnderWay === 0) this.#onIdle?.()
  }

  #fail(operation: string, cause: Error, reject: (error: Error) => void): void {
    this.#finish()
    reject(new FileSystemError(operation, this.path, systemCodeOf(cause), cause))
  }

  #closedError(operation: string): FileSystemError {
    return new FileSystemError(operation, this.path, 'EBADF')
  }
}
