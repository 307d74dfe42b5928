import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { it } from 'node:test'
import { promisify } from 'node:util'

const tuner = new URL('../bin/tune-collector.js', import.meta.url)
const mib = 1024 * 1024

/** How large the space for new objects is after half a million of them that lived for a while, in a process of its own. */
async function youngBytesAfterLoad(tuning: string): Promise<number> {
  const program = `
    import { getHeapSpaceStatistics } from 'node:v8'
    import { setImmediate } from 'node:timers/promises'
    ${tuning}
    const recent = []
    for (let turn = 0; turn < 500; turn++) {
      for (let n = 0; n < 1000; n++) recent.push({ turn, parts: [n, turn] })
      if (recent.length > 50_000) recent.splice(0, 25_000)
      await setImmediate()
    }
    console.log(getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])
  return Number(stdout)
}

it('new objects get a space that grows under load, and not without bound', async () => {
  const tuned = await youngBytesAfterLoad(`import { tuneCollector } from '${tuner}'; tuneCollector(0)`)
  // What grows between a collection and the next look at it doubles once more.
  assert.ok(tuned >= 4 * mib && tuned <= 32 * mib, `${tuned / mib} MiB`)
  const untuned = await youngBytesAfterLoad('')
  assert.ok(untuned > tuned, `${untuned / mib} MiB without it, so this test shows nothing`)
})
