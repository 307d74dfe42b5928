/**
 * Every micro benchmark of one operation, layer by layer: nanoseconds and bytes of the heap.
 *
 *   node benchmarks/micro.ts [--milliseconds 300] [--only protocol]
 *
 * Each is a program of its own in packages/<layer>/bench, and runs in a process of its own. The store has a bench with more to say: packages/store/bench/run.ts.
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { leadingComment } from '../scripts/leading-comment.ts'

const root = join(import.meta.dirname, '..')
/** From the wire upwards. */
const layers = ['protocol', 'remoting', 'store', 'broker']

const { values } = parseArgs({
  options: {
    milliseconds: { type: 'string', default: '300' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
})

/** The store's other benches measure on real disks, and are run by packages/store/bench/run.ts. */
function programsOf(layer: string): string {
  return layer === 'store' ? 'packages/store/bench/micro/*.bench.ts' : `packages/${layer}/bench/*.bench.ts`
}

function runs(file: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, file), values.milliseconds], { stdio: 'inherit' })
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

if (values.help) {
  console.log(leadingComment(import.meta.filename))
} else {
  for (const layer of layers.filter((name) => name.includes(values.only))) {
    for (const file of globSync(programsOf(layer), { cwd: root }).sort()) {
      console.log(`\n${file}`)
      if ((await runs(file)) !== 0) process.exitCode = 1
    }
  }
}
