import { type Clock, type File, type FileSystem, type OpenOptions, sleep } from '@cometmq/platform'

/**
 * Passes everything on, but a sync tells of its end only some time after it: what is written meanwhile is not covered, though it was written
 * before the sync resolved.
 */
export function withSlowSyncs(inner: FileSystem, clock: Clock, delayMs: () => number): FileSystem {
  const slowly = (file: File): File =>
    new Proxy(file, {
      get(target, name) {
        if (name === 'sync') {
          return async () => {
            await target.sync()
            await sleep(clock, delayMs())
          }
        }
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  return new Proxy(inner, {
    get(target, name) {
      if (name === 'open')
        return async (path: string, options?: OpenOptions) => slowly(await target.open(path, options))
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
