import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as v from 'valibot'
import { storeOptions } from '../src/index.ts'
import { Rig } from './rig.ts'

it("has RocketMQ's defaults, and says of every option what it is", () => {
  const settings = v.parse(storeOptions, {
    storePathRootDir: '/s',
    storeHost: { host: '::1', port: 1 },
    mappedFileSizeConsumeQueue: 101,
  })
  assert.equal(settings.mappedFileSizeCommitLog, 1_073_741_824)
  assert.equal(settings.mappedFileSizeConsumeQueue, 120, 'rounded up to whole units')
  assert.equal(settings.flushDiskType, 'ASYNC_FLUSH')
  for (const [name, option] of Object.entries(storeOptions.entries)) {
    assert.ok(String(v.getMetadata(option).help).length > 10, name)
  }
})

it('are refused with the name of the option', async () => {
  await assert.rejects(Rig.open({ flushIntervalCommitLog: 0 }), {
    code: 'STORE_OPEN_FAILED',
    message: /flushIntervalCommitLog/,
  })
  await assert.rejects(Rig.open({ storePathCommitLog: '/a,/b' }), {
    code: 'STORE_OPEN_FAILED',
    message: /several folders/,
  })
})
