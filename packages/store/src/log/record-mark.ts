/** A record as the checkpoint names it. */
export interface RecordMark {
  readonly physicalOffset: number
  readonly storeTimestamp: number
}
