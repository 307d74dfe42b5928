import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Two halves, of which one is in use. The flag for it counts only at the start of a process, and to start another one takes longer. */
const youngBytes = 16 * 1024 * 1024

/**
 * While modules are loaded V8 would double its space for new objects several times, and keep it: 6 MB. Under load it would grow to 128 MB, nearly all of it
 * memory that nobody reads again: what is young and alive is little, as messages are bytes. A space that fits into the processor's cache costs no more time.
 *
 * One thread collects it in half a millisecond. With several, the loop would wait for those that have no processor just then: 1 ms usually, and 26 ms in one
 * of ten on a machine with more to do than it can.
 *
 * @param {number} startupMs for how long the space does not grow at all.
 */
export function tuneCollector(startupMs) {
  setFlagsFromString('--no-parallel-scavenge')
  setFlagsFromString('--semi-space-growth-factor=1')
  setTimeout(() => {
    letYoungGrow()
    new PerformanceObserver(letYoungGrow).observe({ entryTypes: ['gc'] })
  }, startupMs).unref()
}

function letYoungGrow() {
  const isFull = getHeapSpaceStatistics().some(
    ({ space_name, space_size }) => space_name === 'new_space' && space_size >= youngBytes,
  )
  setFlagsFromString(`--semi-space-growth-factor=${isFull ? 1 : 2}`)
}
