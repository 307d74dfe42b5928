/** What can be wrong with a store. */
export type FindingKind =
  /** A log file has another length than the others. */
  | 'log-file-length'
  /** A log file between two others is missing. */
  | 'log-file-missing'
  /** Bytes of the log that are no record, with good records behind them. */
  | 'log-damaged'
  /** The record's property checksum does not fit. */
  | 'log-property-crc'
  /** Offsets of a queue leave out some: their messages are not in the log. */
  | 'log-offset-gap'
  /** The log ends before a record that was durable. */
  | 'log-shortened'
  /** There is something behind the end of the log. */
  | 'log-garbage'
  /** Files in the folder of the log that are none of its. */
  | 'log-stranger'
  | 'queue-file-length'
  | 'queue-file-missing'
  /** The log has messages of a queue that has no folder. */
  | 'queue-missing'
  | 'queue-unit-missing'
  | 'queue-unit-wrong'
  /** A queue unit names an extended one that is not there, or says something else than the record. */
  | 'extended-unit'
  /** A unit that no record of the log belongs to. */
  | 'queue-unit-extra'
  | 'queue-garbage'
  | 'index-header'
  | 'index-chain'
  /** An index entry that names no record, or one without such a key. */
  | 'index-entry'
  /** Messages with keys that no index entry names. */
  | 'index-gap'
  | 'checkpoint'
  | 'not-closed'
  | 'in-use'
  /** A group has consumed more messages than its queue has. */
  | 'offset-ahead'

export interface Finding {
  readonly kind: FindingKind
  /** `damage`: something is lost or would be read wrongly. `note`: good to know, or mended when the store is opened. */
  readonly severity: 'damage' | 'note'
  /** The file or folder. */
  readonly path: string
  /** What, where exactly, and how much. */
  readonly text: string
}

/** Findings that are kept with their text; those that follow are only counted. */
export const maxFindings = 1_000

/** Collects findings, the first `maxFindings` in full. */
export class Findings {
  readonly list: Finding[] = []
  damages = 0
  notes = 0

  add(finding: Finding): void {
    if (finding.severity === 'damage') this.damages++
    else this.notes++
    if (this.list.length < maxFindings) this.list.push(finding)
  }

  /** Those that did not find room. */
  get omitted(): number {
    return this.damages + this.notes - this.list.length
  }
}
