import { type Dump, type DumpedMessage, systemTopics } from './dump.ts'

const longPropertyLength = 32_000

/** What a store that is worth exchanging holds, by name. */
const kinds: Readonly<Record<string, (message: DumpedMessage, group: string) => boolean>> = {
  'a batch': ({ properties }) => /^b\d+-\d+$/.test(properties.KEYS ?? ''),
  // The client takes the flag away with the compression.
  'a compressed body': ({ bodyLength, storeSize }) => bodyLength > storeSize,
  'properties close to 32 KiB': ({ properties }) => (properties.long?.length ?? 0) > longPropertyLength,
  'text of all planes': ({ properties }) => properties.text?.includes('\u{1f680}') ?? false,
  'a delayed message': ({ topic }) => topic === systemTopics.schedule,
  'a delivered delayed message': ({ topic, properties }) =>
    topic !== systemTopics.schedule && properties.REAL_TOPIC === topic,
  'a retried message': ({ topic }, group) => topic === `%RETRY%${group}`,
  'a dead letter': ({ topic }, group) => topic === `%DLQ%${group}`,
  'the first half of a transaction': ({ topic }) => topic === systemTopics.halves,
  'the mark of a decided transaction': ({ topic }) => topic === systemTopics.decisions,
  'a committed message': ({ topic, properties }) =>
    topic !== systemTopics.halves && /^t\d+$/.test(properties.KEYS ?? ''),
}
const timerKinds: typeof kinds = {
  'a timer that waits': ({ topic, properties }) => topic === systemTopics.timers && /^days/.test(properties.KEYS ?? ''),
  'a timer that was taken back': ({ topic, properties }) =>
    topic === systemTopics.timers && properties.TIMER_DEL_UNIQKEY !== undefined,
  'a delivered timer': ({ topic, properties }) =>
    topic !== systemTopics.timers && properties.TIMER_DELIVER_MS !== undefined,
}
const ipv6Kinds: typeof kinds = {
  'a sender on IPv6': ({ bornHost }) => isIpv6(bornHost),
}
const ipv6StoreKinds: typeof kinds = {
  'a store on IPv6': ({ storeHost }) => isIpv6(storeHost),
}

export interface Wanted {
  readonly timers: boolean
  readonly ipv6: boolean
  readonly ipv6Store: boolean
}

/** Names of what should be in the store and is not: a comparison of what is not there proves nothing. */
export function missingKinds(dumps: readonly Dump[], group: string, wanted: Wanted): string[] {
  const all = {
    ...kinds,
    ...(wanted.timers && timerKinds),
    ...(wanted.ipv6 && ipv6Kinds),
    ...(wanted.ipv6Store && ipv6StoreKinds),
  }
  const present = dumps.flatMap(({ messages }) => [...messages.values()])
  return Object.entries(all)
    .filter(([, isOne]) => !present.some((message) => isOne(message, group)))
    .map(([name]) => name)
}

/** As Java writes the loopback address, with or without brackets. */
function isIpv6(host: string): boolean {
  return host.includes('0:0:0:0:0:0:0:1')
}
