const longMs = 60_000

/** Waits for `promise` and keeps the process alive meanwhile, which timers of the Node clock do not. */
export async function awake<T>(promise: Promise<T>): Promise<T> {
  const keepAlive = setTimeout(() => {}, longMs)
  try {
    return await promise
  } finally {
    clearTimeout(keepAlive)
  }
}
