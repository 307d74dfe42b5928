import { readFailed } from '../error.ts'
import type { FillingFile } from './filling-file.ts'
import { type EntryBudget, type FoundEntry, walkChain } from './index-chain.ts'
import type { IndexFile, IndexFiles } from './index-files.ts'

/** Entries are exact to the second. */
const secondMs = 1_000

/** Entries with `keyHash` of messages stored in `[begin, end]`, to the second below `begin`, from the newest file to the oldest. */
export async function* searchFiles(
  files: IndexFiles,
  fillingOf: (file: IndexFile) => FillingFile | undefined,
  keyHash: number,
  begin: number,
  end: number,
  budget: EntryBudget,
): AsyncGenerator<FoundEntry> {
  for (const file of files.list.toReversed()) {
    const { beginTimestamp, endTimestamp } = file.header
    const { read } = files.access(file.path)
    const searched = { header: file.header, filling: fillingOf(file), read }
    if (beginTimestamp <= end && endTimestamp >= begin) {
      try {
        for await (const entry of walkChain(searched, files.shape, keyHash, budget)) {
          if (entry.timestamp + secondMs <= begin) break
          if (entry.timestamp <= end) yield entry
        }
      } catch (error) {
        // A file that was removed meanwhile has no messages any more.
        if (files.list.includes(file)) throw readFailed(`reading ${file.path}`, error)
      }
    }
    if (beginTimestamp < begin) return
  }
}
