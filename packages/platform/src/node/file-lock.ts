import { closeSync, openSync, statSync, truncateSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { FileSystemError, systemCodeOf } from '../error.ts'
import type { FileLock } from '../file-system.ts'
import { isByteZeroLocked } from './record-locks.ts'

/** SQLite's result code for a lock that somebody else holds. */
const sqliteBusy = 5
/** SQLite's result code for a file that cannot be opened; it does not tell why. */
const sqliteCannotOpen = 14

/**
 * Takes the lock on the file at `path`, made when missing.
 *
 * Node has no call for record locks, but the SQLite inside it takes one on the file that it opens: a kernel lock on the file itself and not
 * on its name, so it holds through symbolic links, hard links and mounts in other containers of the machine, and it ends with the process
 * however that ends. The database is never written: the file stays empty, and no other file appears beside it.
 *
 * What it excludes: every other CometMQ process, and every other lock of this process. An Apache Java broker locks byte 0 of the same file,
 * SQLite the bytes from 2^30, so neither notices the other's lock by itself. On Linux we look for the Java broker's lock in the kernel's table
 * and treat it as held; what runs in a container whose processes we cannot see is missing there.
 * What it does not exclude: an Apache Java broker that starts on the directory while we hold the lock.
 *
 * Nobody else in the process may open the file meanwhile: the kernel drops a process's record locks when it closes any descriptor of the file.
 */
export async function lockFile(path: string): Promise<FileLock | undefined> {
  // All of it happens in one turn, so that no two calls of this process mix.
  let database: DatabaseSync | undefined
  try {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats?.isDirectory()) throw new FileSystemError('lock', path, 'EISDIR')
    if (stats === undefined) closeSync(openSync(path, 'a'))
    else if (isByteZeroLocked(stats)) return undefined
    // A Java broker leaves the word "lock" in the file, which SQLite would refuse as no database.
    else if (stats.size > 0) truncateSync(path, 0)
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
    database = new DatabaseSync(path)
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return new SqliteLock(database)
  } catch (error) {
    database?.close()
    if (error instanceof FileSystemError) throw error
    const sqliteCode = (error as { errcode?: number }).errcode
    if (sqliteCode === sqliteBusy) return undefined
    const systemCode =
      sqliteCode === undefined ? systemCodeOf(error) : sqliteCode === sqliteCannotOpen ? 'EACCES' : 'EIO'
    throw new FileSystemError('lock', path, systemCode, error)
  }
}

class SqliteLock implements FileLock {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  async release(): Promise<void> {
    if (this.#database.isOpen) this.#database.close()
  }
}
