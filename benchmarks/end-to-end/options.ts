import { parseArgs } from 'node:util'
import { serverKinds } from './servers/registry.ts'
import type { FlushMode, ServerKind } from './servers/server.ts'
import { allWorkloadNames, parseWorkloads, type Workload, workloadHelp } from './workloads.ts'

export interface Options {
  readonly against: readonly ServerKind[]
  readonly workloads: readonly Workload[]
  readonly flushModes: readonly FlushMode[]
  readonly rounds: number
  readonly windowSeconds: number
  readonly leadInSeconds: number
  readonly warmUpSeconds: number
  readonly idleSeconds: number
  /** How many messages are stored for the read workloads. */
  readonly storedMessages: number
  /** How large the backlog of the catch-up workloads is, in 10^6 bytes of bodies. */
  readonly backlogMb: number
  /** How much is stored before the server is killed, in 10^9 bytes of bodies. */
  readonly storeGb: number
  /** Also count system calls, in a round more of two seconds. */
  readonly systemCalls: boolean
  /** No round begins later than so long after the first one: the short form is short on a slow machine too. */
  readonly lastRoundAfterSeconds: number
  readonly heap: string
  readonly portOffset: number
  readonly jsonFile: string | undefined
  readonly plotDirectory: string | undefined
  readonly directory: string | undefined
  readonly keep: boolean
  readonly smoke: boolean
  readonly record: boolean
}

export const helpText = `Measures message brokers side by side, each loaded in turn by a generator that speaks raw RocketMQ frames.

  node benchmarks/end-to-end/run.ts [options]

  --against LIST    servers, the first being what the others are compared with: ${serverKinds.map((kind) => kind.name).join(', ')}
                    (default apache,cometmq)
  --workload LIST   ${allWorkloadNames.join(', ').replace(/(.{70,90}?), /g, '$1,\n                    ')}
                    or all (default start-up,send-128b-64,send-1k-1,send-1k-8,send-1k-64,read-1k-4)
  --flush LIST      async, sync or async,sync (default async)
  --rounds N        rounds of each workload, servers taking turns (default 3)
  --seconds N       measured part of a round (default 8)
  --warmup N        seconds of load for each server before the first round (default 30; a JVM needs them)
  --stored N        messages stored for the read workloads (default 200000)
  --backlog-mb N    size of the backlog of catch-up (default 1000)
  --store-gb N      size of the store that is recovered (default 5)
  --heap SIZE       heap of brokers on the JVM (default 2g)
  --json FILE       write all figures there
  --plots DIR       write an SVG there for each workload: messages a second and latency over the time of each round
  --syscalls        count system calls per message with strace, in a round more
  --dir DIR         where servers store (default the system's temporary directory; not on a memory file system)
  --port-offset N   added to every port of the servers, when another bench runs beside (default 0)
  --keep            leave the servers' directories behind
  --smoke           a short form, two minutes at most, for CI: fails only on errors and gross losses against recorded.json
  --record          write the measured CPU ratios to recorded.json
  --help            this text

Workloads
${workloadHelp}`

/** The settings of the short form; what is given on the command line still wins. */
const smokeDefaults = {
  workload: 'start-up,send-1k-1,send-1k-64,read-1k-4',
  rounds: '3',
  seconds: '2',
  warmup: '10',
  stored: '40000',
  'backlog-mb': '100',
  'store-gb': '0.2',
}
const fullDefaults = {
  workload: 'start-up,send-128b-64,send-1k-1,send-1k-8,send-1k-64,read-1k-4',
  rounds: '3',
  seconds: '8',
  warmup: '30',
  stored: '200000',
  'backlog-mb': '1000',
  'store-gb': '5',
}

/** Undefined when help was asked for; throws with what to change when the arguments make no sense. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const text = { type: 'string' } as const
  const yes = { type: 'boolean', default: false } as const
  const options = {
    ...{ against: { ...text, default: 'apache,cometmq' }, flush: { ...text, default: 'async' } },
    ...{ workload: text, rounds: text, seconds: text, warmup: text, stored: text },
    ...{ 'port-offset': { ...text, default: '0' }, 'backlog-mb': text, 'store-gb': text },
    ...{ heap: { ...text, default: '2g' }, json: text, plots: text, dir: text },
    ...{ syscalls: yes, keep: yes, smoke: yes, record: yes, help: yes },
  }
  const { values } = parseArgs({ args: [...args], options })
  if (values.help) return undefined
  const defaults = values.smoke ? smokeDefaults : fullDefaults
  const number = (name: Exclude<keyof typeof fullDefaults, 'workload'> | 'port-offset', least: number) => {
    const value = Number(values[name] ?? (name === 'port-offset' ? 0 : defaults[name]))
    if (!(value >= least)) throw new Error(`--${name} takes a number from ${least}, not ${values[name]}`)
    return value
  }
  return {
    against: values.against.split(',').map(serverKind),
    workloads: parseWorkloads(values.workload ?? defaults.workload),
    flushModes: values.flush.split(',').map(flushMode),
    rounds: Math.trunc(number('rounds', 1)),
    windowSeconds: number('seconds', 0.5),
    leadInSeconds: values.smoke ? 0.3 : 1,
    warmUpSeconds: number('warmup', 0),
    idleSeconds: values.smoke ? 2 : 5,
    storedMessages: Math.trunc(number('stored', 1)),
    backlogMb: number('backlog-mb', 1),
    storeGb: number('store-gb', 0.01),
    systemCalls: values.syscalls,
    lastRoundAfterSeconds: values.smoke ? 60 : Number.POSITIVE_INFINITY,
    heap: values.heap,
    portOffset: Math.trunc(number('port-offset', 0)),
    jsonFile: values.json,
    plotDirectory: values.plots,
    directory: values.dir,
    keep: values.keep,
    smoke: values.smoke,
    record: values.record,
  }
}

function serverKind(name: string): ServerKind {
  const kind = serverKinds.find((candidate) => candidate.name === name)
  if (kind === undefined)
    throw new Error(`no server is called ${name}: take some of ${serverKinds.map((known) => known.name).join(', ')}`)
  return kind
}

function flushMode(name: string): FlushMode {
  if (name !== 'async' && name !== 'sync') throw new Error(`--flush takes async or sync, not ${name}`)
  return name
}
