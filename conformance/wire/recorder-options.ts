import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

export interface RecorderOptions {
  /** Folders of jars by release. */
  readonly jars: ReadonlyMap<string, string>
  /** Names of what is recorded; everything when empty. */
  readonly only: readonly string[]
  /** Where servers and clients work. */
  readonly work: string
}

/** `--jars RELEASE=DIR`, `--only NAME`, `--work DIR`. */
export function recorderOptions(prefix: string): RecorderOptions {
  const { values } = parseArgs({
    options: {
      jars: { type: 'string', multiple: true, default: [] },
      only: { type: 'string', multiple: true, default: [] },
      work: { type: 'string' },
    },
  })
  return {
    jars: new Map(values.jars.map((entry) => entry.split('=', 2) as [string, string])),
    only: values.only,
    work: values.work ?? mkdtempSync(join(tmpdir(), prefix)),
  }
}
