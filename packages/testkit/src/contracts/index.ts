/** What every implementation of a platform interface must do, as tests to register: the real and the simulated ones pass the same. */
export { type ClockUnderTest, clockContract } from './clock.ts'
export { type FileSystemUnderTest, fileSystemContract } from './file-system.ts'
export { type NetworkUnderTest, networkContract } from './network.ts'
export { randomContract } from './random.ts'
export { RecordedConnection } from './recorded-connection.ts'
