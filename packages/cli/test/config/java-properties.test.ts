import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJavaProperties } from '../../src/config/java-properties.ts'

test('reads every form that Java reads, with the line each begins on', () => {
  const text = [
    '# a broker',
    '! also a comment',
    '',
    'brokerName=broker-b',
    'listenPort : 10921  ',
    'brokerIP1\t10.0.0.7',
    '  namesrvAddr = 10.0.0.1:9876;\\',
    '    10.0.0.2:9876',
    'with\\ blank=a\\tb\\u00e9\\=',
    'empty=',
    'bare',
  ].join('\r\n')
  assert.deepEqual(readJavaProperties(text), [
    { property: 'brokerName', value: 'broker-b', line: 4 },
    { property: 'listenPort', value: '10921', line: 5 },
    { property: 'brokerIP1', value: '10.0.0.7', line: 6 },
    { property: 'namesrvAddr', value: '10.0.0.1:9876;10.0.0.2:9876', line: 7 },
    { property: 'with blank', value: 'a\tbé=', line: 9 },
    { property: 'empty', value: '', line: 10 },
    { property: 'bare', value: '', line: 11 },
  ])
})

test('a later setting replaces an earlier one', () => {
  assert.deepEqual(readJavaProperties('a=1\na=2'), [{ property: 'a', value: '2', line: 2 }])
})

test('a text that ends in the middle of a continued line, and one with a byte order mark', () => {
  assert.deepEqual(readJavaProperties('\uFEFFa=1\\'), [{ property: 'a', value: '1', line: 1 }])
  assert.deepEqual(readJavaProperties('a=1\\\\'), [{ property: 'a', value: '1\\', line: 1 }])
  assert.deepEqual(readJavaProperties(''), [])
})
