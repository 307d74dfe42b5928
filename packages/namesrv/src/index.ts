/** The NameServer: which brokers there are, which topics they have. */
export { KvConfigClosedError, KvConfigUnreadableError, OptionError } from './error.ts'
export { NameServer, type NameServerWorld } from './name-server.ts'
export {
  type NameServerOptions,
  nameServerOptionsSchema,
  optionsFromProperties,
  type Properties,
  propertyOf,
} from './options.ts'
