/** Does `work` for every item, for no more than `limit` of them at the same time. Rejects with the first failure, after all have ended. */
export async function forEachAtOnce<T>(
  limit: number,
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]()
  const worker = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value)
  }
  const results = await Promise.allSettled(Array.from({ length: limit }, worker))
  for (const result of results) {
    if (result.status === 'rejected') throw result.reason
  }
}
