import { readFileSync } from 'node:fs'
import type { Dump } from './disk/dump.ts'

export interface Account {
  /** Acknowledged messages that are nowhere in the topic. */
  readonly acknowledgedLost: number
  /** Those that are there, but not where their acknowledgement said. */
  readonly misplaced: number
}

/** The whole lines that a program has logged so far: `key queue offset` of each message that was acknowledged. */
export function loggedLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1)
  } catch {
    // The program has not written anything yet.
    return []
  }
}

/** Each acknowledged message must be readable, at the very queue offset that its acknowledgement named. */
export function accountFor(acknowledged: readonly string[], topic: string, { messages }: Dump): Account {
  const keys = new Set([...messages.values()].filter((one) => one.topic === topic).map((one) => one.properties.KEYS))
  let acknowledgedLost = 0
  let misplaced = 0
  for (const line of acknowledged) {
    const [key, queue, offset] = line.split(' ')
    if (!keys.has(key)) acknowledgedLost++
    else if (messages.get(`${topic}/${queue}/${offset}`)?.properties.KEYS !== key) misplaced++
  }
  return { acknowledgedLost, misplaced }
}
