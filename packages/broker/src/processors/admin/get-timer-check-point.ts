import type { Clock } from '@cometmq/platform'
import { getTimerCheckPoint } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import type { Timers } from '../../timer/timers.ts'

/** GET_TIMER_CHECK_POINT: how far timers are. A broker that never had one has delivered all that was due, and has noted nothing. */
export const timerCheckPoint = handle(
  getTimerCheckPoint,
  ({ timers, clock }: { timers: Timers; clock: Clock }) =>
    async () => ({ body: timers.checkPoint() ?? (await nothingYet(clock)) }),
)

async function nothingYet(clock: Clock): Promise<Buffer> {
  const { toldCheckpoint } = await import('@cometmq/store/timer')
  return toldCheckpoint(undefined, Math.floor(clock.now() / 1_000))
}
