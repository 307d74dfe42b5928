import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PagedContent, pageSize } from '../../src/sim/paged-content.ts'

const longest = 4 * pageSize
const position = fc.integer({ min: 0, max: longest })
const step = fc.oneof(
  fc.record({ at: position, bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
  fc.record({ at: position, bytes: fc.constant(new Uint8Array(pageSize + 100).fill(9)) }),
  fc.record({ length: fc.oneof(position, fc.constantFrom(0, pageSize, 2 * pageSize)) }),
)

test('it holds what one long buffer would', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const content = new PagedContent()
      let model = Buffer.alloc(0)
      const resize = (length: number) => {
        model = Buffer.concat([model.subarray(0, length), Buffer.alloc(Math.max(0, length - model.length))])
      }
      for (const step of steps) {
        if ('bytes' in step) {
          content.write(step.bytes, step.at)
          if (model.length < step.at + step.bytes.length) resize(step.at + step.bytes.length)
          model.set(step.bytes, step.at)
        } else {
          content.truncate(step.length)
          resize(step.length)
        }
      }
      assert.equal(content.size, model.length)
      for (const subject of [content, content.clone()]) {
        const read = Buffer.alloc(model.length + 10, 0xee)
        assert.equal(subject.read(read, 0), model.length)
        assert.ok(read.subarray(0, model.length).equals(model))
      }
    }),
  )
})

test('holes take no memory, and what is cut gives it back', () => {
  const content = new PagedContent()
  content.truncate(2 ** 40)
  assert.equal(content.allocatedBytes, 0)
  content.write(Buffer.alloc(10), 2 ** 39)
  assert.equal(content.allocatedBytes, pageSize)
  content.truncate(0)
  assert.equal(content.allocatedBytes, 0)
})

test('a clone and its original do not see what the other writes or cuts', () => {
  const original = new PagedContent()
  original.write(Buffer.from('first'), 0)
  const clone = original.clone()
  original.write(Buffer.from('F'), 0)
  clone.write(Buffer.from('T'), 4)
  const second = clone.clone()
  clone.truncate(2)
  const textOf = (content: PagedContent) => {
    const bytes = Buffer.alloc(content.size)
    content.read(bytes, 0)
    return bytes.toString()
  }
  assert.deepEqual([original, clone, second].map(textOf), ['First', 'fi', 'firsT'])
})
