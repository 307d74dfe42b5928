import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import { checkStore } from '../../src/check/check-store.ts'
import { repairStore } from '../../src/check/repair-store.ts'
import { messageWith, Rig, root } from '../rig.ts'

const fileBytes = 100
/** Four units and the rest of a file. */
const fileOf = (unit: number) =>
  `${root}/consumequeue_ext/T/0/${String(Math.floor(unit / 4) * fileBytes).padStart(20, '0')}`
const placeOf = (unit: number) => (unit % 4) * 20

async function closedStore(): Promise<Rig> {
  const rig = await Rig.open({ enableConsumeQueueExt: true, mappedFileSizeConsumeQueueExt: fileBytes })
  for (let n = 0; n < 30; n++) await rig.store.put(messageWith({ properties: 'TAGS\u0001t\u0002' }))
  await rig.store.put(messageWith({ topic: 'SCHEDULE_TOPIC_XXXX', queueId: 2, properties: 'DELAY\u00013\u0002' }))
  await rig.store.close()
  return rig
}

const check = ({ files, clock }: Rig) => checkStore({ directory: root }, { files, clock, logger: silentLogger })

async function write({ files }: Rig, path: string, position: number, bytes: Buffer): Promise<void> {
  const file = await files.open(path, { create: true })
  await file.write(bytes, position)
  await file.close()
}

describe('the check of extended units', () => {
  it('finds nothing in good ones', async () => {
    const { findings, extendedUnits } = await check(await closedStore())
    assert.deepEqual([findings, extendedUnits], [[], 31])
  })

  const damages: Record<string, [damage: (rig: Rig) => Promise<void>, text: RegExp, kind?: string]> = {
    'another tags code': [
      (rig) => write(rig, fileOf(9), placeOf(9) + 9, Buffer.of(7)),
      /says tags code 7, .* not 116,/,
    ],
    'another store time': [
      (rig) => write(rig, fileOf(9), placeOf(9) + 10, Buffer.alloc(8)),
      /stored at 0, not 116, \d+$/,
    ],
    'a unit of another size': [
      (rig) => write(rig, fileOf(9), placeOf(9), Buffer.of(0, 99)),
      /no whole extended unit at 220/,
    ],
    'a unit that is gone': [
      (rig) => write(rig, fileOf(9), placeOf(9), Buffer.alloc(20)),
      /no whole extended unit at 220/,
    ],
    'a file that is gone': [
      (rig) => rig.files.remove(fileOf(28)),
      /message 28 .*no whole extended unit at 700.*; 2 messages in all/,
    ],
    'a file between that is gone': [(rig) => rig.files.remove(fileOf(9)), /is missing/, 'queue-file-missing'],
    'a queue that has none': [
      async (rig) => {
        const folder = `${root}/consumequeue_ext/T/0`
        for (const { name } of await rig.files.list(folder)) await rig.files.remove(`${folder}/${name}`)
        await rig.files.removeDirectory(folder)
      },
      /and the queue has none; 30 messages in all/,
    ],
  }
  for (const [name, [damage, text, kind = 'extended-unit']] of Object.entries(damages)) {
    it(`tells ${name}, and repair makes it good`, async () => {
      const rig = await closedStore()
      await damage(rig)
      const { findings } = await check(rig)
      const finding = findings.find((one) => one.kind === kind)
      assert.equal(finding?.severity, 'damage', JSON.stringify(findings))
      assert.match(finding.text, text)
      await rig.clock.until(repairStore({ directory: root }, { ...rig, logger: silentLogger }))
      const { findings: left, extendedUnits } = await check(rig)
      assert.deepEqual([left, extendedUnits], [[], 31])
    })
  }
})
