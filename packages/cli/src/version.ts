import { createRequire } from 'node:module'

/** The version of the package that this file belongs to, whether it runs from source or compiled. */
export function version(): string {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string }
  return version
}
