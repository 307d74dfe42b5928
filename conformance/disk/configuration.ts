import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

/** The files of a store's `config` folder by name; backups are left out. */
export type Configuration = ReadonlyMap<string, string>

/** What a file of the `config` folder says. */
export interface Tables {
  readonly dataVersion?: { readonly counter: number }
  readonly topicConfigTable?: Record<string, Record<string, unknown>>
  readonly subscriptionGroupTable?: Record<string, Record<string, unknown>>
  readonly offsetTable?: Record<string, number | Record<string, number>>
}

/** Written by both sides, and compared by what they say. */
const shared = ['topics.json', 'subscriptionGroup.json', 'consumerOffset.json', 'delayOffset.json']

/** Of timers: written every second, and no text. What they say shows in what is delivered. */
const progress = ['timercheck', 'timermetrics']

export function readConfiguration(store: string): Configuration {
  const folder = join(store, 'config')
  const names = readdirSync(folder, { withFileTypes: true }).filter((one) => one.isFile() && !/\.(bak|tmp)$/.test(one.name))
  return new Map(names.map(({ name }) => [name, readFileSync(join(folder, name), 'utf8')]))
}

/** How far a broker can be expected to keep what another has written. */
export interface Reader {
  /** Of a release that knows all settings. 4.9 drops attributes, and with every start forgets the data version of groups. */
  readonly isCurrent: boolean
  /** Files of which it knows nothing must be as they were, byte by byte. */
  readonly leavesOthers: boolean
}

/** What `after` has lost of `before`: topics, groups, settings of either, progress of groups and delays. */
export function losses(before: Configuration, after: Configuration, reader: Reader): string[] {
  const lost: string[] = []
  for (const name of shared) {
    const text = before.get(name)
    if (text === undefined) continue
    const kept = parse(after.get(name) ?? '{}')
    const had = parse(text)
    lost.push(...lostSettings(name, had.topicConfigTable, kept.topicConfigTable, reader.isCurrent))
    lost.push(...lostSettings(name, had.subscriptionGroupTable, kept.subscriptionGroupTable, reader.isCurrent))
    lost.push(...lostProgress(name, flat(had.offsetTable), flat(kept.offsetTable)))
    const [was, is] = [had.dataVersion?.counter, kept.dataVersion?.counter]
    const isForgotten = !reader.isCurrent && name === 'subscriptionGroup.json'
    if (was !== undefined && is !== undefined && is < was && !isForgotten) lost.push(`${name}: the data version went back from ${was} to ${is}`)
  }
  for (const [name, text] of reader.leavesOthers ? before : []) {
    if (!shared.includes(name) && !progress.includes(name) && after.get(name) !== text) lost.push(`${name}: it was changed`)
  }
  return lost
}

function lostSettings(file: string, had: Tables['topicConfigTable'] = {}, kept: Tables['topicConfigTable'] = {}, isCurrent: boolean): string[] {
  const lost: string[] = []
  for (const [name, settings] of Object.entries(had)) {
    for (const [setting, value] of Object.entries(settings)) {
      const now = kept[name]?.[setting]
      const isUnknown = !isCurrent && now === undefined && kept[name] !== undefined
      if (!isUnknown && !isDeepStrictEqual(now, value)) lost.push(`${file}: ${name}.${setting} was ${JSON.stringify(value)} and is ${JSON.stringify(now)}`)
    }
  }
  return lost
}

function lostProgress(file: string, had: ReadonlyMap<string, number>, kept: ReadonlyMap<string, number>): string[] {
  const behind = [...had].filter(([place, offset]) => (kept.get(place) ?? 0) < offset)
  return behind.map(([place, offset]) => `${file}: ${place} was ${offset} and is ${kept.get(place)}`)
}

/** Offsets by queue of a group, or by level. */
export function flat(table: Tables['offsetTable'] = {}): Map<string, number> {
  const offsets = new Map<string, number>()
  for (const [key, value] of Object.entries(table)) {
    if (typeof value === 'number') offsets.set(key, value)
    else for (const [queue, offset] of Object.entries(value)) offsets.set(`${key} ${queue}`, offset)
  }
  return offsets
}

/** Apache writes integer keys without quotes. */
export function parse(text: string): Tables {
  return JSON.parse(text.replace(/([{,]\s*)(-?\d+)(\s*:)/g, '$1"$2"$3'))
}
