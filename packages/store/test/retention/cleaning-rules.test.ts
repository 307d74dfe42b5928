import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Cleaning,
  chooseCleaning,
  hoursOf,
  isExpired,
  type Situation,
} from '../../src/retention/cleaning-rules.ts'
import { describeUse, humanBytes, usedPercent } from '../../src/retention/disk-use.ts'

const settings = {
  fileReservedTime: 72,
  deleteWhen: '04',
  diskMaxUsedSpaceRatio: 75,
  diskSpaceCleanForciblyRatio: 85,
  cleanFileForciblyEnable: true,
}
const noon: Situation = { hour: 12, isManual: false, logPercent: 50, queuesPercent: 50 }
const hourMs = 3_600_000

describe('when files of the log go', () => {
  const table: [name: string, Partial<Situation>, Partial<typeof settings>, Cleaning | undefined][] = [
    ['nothing to do', {}, {}, undefined],
    ['the hour of deleteWhen', { hour: 4 }, {}, { cause: 'deleteWhen', isForced: false }],
    ['another hour of deleteWhen', { hour: 16 }, { deleteWhen: '04;16' }, { cause: 'deleteWhen', isForced: false }],
    ['somebody asks', { isManual: true }, {}, { cause: 'manual', isForced: false }],
    ['the disk is as full as it may be', { logPercent: 75 }, {}, undefined],
    ['the disk fills', { logPercent: 76 }, {}, { cause: 'disk', isForced: false }],
    ['the disk of the queues fills', { queuesPercent: 76 }, {}, { cause: 'disk', isForced: false }],
    ['the system does not tell', { logPercent: undefined }, {}, { cause: 'disk', isForced: false }],
    ['just not nearly full', { logPercent: 85 }, {}, { cause: 'disk', isForced: false }],
    ['nearly full', { logPercent: 86 }, {}, { cause: 'disk', isForced: true }],
    ['nearly full with queues', { queuesPercent: 86 }, {}, { cause: 'disk', isForced: true }],
    ['nearly full at the hour', { hour: 4, logPercent: 95 }, {}, { cause: 'disk', isForced: true }],
    ['not forced', { logPercent: 95 }, { cleanFileForciblyEnable: false }, { cause: 'disk', isForced: false }],
    ['a share of the disk', { logPercent: 80, sharePercent: 40 }, {}, undefined],
    ['a share that fills', { sharePercent: 76 }, {}, { cause: 'disk', isForced: false }],
    ['a share that is used up', { sharePercent: 81 }, {}, { cause: 'disk', isForced: true }],
  ]
  for (const [name, situation, changes, expected] of table) {
    it(`${name}: ${expected === undefined ? 'they stay' : JSON.stringify(expected)}`, () => {
      assert.deepEqual(chooseCleaning({ ...noon, ...situation }, { ...settings, ...changes }), expected)
    })
  }
})

it('a file goes when it was kept long enough, or when it must', () => {
  const gently: Cleaning = { cause: 'manual', isForced: false }
  assert.equal(isExpired(0, 72 * hourMs - 1, gently, settings), false)
  assert.equal(isExpired(0, 72 * hourMs, gently, settings), true)
  assert.equal(isExpired(0, 0, { cause: 'disk', isForced: true }, settings), true)
})

it('the hours of deleteWhen are separated by semicolons', () => {
  assert.deepEqual(hoursOf('04'), [4])
  assert.deepEqual(hoursOf('0;13;23;'), [0, 13, 23])
})

it('what the system keeps for itself counts neither as used nor as free, and percentages are rounded up', () => {
  assert.equal(usedPercent({ totalBytes: 1000, usedBytes: 450, freeBytes: 450 }), 50)
  assert.equal(usedPercent({ totalBytes: 1000, usedBytes: 751, freeBytes: 249 }), 76)
  assert.equal(usedPercent({ totalBytes: 0, usedBytes: 0, freeBytes: 0 }), 100)
})

it('bytes are told in the unit that people use', () => {
  assert.deepEqual([0, 1023, 1536, 9.1 * 1024 ** 3].map(humanBytes), ['0 B', '1023 B', '1.5 KiB', '9.1 GiB'])
  const use = { totalBytes: 11 * 1024 ** 3, usedBytes: 9.1 * 1024 ** 3, freeBytes: 0.9 * 1024 ** 3 }
  assert.equal(describeUse(use), '9.1 GiB of 10.0 GiB used (91 %)')
})
