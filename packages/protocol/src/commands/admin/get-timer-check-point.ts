import { bytes, defineCommand, type RequestOf } from '../../define-command.ts'

/** GET_TIMER_CHECK_POINT: how far timers are, as the first 56 bytes of `config/timercheck` say it. Slaves ask for it. */
export const getTimerCheckPoint = defineCommand({
  code: 60,
  name: 'GET_TIMER_CHECK_POINT',
  action: 'get',
  request: {},
  responseBody: bytes,
})
export type GetTimerCheckPointRequest = RequestOf<typeof getTimerCheckPoint>
