import type { Random } from '@cometmq/platform'
import { type DirectoryNode, type DiskNode, type DiskObserver, FileNode, type NameChange } from './memory-disk.ts'
import { PagedContent } from './paged-content.ts'

/** What a disk writes in one piece: a power cut leaves a sector old or new, never mixed. */
export const sectorBytes = 512

type Change = { readonly order: number } & (
  | { readonly kind: 'write'; readonly bytes: Buffer; readonly position: number }
  | { readonly kind: 'truncate'; readonly length: number }
)

interface NameStep {
  readonly changes: readonly NameChange[]
  /** Folders whose sync this step still needs to be durable. */
  readonly unsynced: Set<DirectoryNode>
}

/** The names and contents of a disk after a power cut. */
export interface Survivors {
  readonly root: DirectoryNode
  names(directory: DirectoryNode): ReadonlyMap<string, DiskNode>
  content(file: FileNode): PagedContent
}

/** One file: what is on the platter, and, in order, what is only in memory. */
class FileJournal {
  readonly durable: PagedContent
  readonly changes: Change[] = []

  constructor(durable: PagedContent) {
    this.durable = durable
  }
}

/** Remembers what is on the platter and what is only in memory: contents for each file, names in one order for the whole disk. */
export class CrashJournal implements DiskObserver {
  /** Weak, so that a file which nothing names any more, not even on the platter, is forgotten. */
  readonly #files = new WeakMap<FileNode, FileJournal>()
  readonly #durableNames = new Map<DirectoryNode, Map<string, DiskNode>>()
  readonly #steps: NameStep[] = []
  #order = 0

  /** A disk whose whole state is on the platter. */
  static of(root: DirectoryNode): CrashJournal {
    const journal = new CrashJournal()
    const visit = (directory: DirectoryNode) => {
      journal.#durableNames.set(directory, new Map(directory.entries))
      for (const node of directory.entries.values()) {
        if (node instanceof FileNode) journal.#files.set(node, new FileJournal(node.content.clone()))
        else visit(node)
      }
    }
    visit(root)
    return journal
  }

  written(file: FileNode, bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return
    this.#journalOf(file).changes.push({ order: this.#order++, kind: 'write', bytes: Buffer.from(bytes), position })
  }

  truncated(file: FileNode, length: number): void {
    this.#journalOf(file).changes.push({ order: this.#order++, kind: 'truncate', length })
  }

  renamed(changes: readonly NameChange[]): void {
    this.#steps.push({ changes, unsynced: new Set(changes.map(({ directory }) => directory)) })
  }

  syncing(file: FileNode): () => void {
    const begun = this.#order
    return () => {
      const { changes, durable } = this.#journalOf(file)
      const later = changes.findIndex(({ order }) => order >= begun)
      for (const change of changes.splice(0, later === -1 ? changes.length : later)) apply(change, durable)
    }
  }

