/** More slips than this and two names are different names. */
const mostSlips = 3

/**
 * The name that was probably meant: the one with the fewest slips of the pen (a letter left out, added, replaced, or two swapped), if they are few
 * for its length. Upper and lower case count as equal.
 *
 * @example
 * nearestName('listenprot', ['brokerName', 'listenPort']) // 'listenPort'
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let nearest: string | undefined
  let fewest = Math.min(mostSlips, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= fewest) continue
    const slips = slipsBetween(name.toLowerCase(), candidate.toLowerCase())
    if (slips < fewest) {
      fewest = slips
      nearest = candidate
    }
  }
  return nearest
}

/** Optimal string alignment distance. Only three rows of its table are alive at a time. */
export function slipsBetween(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = last[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      let slips = Math.min(last[column]! + 1, current[column - 1]! + 1, replaced)
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) slips = Math.min(slips, beforeLast[column - 2]! + 1)
      current.push(slips)
    }
    beforeLast = last
    last = current
  }
  return last[b.length]!
}
