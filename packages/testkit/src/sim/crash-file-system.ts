import type { Clock, Random } from '@cometmq/platform'
import { CrashJournal, type Survivors } from './crash-journal.ts'
import { DirectoryNode, FileNode, MemoryDisk } from './memory-disk.ts'
import { MemoryFileSystem } from './memory-file-system.ts'

export interface CrashFileSystemOptions {
  clock?: Clock
  capacityBytes?: number
}

/**
 * Files in memory that know what was synced, and can lose the rest.
 *
 * After `kill` or `crash` these files are dead, with all open files and locks: every operation fails with `ESHUTDOWN`. What the next process
 * finds is in the result.
 *
 * @example
 * const files = new CrashFileSystem()
 * const store = await openStore({ files })
 * // …
 * const recovered = await openStore({ files: files.crash(new SeededRandom(seed)) })
 */
export class CrashFileSystem extends MemoryFileSystem {
  readonly #clock: Clock | undefined
  readonly #journal: CrashJournal

  constructor(options: CrashFileSystemOptions = {}, from?: { disk: MemoryDisk; journal: CrashJournal }) {
    const journal = from?.journal ?? new CrashJournal()
    super({ ...options, ...(from && { disk: from.disk }), observer: journal })
    this.#clock = options.clock
    this.#journal = journal
  }

  /** The process ends: what was written is there for the next one, and is still lost by a later power cut when it was not synced. */
  kill(): CrashFileSystem {
    this.shutDown()
    const disk = new MemoryDisk(this.disk.capacityBytes, this.disk.root)
    return new CrashFileSystem(this.#options(), { disk, journal: this.#journal })
  }

  /**
   * The power is cut. Synced contents and names are there. Of the others, each is there, or is not, or, for contents, is there in part:
   * any of its sectors of 512 bytes. `random` decides.
   */
  crash(random: Random): CrashFileSystem {
    this.shutDown()
    return this.afterPowerCut(random)
  }

  /** What `crash` would leave at this moment. The process goes on. */
  afterPowerCut(random: Random): CrashFileSystem {
    return this.#copy(this.#journal.survivors(this.disk.root, random))
  }

  /** What `kill` would leave at this moment, as if it were all synced. The process goes on. */
  afterKill(): CrashFileSystem {
    return this.#copy(everythingOn(this.disk.root))
  }

  #copy(survivors: Survivors): CrashFileSystem {
    const root = rebuild(survivors)
    const disk = new MemoryDisk(this.disk.capacityBytes, root)
    return new CrashFileSystem(this.#options(), { disk, journal: CrashJournal.of(root) })
  }

  #options(): CrashFileSystemOptions {
    return this.#clock ? { clock: this.#clock } : {}
  }
}

const everythingOn = (root: DirectoryNode): Survivors => ({
  root,
  names: (directory) => directory.entries,
  content: (file) => file.content.clone(),
})

/** Copies what survived, so that the dead process can no longer reach it. */
function rebuild(survivors: Survivors): DirectoryNode {
  const copies = new Map<FileNode, FileNode>()
  const copyFile = (file: FileNode): FileNode => {
    const known = copies.get(file)
    if (known !== undefined) return known
    const copy = new FileNode()
    copy.content = survivors.content(file)
    copy.modifiedAt = file.modifiedAt
    copies.set(file, copy)
    return copy
  }
  const copyDirectory = (directory: DirectoryNode): DirectoryNode => {
    const copy = new DirectoryNode()
    copy.modifiedAt = directory.modifiedAt
    for (const [name, node] of survivors.names(directory)) {
      const nodeCopy = node instanceof FileNode ? copyFile(node) : copyDirectory(node)
      copy.entries.set(name, nodeCopy)
      if (nodeCopy instanceof FileNode) nodeCopy.names++
    }
    return copy
  }
  return copyDirectory(survivors.root)
}
