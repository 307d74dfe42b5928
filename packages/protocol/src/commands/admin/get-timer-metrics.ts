import { timerMetrics } from '../../bodies/timer-metrics.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'

/** GET_TIMER_METRICS: how many messages wait for a time of their own, by topic. Slaves ask for it. */
export const getTimerMetrics = defineCommand({
  code: 61,
  name: 'GET_TIMER_METRICS',
  action: 'get',
  request: {},
  responseBody: timerMetrics,
})
export type GetTimerMetricsRequest = RequestOf<typeof getTimerMetrics>
