/** What only a programmer can cause. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

/** Holds, or the program is wrong. Never for input, files or peers. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}
