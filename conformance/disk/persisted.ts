import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { flat, parse, type Tables } from './configuration.ts'
import { systemTopics } from './dump.ts'

const timeoutMs = 120_000

/** What a load has left. A topic may be followed by the number of its queues, as for `dump`. */
export interface Left {
  readonly topics: readonly string[]
  readonly group: string
  /** Committed offsets by `topic/queue`. */
  readonly offsets: ReadonlyMap<string, number>
}

/** Waits until the broker has written it: topics and offsets are persisted every few seconds, and a kill before that loses them on either side. */
export async function persisted(store: string, left: Left): Promise<void> {
  const deadline = Date.now() + timeoutMs
  for (let missing = missingOf(store, left); missing.length > 0; missing = missingOf(store, left)) {
    if (Date.now() > deadline)
      throw new Error(`after ${timeoutMs} ms the broker has not written to ${join(store, 'config')}: ${missing.slice(0, 5).join(', ')}`)
    await sleep(100)
  }
}

function missingOf(store: string, { topics, group, offsets }: Left): string[] {
  const known = tables(store, 'topics.json').topicConfigTable ?? {}
  const groups = tables(store, 'subscriptionGroup.json').subscriptionGroupTable ?? {}
  const progress = flat(tables(store, 'consumerOffset.json').offsetTable)
  const names = topics.map((topic) => topic.replace(/=\d+$/, ''))
  const ownTopics = names.filter((name) => !Object.values<string>(systemTopics).includes(name))
  const missing = ownTopics.filter((name) => known[name] === undefined).map((name) => `the topic ${name}`)
  if (groups[group] === undefined) missing.push(`the group ${group}`)
  for (const [place, offset] of offsets) {
    const slash = place.lastIndexOf('/')
    const key = `${place.slice(0, slash)}@${group} ${place.slice(slash + 1)}`
    if ((progress.get(key) ?? 0) < offset) missing.push(`the offset ${offset} of ${key}`)
  }
  return missing
}

function tables(store: string, name: string): Tables {
  try {
    return parse(readFileSync(join(store, 'config', name), 'utf8'))
  } catch {
    // Not written yet, or being replaced at this moment: the next look will tell.
    return {}
  }
}
