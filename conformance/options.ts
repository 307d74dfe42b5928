import { parseArgs } from 'node:util'
import { adminClient, javaClients } from './java.ts'
import { scenarioNamed } from './scenarios.ts'
import { type ApacheRelease, apacheReleases, type ServerKind } from './servers.ts'

export const help = `Runs unmodified RocketMQ clients against Apache RocketMQ and CometMQ and compares what they found.

  node conformance/run.ts [options]

  --against apache,cometmq   the servers; a server named twice is compared with itself
  --apache 5.5.0             version of the Apache broker: 5.5.0 or 4.9.7; stores are exchanged with both in any case
  --clients NAME,…           mqadmin, ali-ons, java-5.5.0, java-4.9.8 (all by default, and in this order)
  --only NAME,…              run these scenarios only
  --rounds N                 how often the scenario kill-9 kills CometMQ (default 3; Apache's broker: once)
  --json FILE                write all results to a file
  --record                   write conformance/results.json, which COMPAT.md is made from (needs a full run)
  --keep                     keep servers' directories and logs even when all went well
  --list                     print the names of the scenarios
  --help

Needs Java 11 or newer (javac too) and Maven. Without them the run is skipped, except where the variable CI is set: there it fails.
Apache's jars are kept in $COMETMQ_REFERENCE_CACHE, else in ~/.cache/cometmq-reference.`

export interface Options {
  readonly against: readonly ServerKind[]
  readonly apache: ApacheRelease
  readonly clients: readonly string[]
  readonly only: readonly string[] | null
  readonly rounds: number
  readonly json: string | null
  readonly record: boolean
  readonly keep: boolean
}

export type Request =
  | { readonly action: 'help' }
  | { readonly action: 'list' }
  | { readonly action: 'run'; readonly options: Options }

const maxSides = 2
const maxRounds = 1_000
/** In this order, because an Apache broker 5.5.0 keeps a processor busy from its first transaction on, which comes with the Java scenarios. */
const clientNames = [adminClient, 'ali-ons', ...Object.keys(javaClients)]

export function parseOptions(args: readonly string[]): Request {
  const { values } = parseArgs({
    args: [...args],
    options: {
      against: { type: 'string', default: 'apache,cometmq' },
      apache: { type: 'string', default: '5.5.0' },
      clients: { type: 'string', default: clientNames.join(',') },
      only: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      json: { type: 'string' },
      record: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return { action: 'help' }
  if (values.list) return { action: 'list' }
  const against = values.against.split(',').map((name) => oneOf('--against', name, ['apache', 'cometmq'] as const))
  if (against.length > maxSides) throw new Error(`--against takes at most ${maxSides} servers`)
  const only = values.only === undefined ? null : values.only.split(',').map((name) => scenarioNamed(name).name)
  const clients = values.clients.split(',').map((name) => oneOf('--clients', name, clientNames))
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > maxRounds)
    throw new Error(`--rounds is a number from 1 to ${maxRounds}`)
  if (values.record && (only !== null || clients.length < clientNames.length || new Set(against).size < 2)) {
    throw new Error('--record needs a full run: all clients and scenarios, against apache,cometmq')
  }
  const apache = oneOf('--apache', values.apache, apacheReleases)
  return {
    action: 'run',
    options: {
      against,
      apache,
      clients,
      only,
      rounds,
      json: values.json ?? null,
      record: values.record,
      keep: values.keep,
    },
  }
}

function oneOf<T extends string>(option: string, value: string, known: readonly T[]): T {
  const found = known.find((name) => name === value)
  if (found === undefined) throw new Error(`${option}: ${value} is none of ${known.join(', ')}`)
  return found
}
