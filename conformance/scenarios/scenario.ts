import type { OwnServerName } from '../own-server/own-servers.ts'
import type { Fact } from '../results.ts'
import type { ApacheRelease, ServerKind } from '../servers.ts'

/** Which programs can run a scenario. */
export type ClientKind = 'java' | 'ali-ons' | 'mqadmin' | 'disk' | 'kill-9' | 'cluster'

export interface Scenario {
  readonly name: string
  /** One line for people; COMPAT.md shows it. */
  readonly title: string
  /** The part of RocketMQ it belongs to. */
  readonly area:
    | 'send'
    | 'consume'
    | 'group'
    | 'pull'
    | 'messages'
    | 'queues'
    | 'transactions'
    | 'requests'
    | 'timers'
    | 'pop'
    | 'errors'
    | 'other languages'
    | 'administration'
    | 'cluster'
    | 'disk'
    | 'durability'
  readonly client: ClientKind
  /** The only client that knows of it. */
  readonly only?: 'java-5.5.0'
  /** It runs on a server of its own, which others do not use at the same time; only where Java clients run it. */
  readonly server?: OwnServerName
  /** Measured with nothing else running. */
  readonly alone?: true
  /** Upper bounds of measurements, kept by CometMQ. */
  readonly bounds?: Readonly<Record<string, number>>
  /** Who fills the store that is exchanged, how it ends, and the release that Apache's side is of. */
  readonly disk?: { readonly writer: ServerKind; readonly killed: boolean; readonly apache: ApacheRelease }
  /** Facts that are known beforehand, on every server. */
  readonly expected?: Readonly<Record<string, Fact>>
  /** The same, on CometMQ alone. */
  readonly promised?: Readonly<Record<string, Fact>>
}
