/** Messages that wait for a time of their own: loaded by the first of them. */
export { toldCheckpoint } from '../format/timer-checkpoint.ts'
export { type TimerUnit, timerBits } from '../format/timer-unit.ts'
export { type TimerProgress, TimerStore, type TimerStoreParts } from './timer-store.ts'
