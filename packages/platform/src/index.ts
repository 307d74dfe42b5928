/** Every way out of the process, as interfaces. The real ones are in `@cometmq/platform/node`, the simulated ones in `@cometmq/testkit/sim`. */
export { AssertionError, assert } from './assert.ts'
export { BoundedQueue } from './bounded-queue.ts'
export { type Clock, sleep, type Timer } from './clock.ts'
export { makeDurableDirectory } from './durable-directory.ts'
export { readReplaceable, replaceFile } from './durable-file.ts'
export { CometError, FileSystemError, isOutOfSpace, messageOf, NetworkError, systemCodeOf } from './error.ts'
export type { DirectoryEntry, DiskUsage, File, FileLock, FileStat, FileSystem, OpenOptions } from './file-system.ts'
export { Lifecycle, type LifecycleState } from './lifecycle.ts'
export { type Logger, type LogLevel, logLevels, silentLogger } from './logger.ts'
export {
  type Address,
  type Connection,
  type ConnectionHandler,
  type ConnectOptions,
  formatAddress,
  type Listener,
  type Network,
  parseAddress,
} from './network.ts'
export type { ChildProcess, OutputStream, ProcessEnd, Processes } from './processes.ts'
export type { Random } from './random.ts'
