import type { LogLevel } from '@cometmq/platform'
import { topicsFile } from '@cometmq/protocol/bodies'
import { repairStore } from '@cometmq/store/check'
import { failureLine } from '../startup/failure.ts'
import { progressTo } from '../startup/progress.ts'
import type { Terminal } from '../terminal.ts'
import type { World } from '../world.ts'
import { batchTopicsOf, readConfigFile } from './store-config.ts'

export interface RepairCommandOptions {
  cutLogAtDamage: boolean
  commitlog?: string
  delayLevels?: string
  logLevel: LogLevel
  json: boolean
}

const exitCode = { repaired: 0, cut: 1, failed: 2 } as const

/** `cometmq store repair`: makes everything again that follows from the log, and says what it did. */
export async function repairCommand(
  directory: string,
  options: RepairCommandOptions,
  { files, clock, logger: makeLogger }: World,
  terminal: Terminal,
): Promise<number> {
  const logger = makeLogger({ level: options.logLevel, json: options.json })
  try {
    const topics = await readConfigFile(files, directory, 'topics.json', topicsFile.decode, terminal)
    const report = await repairStore(
      {
        directory,
        commitLog: options.commitlog,
        cutLogAtDamage: options.cutLogAtDamage,
        messageDelayLevel: options.delayLevels,
        batchTopics: batchTopicsOf(topics),
      },
      { files, clock, logger },
      progressTo(terminal, clock),
    )
    terminal.progress(undefined)
    if (options.json) terminal.print(JSON.stringify(report))
    else {
      for (const line of report.done) terminal.print(line)
      terminal.print(
        `repaired ${report.store}; what was replaced is in ${report.aside}, which can be removed when all is well`,
      )
    }
    return report.cut === undefined ? exitCode.repaired : exitCode.cut
  } catch (error) {
    terminal.progress(undefined)
    terminal.remark(failureLine(error, options.logLevel === 'debug'))
    return exitCode.failed
  }
}
