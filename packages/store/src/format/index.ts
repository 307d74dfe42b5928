/** The files of a store as bytes and values: pure functions, without I/O. */
export {
  type Checkpoint,
  checkpointFileBytes,
  decodeCheckpoint,
  emptyCheckpoint,
  encodeCheckpoint,
} from './checkpoint.ts'
export { fileNameOf, startOffsetOf } from './file-name.ts'
export {
  fillerUnitSize,
  fillerUnits,
  isFillerUnit,
  isUnit,
  unitBytes,
  unitPhysicalOffset,
  unitRecordSize,
  unitTagsCode,
  writeUnit,
} from './queue-unit.ts'
