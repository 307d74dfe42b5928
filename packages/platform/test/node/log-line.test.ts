import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatLogLine } from '../../src/node/log-line.ts'

const time = new Date(2026, 0, 2, 3, 4, 5, 67).toISOString()
const line = (fields: object) => formatLogLine(JSON.stringify({ level: 'warn', time, ...fields }))

test('time, level, component, message, fields', () => {
  assert.equal(
    line({ component: 'broker', msg: 'closed a connection', peer: '10.0.0.7:51034', code: 3, held: true }),
    '03:04:05.067 WARN  broker   closed a connection  peer=10.0.0.7:51034 code=3 held=true\n',
  )
  assert.equal(line({ level: 'error', msg: 'full' }), '03:04:05.067 ERROR full\n')
})

test('values that would be misread are quoted', () => {
  assert.equal(
    line({ msg: 'x', a: 'two words', b: 'a=b', c: '', d: null, e: [1, 'x'] })
      .trim()
      .slice(19),
    'x  a="two words" b="a=b" c="" d=null e=[1,"x"]',
  )
})

test('nothing that a peer sent makes a line of its own or moves the terminal', () => {
  const evil = 'a\nb\u001b[2J\u0085\u2028'
  const text = line({ component: evil, msg: evil, [evil]: evil, error: { message: evil, stack: `Error: ${evil}` } })
  assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Zl}]/u)
  for (const part of text.trimEnd().split('\n').slice(1)) assert.match(part, /^ {4}/)
})

test('an error shows its message in the line and its stack under it', () => {
  const text = line({ msg: 'failed', error: { message: 'disk gone', stack: 'Error: disk gone\n    at here' } })
  assert.equal(text, '03:04:05.067 WARN  failed  error="disk gone"\n    Error: disk gone\n    at here\n')
})
