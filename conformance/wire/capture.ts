/**
 * Records fixtures from Apache RocketMQ: see README.md beside this file.
 *
 *   node conformance/wire/capture.ts --jars 5.5.0=DIR --jars 4.9.7=DIR --jars 4.9.8=DIR [--only RUN]... [--work DIR]
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeConfiguration } from './configuration.ts'
import { compile, type JavaProcess, jvm, waitForPort } from './jvm.ts'
import { recorderOptions } from './recorder-options.ts'
import { type Fixture, Recording } from './recording.ts'
import { openControl, openTee } from './tee.ts'

const NAMESRV_PORT = 59876
const NAMESRV_FOR_CLIENTS_PORT = 59866
const NAMESRV_FOR_BROKERS_PORT = 59856
const CONTROL_PORT = 59846
const BROKER_PORT = 51911
/** The broker's socket is this far from the port it advertises, on which the tee listens. */
const BROKER_SHIFT = -100

/** Recording is no reason to fill a disk. */
const SMALL_FILES = { mappedFileSizeCommitLog: 16_777_216, maxHashSlotNum: 1000, maxIndexNum: 4000 }

type Run = {
  name: string
  client: string
  server: string
  binary?: true
  acts: string[]
  oldSend?: true
  options?: Record<string, string>
}

const ALL_ACTS = ['send', 'pull', 'push', 'namesrv']
const RUNS: Run[] = [
  { name: '5.5.0', client: '5.5.0', server: '5.5.0', acts: [...ALL_ACTS, 'heartbeat-v2'], oldSend: true },
  { name: '5.5.0-binary', client: '5.5.0', server: '5.5.0', binary: true, acts: ALL_ACTS, oldSend: true },
  { name: '4.9', client: '4.9.8', server: '4.9.7', acts: ALL_ACTS, oldSend: true },
  { name: '4.9-binary', client: '4.9.8', server: '4.9.7', binary: true, acts: ['send', 'pull'], oldSend: true },
  {
    name: '5.5.0-acting',
    client: '5.5.0',
    server: '5.5.0',
    acts: ['topic'],
    options: {
      enableSlaveActingMaster: 'true',
      compatibleWithOldNameSrv: 'false',
      enableSingleTopicRegister: 'true',
      forceRegister: 'false',
      registerNameServerPeriod: '10000',
    },
  },
]

const { jars, only, work } = recorderOptions('wire-capture-')
const here = import.meta.dirname
mkdirSync(work, { recursive: true })

for (const run of RUNS) {
  if (only.length > 0 && !only.includes(run.name)) continue
  const fixtures = await record(run)
  writeIndex(run, fixtures)
  console.log(`${run.name}: ${fixtures.length} fixtures`)
}

function jarsOf(version: string): string {
  const directory = jars.get(version)
  if (directory === undefined) throw new Error(`pass --jars ${version}=DIR with the jars of RocketMQ ${version}`)
  return directory
}

/** Every run owns the fixtures whose run is its name: they are replaced, the others stay. */
function writeIndex(run: Run, fixtures: Fixture[]): void {
  const path = join(here, 'index.json')
  type Entry = Fixture & { run: string }
  const before = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Entry[]) : []
  const fresh = new Set(fixtures.map((fixture) => fixture.file))
  for (const old of before) {
    if (old.run === run.name && !fresh.has(old.file)) rmSync(join(here, old.file), { force: true })
  }
  const all = [...before.filter((entry) => entry.run !== run.name), ...fixtures.map((f) => ({ run: run.name, ...f }))]
  writeFileSync(path, `[\n${all.map((entry) => JSON.stringify(entry)).join(',\n')}\n]\n`)
}

async function record(run: Run): Promise<Fixture[]> {
  const suffix = `${run.binary ? '-binary' : ''}${run.options ? '-acting' : ''}`
  const recording = new Recording(here, suffix)
  const home = join(work, run.name)
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  const client = { role: 'client', version: run.client } as const
  const broker = { role: 'broker', version: run.server } as const
  const namesrv = { role: 'namesrv', version: run.server } as const
  const closers = [
    await openControl(recording, CONTROL_PORT),
    await openTee(recording, NAMESRV_FOR_CLIENTS_PORT, NAMESRV_PORT, client, namesrv),
    await openTee(recording, NAMESRV_FOR_BROKERS_PORT, NAMESRV_PORT, broker, namesrv),
    await openTee(recording, BROKER_PORT, BROKER_PORT + BROKER_SHIFT, client, broker),
  ]
  const processes: JavaProcess[] = []
  try {
    const types = run.binary ? ['-Drocketmq.serialize.type=ROCKETMQ'] : []
    const servers = compile(here, jarsOf(run.server), join(work, `classes-server-${run.server}`), ['TeedBroker.java'])
    const clients = compile(here, jarsOf(run.client), join(work, `classes-client-${run.client}`), [
      'Clients.java',
      'Stage.java',
      'Tape.java',
      'Raw.java',
      'Sends.java',
      'Pulls.java',
      'Pushes.java',
      'NameServers.java',
    ])
    const ports = { namesrv: NAMESRV_PORT, broker: BROKER_PORT, namesrvSeenByBroker: NAMESRV_FOR_BROKERS_PORT }
    writeConfiguration(home, ports, { ...SMALL_FILES, ...run.options })
    processes.push(
      jvm(servers, home, 'namesrv', [...types, '-Xmx256m'], 'org.apache.rocketmq.namesrv.NamesrvStartup', [
        '-c',
        join(home, 'conf/namesrv.conf'),
      ]),
    )
    await waitForPort(NAMESRV_PORT)
    recording.mark('broker-start', '103,322,901,904', 'a broker that starts')
    const shift = `-Dtee.shift=${BROKER_SHIFT}`
    const brokerProcess = jvm(servers, home, 'broker', [...types, '-Xmx512m', shift], 'TeedBroker', [
      join(home, 'conf/broker.conf'),
    ])
    processes.push(brokerProcess)
    await waitForPort(BROKER_PORT + BROKER_SHIFT)
    await brokerProcess.says('started')
    const driver = [String(CONTROL_PORT), `127.0.0.1:${NAMESRV_FOR_CLIENTS_PORT}`, `127.0.0.1:${BROKER_PORT}`]
    await jvm(clients, home, 'driver', [...types, '-Xmx256m'], 'Clients', [...driver, ...run.acts]).ended
    if (run.oldSend) {
      await jvm(
        clients,
        home,
        'driver-old',
        [...types, '-Xmx256m', '-Dorg.apache.rocketmq.client.sendSmartMsg=false'],
        'Clients',
        [...driver, 'old-send'],
      ).ended
    }
    recording.mark('broker-stop', '104', 'a broker that is stopped')
    await brokerProcess.stop()
  } finally {
    for (const process of processes) await process.stop()
    for (const closer of closers) closer.close()
  }
  return recording.fixtures
}
