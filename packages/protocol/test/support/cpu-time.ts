/** Milliseconds of processor time that `work` takes. The time of day would measure whatever else the machine does. */
export function cpuTimeMs(work: () => unknown): number {
  const started = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(started)
  return (user + system) / 1000
}