  syncingDirectory(directory: DirectoryNode): () => void {
    const begun = [...this.#steps]
    return () => {
      for (const step of begun) step.unsynced.delete(directory)
      this.#foldNames()
    }
  }

  syncingDisk(root: DirectoryNode): () => void {
    const steps = [...this.#steps]
    const ends: (() => void)[] = []
    const visit = (directory: DirectoryNode) => {
      for (const node of directory.entries.values()) {
        if (node instanceof FileNode) ends.push(this.syncing(node))
        else visit(node)
      }
    }
    visit(root)
    return () => {
      for (const end of ends) end()
      for (const step of steps) step.unsynced.clear()
      this.#foldNames()
    }
  }

  /** Decides what a power cut leaves, and forgets nothing: the same disk could be cut in another way. */
  survivors(root: DirectoryNode, random: Random): Survivors {
    const names = new Map(Array.from(this.#durableNames, ([directory, entries]) => [directory, new Map(entries)]))
    const fateOf = drawFates(this.#steps.length, random)
    this.#steps.forEach((step, index) => {
      if (step.unsynced.size === 0 || fateOf(index) === 'kept') setNames(names, step.changes)
    })
    return {
      root,
      names: (directory) => names.get(directory) ?? new Map(),
      content: (file) => this.#contentAfterCut(file, random),
    }
  }

  /** All that is not synced is lost, or kept, or kept up to a write that is torn, or each sector is as old as chance will have it. */
  #contentAfterCut(file: FileNode, random: Random): PagedContent {
    const { changes, durable } = this.#journalOf(file)
    const content = durable.clone()
    const kind = random.int(4)
    if (kind === 0) return content
    if (kind === 3) {
      applyToSomeSectors(changes, content, random)
      return content
    }
    const torn = kind === 1 ? changes.length : random.int(changes.length + 1)
    for (const change of changes.slice(0, torn)) apply(change, content)
    const change = changes[torn]
    if (change?.kind === 'write') tear(change.bytes, change.position, content, random)
    return content
  }

  /** Only the beginning is folded in, so that steps which wait for another folder keep their place. */
  #foldNames(): void {
    while (this.#steps[0]?.unsynced.size === 0) setNames(this.#durableNames, this.#steps.shift()!.changes)
  }

  #journalOf(file: FileNode): FileJournal {
    let journal = this.#files.get(file)
    if (journal === undefined) this.#files.set(file, (journal = new FileJournal(new PagedContent())))
    return journal
  }
}

type Fate = 'kept' | 'lost'

/** What becomes of `count` unsynced names: all lost, all kept, kept up to one, or any, as systems write back in any order. */
function drawFates(count: number, random: Random): (index: number) => Fate {
  const kind = random.int(4)
  if (kind === 0) return () => 'lost'
  if (kind === 1) return () => 'kept'
  const end = random.int(count + 1)
  if (kind === 2) return (index) => (index < end ? 'kept' : 'lost')
  return () => (random.int(2) === 0 ? 'kept' : 'lost')
}

/**
 * Sectors reach the platter in any order, each as it was at some moment: one that holds a later write holds all earlier writes to it, since they were made in the same page of
 * memory. The length is that of some moment too.
 */
function applyToSomeSectors(changes: readonly Change[], content: PagedContent, random: Random): void {
  const written = new Set<number>()
  let isLengthWritten = false
  for (const change of changes) {
    if (change.kind === 'truncate') {
      isLengthWritten ||= random.int(4) === 0
      if (!isLengthWritten) content.truncate(change.length)
      continue
    }
    forEachSector(change, (sector, from, to) => {
      if (written.has(sector)) return
      if (random.int(3) === 0) written.add(sector)
      else content.write(change.bytes.subarray(from - change.position, to - change.position), from)
    })
  }
}

function apply(change: Change, content: PagedContent): void {
  if (change.kind === 'truncate') content.truncate(change.length)
  else content.write(change.bytes, change.position)
}

/** Some of the sectors reach the platter. The length may have grown without its bytes, which are then zero. */
function tear(bytes: Buffer, position: number, content: PagedContent, random: Random): void {
  const end = position + bytes.length
  forEachSector({ bytes, position }, (_sector, from, to) => {
    if (random.int(2) === 0) content.write(bytes.subarray(from - position, to - position), from)
  })
  if (content.size < end && random.int(2) === 0) content.truncate(end)
}

function forEachSector(
  { bytes, position }: { bytes: Buffer; position: number },
  visit: (sector: number, from: number, to: number) => void,
): void {
  const end = position + bytes.length
  for (let from = position; from < end; ) {
    const sector = Math.floor(from / sectorBytes)
    const to = Math.min(end, (sector + 1) * sectorBytes)
    visit(sector, from, to)
    from = to
  }
}

function setNames(names: Map<DirectoryNode, Map<string, DiskNode>>, changes: readonly NameChange[]): void {
  for (const { directory, name, node } of changes) {
    let entries = names.get(directory)
    if (entries === undefined) names.set(directory, (entries = new Map()))
    if (node === undefined) entries.delete(name)
    else entries.set(name, node)
  }
}
