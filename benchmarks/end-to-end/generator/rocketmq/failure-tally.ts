import { headerText } from './reply-scanner.ts'

export const responseCode = {
  success: 0,
  systemBusy: 2,
  pullNotFound: 19,
  pollingFull: 209,
  pollingTimeout: 210,
  flowControl: 215,
} as const

export function isFlowControl(code: number): boolean {
  return code === responseCode.systemBusy || code === responseCode.flowControl
}

/** Counts the response codes that should not have come, with the first header of each as evidence. */
export class FailureTally {
  readonly #byCode = new Map<number, { count: number; readonly header: string }>()

  add(code: number, bytes: Buffer, at: number): void {
    const known = this.#byCode.get(code)
    if (known === undefined) this.#byCode.set(code, { count: 1, header: headerText(bytes, at) })
    else known.count += 1
  }

  throwIfAny(): void {
    if (this.#byCode.size === 0) return
    const lines = [...this.#byCode].map(([code, { count, header }]) => `code ${code} came ${count} times: ${header}`)
    throw new Error(`the server refused requests: ${lines.join('; ')}`)
  }
}
