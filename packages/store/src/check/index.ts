/** Looks through a store that nobody uses, and makes again what follows from its log. Apart from the store, since a broker never needs it. */
export {
  type CheckOptions,
  type CheckProgress,
  type CheckReport,
  type ConsumedQueue,
  checkStore,
} from './check-store.ts'
export type { Finding, FindingKind } from './finding.ts'
export { type LogLoss, type RepairOptions, type RepairReport, repairStore } from './repair-store.ts'
