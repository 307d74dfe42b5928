import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crashAtEveryPoint } from './crash-points.ts'
import { lyingFile } from './dying-files.ts'

/** CI and the nightly run want more: `.ci/run`, `.ci/nightly`. */
const wantedPoints = Number(process.env.CRASH_POINTS ?? 200)
const firstSeed = Number(process.env.CRASH_SEED ?? 1)
const onlyPoint = process.env.CRASH_POINT === undefined ? undefined : Number(process.env.CRASH_POINT)
/** The nightly run takes minutes. */
const reportEvery = 10_000

describe('a store whose machine ends at every sync point', () => {
  it(`keeps its promises at ${wantedPoints} crash points, from seed ${firstSeed} on`, async (test) => {
    let points = 0
    let seed = firstSeed
    let nextReport = reportEvery
    for (; points < wantedPoints; seed++) {
      points += await crashAtEveryPoint({ seed, ...(onlyPoint !== undefined && { onlyPoint }) })
      if (onlyPoint !== undefined) break
      if (points < nextReport) continue
      console.error(`${points} crash points checked, up to seed ${seed}`)
      nextReport += reportEvery
    }
    test.diagnostic(`${points} crash points, seeds ${firstSeed} to ${seed - 1}; one again: CRASH_SEED=… CRASH_POINT=…`)
  })

  it('keeps them where a topic was being deleted while another write had failed', async () => {
    // Nobody waited for the note of the deletion then, and its failure ended the process.
    await crashAtEveryPoint({ seed: 87 })
  })

  it('is found out when its disk lies about syncs', async () => {
    await assert.rejects(async () => {
      for (let seed = 1; seed <= 20; seed++) await crashAtEveryPoint({ seed, changeFile: lyingFile })
    }, /crash point \d+:\d+, power cut/)
  })
})
