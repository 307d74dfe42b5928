/** A machine and a network that exist only in a test: everything in them repeats from a seed. */
export { SimulatedClock } from './clock.ts'
export { CrashFileSystem, type CrashFileSystemOptions } from './crash-file-system.ts'
export {
  type Fault,
  FaultyFileSystem,
  type FaultyFileSystemOptions,
  type FileOperation,
  type RandomFault,
} from './faulty-file-system.ts'
export type { SimulatedHost } from './host.ts'
export { MemoryFileSystem, type MemoryFileSystemOptions } from './memory-file-system.ts'
export { SimulatedNetwork, type SimulatedNetworkOptions } from './network.ts'
export { SeededRandom } from './random.ts'
