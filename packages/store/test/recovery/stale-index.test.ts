import assert from 'node:assert/strict'
import { it } from 'node:test'
import { messageWith, Rig, root } from '../rig.ts'

const names = ['20260101000000000', '20260102000000000']

async function withIndex(wasClosed: boolean): Promise<string[]> {
  const rig = await Rig.open()
  await rig.store.put(messageWith())
  const { appendedOffset } = rig.store.state
  await rig.store.close()
  await rig.files.makeDirectory(`${root}/index`)
  for (const [index, endPhyOffset] of [0, appendedOffset].entries()) {
    const header = Buffer.alloc(40)
    header.writeBigInt64BE(BigInt(endPhyOffset), 24)
    const file = await rig.files.open(`${root}/index/${names[index]}`, { create: true })
    await file.write(header, 0)
    await file.close()
  }
  if (!wasClosed) await (await rig.files.open(`${root}/abort`, { create: true })).close()
  await rig.open()
  await rig.store.close()
  return (await rig.files.list(`${root}/index`)).map(({ name }) => name)
}

it('removes key index files that point behind the log, after a crash only', async () => {
  assert.deepEqual(await withIndex(false), [names[0]])
  assert.deepEqual(await withIndex(true), names)
})
