import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The files of a commit log by name, each up to its last byte that is not zero: behind that it is not written yet. */
export type LogBytes = ReadonlyMap<string, Buffer>

export function readLog(store: string): LogBytes {
  const folder = join(store, 'commitlog')
  return new Map(readdirSync(folder).map((name) => [name, written(readFileSync(join(folder, name)))]))
}

function written(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return bytes.subarray(0, end)
}

/**
 * Where bytes of `before` are not in `after` any more. This compares also what no client can ask for: undecided halves of transactions, marks, fillers. After a
 * kill the end of the last file may hold half a record, which whoever opens the log next cuts off; so that file is left out.
 */
export function changedBytes(before: LogBytes, after: LogBytes, killed: boolean): string[] {
  const names = [...before.keys()].filter((name) => before.get(name)!.length > 0).sort()
  const compared = killed ? names.slice(0, -1) : names
  const changed = compared.filter((name) => {
    const was = before.get(name)!
    return after.get(name)?.subarray(0, was.length).equals(was) !== true
  })
  return changed.map((name) => `commitlog/${name}: its bytes changed`)
}
