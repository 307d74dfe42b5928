import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KeyHasher } from '../../src/index-files/key-hasher.ts'

const value = fc.string({
  unit: fc.constantFrom('a', 'Z', ' ', '7', '\u0001', 'é', '中', '🙂', 'K', 'T'),
  maxLength: 40,
})
const name = fc.constantFrom('UNIQ_KEY', 'KEYS', 'TAGS', 'WAIT', 'U', 'KEYS2', 'TAG', '', 'UNIQ_KEYS')
const properties = fc
  .array(fc.tuple(name, fc.constantFrom('\u0001', '', '\u0001\u0001'), value), { maxLength: 6 })
  .map((entries) => entries.map((entry) => entry.join('')).join('\u0002'))
const topic = fc.constantFrom('Topic', '%RETRY%group', 'Ort')

test('bytes have the hashes of their text', () => {
  const [ofText, ofBytes] = [new KeyHasher(), new KeyHasher()]
  fc.assert(
    fc.property(topic, properties, fc.boolean(), (topic, properties, isEnded) => {
      const text = isEnded ? `${properties}\u0002` : properties
      const bytes = Buffer.from(text)
      const count = ofText.hash(topic, text)
      assert.equal(ofBytes.hashBytes(topic, Buffer.concat([bytes, Buffer.from('KEYS\u0001more')]), bytes.length), count)
      assert.deepEqual(ofBytes.hashes.subarray(0, count), ofText.hashes.subarray(0, count))
    }),
    { numRuns: 2000 },
  )
})
