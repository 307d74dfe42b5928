import assert from 'node:assert/strict'
import { it } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import { CrashFileSystem, SeededRandom } from '@cometmq/testkit/sim'
import { LogCut } from '../../src/recovery/log-cut.ts'
import { OpenFiles } from '../../src/segment/open-files.ts'
import { SegmentSequence } from '../../src/segment/segment-sequence.ts'

const folder = '/store/commitlog'
const path = `${folder}/00000000000000004096`
const note = '/store/log-cut'

async function fullFiles(): Promise<CrashFileSystem> {
  const files = new CrashFileSystem()
  await files.makeDirectory(folder)
  for (const start of [0, 4096]) {
    const file = await files.open(`${folder}/${String(start).padStart(20, '0')}`, { create: true })
    await file.write(Buffer.alloc(4096, 0xaa), 0)
    await file.sync()
    await file.close()
  }
  for (const parent of ['/', '/store', folder]) await files.syncDirectory(parent)
  return files
}

async function sequenceOf(files: CrashFileSystem): Promise<SegmentSequence> {
  return (await SegmentSequence.find(files, new OpenFiles(files, silentLogger, 8), folder, 4096)).sequence
}

const wanted = Buffer.concat([Buffer.alloc(1000, 0xaa), Buffer.alloc(3096)])

it('empties what lies behind the end, and leaves no note', async () => {
  const files = await fullFiles()
  await new LogCut(files, '/store', note).cut(await sequenceOf(files), 5096)
  assert.deepEqual(await files.readFile(path), wanted)
  assert.equal(await files.stat(note), undefined)
})

it('leaves a file of full length behind a power cut at any moment, once the next process has finished it', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const files = await fullFiles()
    const sequence = await sequenceOf(files)
    const random = new SeededRandom(seed)
    const cutting = new LogCut(files, '/store', note).cut(sequence, 5096).catch(() => undefined)
    for (let turns = random.int(40); turns > 0; turns--) await undefined
    const left = files.crash(random)
    await cutting
    await new LogCut(left, '/store', note).finish()
    const content = await left.readFile(path)
    assert.equal(content.length, 4096, `seed ${seed}`)
    assert.deepEqual(content.subarray(0, 1000), wanted.subarray(0, 1000), `seed ${seed}`)
    assert.equal(await left.stat(note), undefined)
  }
})
