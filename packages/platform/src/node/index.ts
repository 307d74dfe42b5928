/** The machine itself: the only place of CometMQ that touches node:fs, node:net, timers and the time of day. */
export { nodeClock } from './clock.ts'
export { nodeFileSystem } from './file-system.ts'
export { nodeFileThreads } from './file-threads.ts'
export { type LogDestination, type PinoLoggerOptions, pinoLogger } from './logger.ts'
export { nodeLoopBusyMs } from './loop-load.ts'
export { nodeNetwork } from './network.ts'
export { nodeProcesses } from './processes.ts'
export { nodeRandom } from './random.ts'
