/** What libuv has when nothing is said, and at most. */
const defaultThreads = 4
const maxThreads = 1024

/** Threads of this process that read and write files, which libuv starts when first needed. `UV_THREADPOOL_SIZE` says how many. */
export function nodeFileThreads(): number {
  const wanted = Math.trunc(Number(process.env.UV_THREADPOOL_SIZE ?? defaultThreads))
  return Number.isNaN(wanted) ? 1 : Math.min(maxThreads, Math.max(1, wanted))
}
