import { type Clock, type Logger, messageOf, type Timer } from '@cometmq/platform'
import { humanBytes } from '@cometmq/store'
import type { SubscriptionGroups } from '../groups/subscription-groups.ts'
import { brokerLimits } from '../limits.ts'
import type { Behind, HandedOut } from '../offsets/handed-out.ts'

export interface SlowGroupsDeps {
  groups: SubscriptionGroups
  handedOut: HandedOut
  /** May change while the broker runs. */
  options: { readonly disableSlowGroups: boolean; readonly slowGroupBytes: number }
  clock: Clock
  logger: Logger
}

/**
 * Protects the broker from groups that read far behind the end of the log: with disableConsumeIfConsumerReadSlowly their consumeEnable is switched off. Whoever switches it on again has until the
 * next look to catch up. Property names and defaults are those of Apache RocketMQ.
 */
export class SlowGroups {
  readonly #deps: SlowGroupsDeps
  #timer: Timer
  #looking: Promise<void> | undefined
  #isClosed = false

  constructor(deps: SlowGroupsDeps) {
    this.#deps = deps
    this.#timer = this.#wait()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer.cancel()
    await this.#looking
  }

  #wait(): Timer {
    return this.#deps.clock.after(brokerLimits.slowGroupScanMs, () => {
      this.#looking = this.#look().finally(() => {
        this.#looking = undefined
        if (!this.#isClosed) this.#timer = this.#wait()
      })
    })
  }

  async #look(): Promise<void> {
    const { options, handedOut, clock } = this.#deps
    if (!options.disableSlowGroups) return
    const slow = new Map<string, Behind>()
    let steps = 0
    for (const behind of handedOut.allBehind()) {
      if (behind.bytes > (slow.get(behind.group)?.bytes ?? options.slowGroupBytes)) slow.set(behind.group, behind)
      if (++steps % brokerLimits.statStepsPerTurn === 0) await new Promise<void>((resolve) => clock.endOfTick(resolve))
    }
    for (const behind of slow.values()) if (!this.#isClosed) await this.#disable(behind)
  }

  async #disable({ group, topic, queueId, bytes }: Behind): Promise<void> {
    const { groups, handedOut, options, logger } = this.#deps
    const config = groups.get(group)
    if (config === undefined || !config.consumeEnable) return
    try {
      await groups.put({ ...config, consumeEnable: false })
    } catch (error) {
      logger.error({ group, reason: messageOf(error) }, 'a slow group was not disabled; trying again in three minutes')
      return
    }
    // From before it was disabled: it begins anew when it is enabled again.
    handedOut.forgetBehind(group)
    logger.warn(
      { group, topic, queueId, behindBytes: bytes },
      `the group reads ${humanBytes(bytes)} behind the end of the log, more than consumerFallbehindThreshold (${humanBytes(options.slowGroupBytes)}): its consumeEnable is switched off; updateSubGroup -s true switches it on`,
    )
  }
}
