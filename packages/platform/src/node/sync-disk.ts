import { execFile } from 'node:child_process'

/** Nothing is said of its end by then: the caller syncs file by file instead. */
const timeoutMs = 120_000

let isSupported = process.platform === 'linux'

/**
 * `syncfs` by way of coreutils' `sync --file-system`, which Node has no call for. It fails when the system has seen a failed write of this disk that nobody was told of
 * yet (Linux 5.8 and newer). Once it has failed, it is not tried again.
 */
export function syncDisk(path: string): Promise<boolean> {
  if (!isSupported) return Promise.resolve(false)
  return new Promise((resolve) => {
    execFile('sync', ['-f', path], { timeout: timeoutMs, env: {} }, (error) => {
      if (error !== null) isSupported = false
      resolve(error === null)
    })
  })
}
