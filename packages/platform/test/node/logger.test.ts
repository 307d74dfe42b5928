import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FileSystemError, type LogLevel } from '@cometmq/platform'
import { pinoLogger } from '@cometmq/platform/node'

function recorded(level: LogLevel, json: boolean) {
  const lines: string[] = []
  const logger = pinoLogger({ level, json, destination: { write: (line) => lines.push(line) } })
  return { lines, logger }
}

test('lines for machines carry level, time, message, and the fields of all ancestors', () => {
  const { lines, logger } = recorded('debug', true)
  logger.child({ component: 'broker' }).child({ peer: 'p' }).debug({ code: 11 }, 'pulled')
  const line = lines[0]!
  assert.ok(line.endsWith('\n'))
  const { time, ...fields } = JSON.parse(line) as Record<string, unknown>
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.deepEqual(fields, { level: 'debug', component: 'broker', peer: 'p', code: 11, msg: 'pulled' })
})

test('an error keeps its code, its stack and its cause', () => {
  const { lines, logger } = recorded('error', true)
  logger.error({ error: new FileSystemError('sync', '/a', 'EIO', new Error('the disk said no')) }, 'failed')
  const { error } = JSON.parse(lines[0]!) as { error: Record<string, string> }
  assert.equal(error.systemCode, 'EIO')
  assert.match(error.stack!, /the disk said no/)
})

test('a level says nothing below itself', () => {
  for (const [level, expected] of [
    ['debug', 4],
    ['info', 3],
    ['warn', 2],
    ['error', 1],
    ['silent', 0],
  ] as const) {
    const { lines, logger } = recorded(level, false)
    logger.debug({}, 'd')
    logger.info({}, 'i')
    logger.warn({}, 'w')
    logger.error({}, 'e')
    assert.equal(lines.length, expected, level)
  }
})

test('lines for people', () => {
  const { lines, logger } = recorded('info', false)
  logger.child({ component: 'store' }).info({ files: 3 }, 'recovered')
  assert.match(lines[0]!, /^\d\d:\d\d:\d\d\.\d{3} INFO {2}store {4}recovered {2}files=3\n$/)
})
