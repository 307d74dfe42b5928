import type { Scenario } from './scenarios/scenario.ts'
import { administration } from './scenarios/table/administration.ts'
import { clusters } from './scenarios/table/cluster.ts'
import { deadLetters, filters, pushes, pushLatency, retries } from './scenarios/table/consume.ts'
import { exchangedStores, kill9 } from './scenarios/table/disk.ts'
import { errors } from './scenarios/table/errors.ts'
import { broadcastForbidden, members } from './scenarios/table/group.ts'
import { contents, priorityQueues, traces } from './scenarios/table/messages.ts'
import { otherLanguages } from './scenarios/table/other-languages.ts'
import { pop, priorityPop } from './scenarios/table/pop.ts'
import { pulls } from './scenarios/table/pull.ts'
import { lightQueues, offsetsAndQueries } from './scenarios/table/queues.ts'
import { requests } from './scenarios/table/requests.ts'
import { sends } from './scenarios/table/send.ts'
import { delayLevels, delayLevelsConfigured, timers } from './scenarios/table/timers.ts'
import { transactions } from './scenarios/table/transactions.ts'

/** Every row of a run, in the order in which they begin; `scenarios/table/` has a file for each area. */
export const scenarios: readonly Scenario[] = [
  // Long ones first: they run side by side, and the last one started decides how long all take.
  ...deadLetters,
  ...delayLevels,
  ...lightQueues,
  ...retries,
  ...broadcastForbidden,
  ...delayLevelsConfigured,
  ...members,
  ...transactions,
  ...requests,
  ...traces,
  ...timers,
  ...pop,
  ...priorityQueues,
  ...priorityPop,
  ...filters,
  ...sends,
  ...pushes,
  ...pulls,
  ...contents,
  ...offsetsAndQueries,
  ...errors,
  ...pushLatency,
  ...otherLanguages,
  ...administration,
  ...clusters,
  ...exchangedStores,
  ...kill9,
]

export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name)
  if (found === undefined)
    throw new Error(
      `there is no scenario ${name}; the names are ${scenarios.map((scenario) => scenario.name).join(', ')}`,
    )
  return found
}
