/** The broker: stores, serves, and tells NameServers. */
export { Broker, type BrokerWorld } from './broker.ts'
export { brokerLimits } from './limits.ts'
export { type BrokerOptions, type BrokerOptionsInput, brokerOptions, type OptionAbout } from './options.ts'
