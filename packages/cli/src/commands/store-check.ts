import type { FileSystem, LogLevel } from '@cometmq/platform'
import { consumerOffsetsFile, topicsFile } from '@cometmq/protocol/bodies'
import { type CheckReport, type ConsumedQueue, checkStore } from '@cometmq/store/check'
import { failureLine } from '../startup/failure.ts'
import { aboutBytes, progressTo } from '../startup/progress.ts'
import type { Terminal } from '../terminal.ts'
import type { World } from '../world.ts'
import { batchTopicsOf, readConfigFile } from './store-config.ts'

export interface CheckCommandOptions {
  force: boolean
  commitlog?: string
  delayLevels?: string
  logLevel: LogLevel
  json: boolean
}

/** Findings that are printed; `--json` has more. */
const maxShown = 50
const exitCode = { fine: 0, damaged: 1, failed: 2 } as const

/** `cometmq store check`: holds a store against its log, and says what it found. */
export async function checkCommand(
  directory: string,
  options: CheckCommandOptions,
  { files, clock, logger: makeLogger }: World,
  terminal: Terminal,
): Promise<number> {
  const logger = makeLogger({ level: options.logLevel, json: options.json })
  const startedMs = clock.monotonicMs()
  try {
    const config = await readConfig(files, directory, terminal)
    const report = await checkStore(
      {
        directory,
        commitLog: options.commitlog,
        force: options.force,
        ...(options.delayLevels !== undefined && { messageDelayLevel: options.delayLevels }),
        ...config,
      },
      { files, clock, logger },
      progressTo(terminal, clock),
    )
    terminal.progress(undefined)
    if (options.json) terminal.print(JSON.stringify(report))
    else for (const line of reportLines(report, clock.monotonicMs() - startedMs)) terminal.print(line)
    return report.damages > 0 ? exitCode.damaged : exitCode.fine
  } catch (error) {
    terminal.progress(undefined)
    terminal.remark(failureLine(error, options.logLevel === 'debug'))
    return exitCode.failed
  }
}

function reportLines(report: CheckReport, tookMs: number): string[] {
  const { store, log, queues, batchQueues, extendedUnits, index, damages, notes, findings, omitted, wasClosed } = report
  const shown = findings
    .filter(({ severity }) => severity === 'damage')
    .concat(findings.filter(({ severity }) => severity === 'note'))
  const lines = shown
    .slice(0, maxShown)
    .map(({ severity, kind, path, text }) => `${severity}: ${path}: ${text} [${kind}]`)
  const more = shown.length - maxShown + omitted
  if (more > 0) lines.push(`… and ${more} more${omitted > 0 ? '' : ' (--json has them)'}`)
  if (lines.length > 0) lines.push('')
  const end = damages > 0 ? `${damages} damaged` : 'no damage'
  lines.push(
    `${store}: ${end}${notes > 0 ? `, ${notes} to note` : ''}; it was ${wasClosed ? 'closed' : 'not closed'}`,
    `  log     ${log.records} records from ${log.firstOffset} to ${log.end}, ${log.files} files of ${aboutBytes(log.fileBytes)}`,
    `  queues  ${queues.queues} with ${queues.units} units`,
    ...(batchQueues.queues > 0 ? [`  batch   ${batchQueues.queues} batch queues with ${batchQueues.units} units`] : []),
    ...(extendedUnits > 0 ? [`  ext     ${extendedUnits} extended units`] : []),
    `  index   ${index.files} files with ${index.entries} entries`,
    `  took    ${(tookMs / 1000).toFixed(1)} s`,
  )
  if (damages > 0)
    lines.push(
      '',
      'docs/operating/store.md says what to do; queues, indexes and checkpoint are made again by: cometmq store repair',
    )
  return lines
}

/** What the broker keeps beside the messages, as far as it can be read. */
async function readConfig(files: FileSystem, directory: string, terminal: Terminal) {
  const topics = await readConfigFile(files, directory, 'topics.json', topicsFile.decode, terminal)
  const offsets = await readConfigFile(files, directory, 'consumerOffset.json', consumerOffsetsFile.decode, terminal)
  const consumed: ConsumedQueue[] = []
  for (const [key, queues] of offsets?.offsetTable ?? []) {
    const [topic, group] = key.split('@')
    for (const [queueId, offset] of queues) consumed.push({ topic: topic!, group: group ?? '', queueId, offset })
  }
  const names = topics === undefined ? undefined : new Set(Object.keys(topics.topicConfigTable))
  return { topics: names, batchTopics: batchTopicsOf(topics), consumed }
}
