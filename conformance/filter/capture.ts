import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Processes } from '../processes.ts'
import { apache550, classPath } from '../reference/cache.ts'
import { type SqlCase, sqlCases } from './sql-cases.ts'

// node conformance/filter/capture.ts: has Apache RocketMQ judge SQL92 expressions, and writes what it said to where the tests of the filter read it.

const vectors = join(import.meta.dirname, '..', '..', 'packages', 'broker', 'test', 'filter', 'sql92', 'vectors.json')
const maxOutputBytes = 256 * 1024 * 1024

const base64 = (text: string) => Buffer.from(text).toString('base64') || '-'
const line = ({ expression, properties }: SqlCase) =>
  [expression, ...Object.entries(properties).flat()].map(base64).join(' ')

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'cometmq-sql92-'))
  try {
    const processes = new Processes()
    const jars = await classPath(processes, apache550, join(directory, 'maven.out'))
    const source = join(import.meta.dirname, 'java', 'SqlOracle.java')
    await processes.run('javac', ['-cp', jars, '-d', directory, source], { stderrFile: join(directory, 'javac.out') })
    const cases = sqlCases()
    const oracle = spawnSync('java', ['-cp', `${jars}:${directory}`, 'SqlOracle'], {
      input: cases.map((one) => `${line(one)}\n`).join(''),
      maxBuffer: maxOutputBytes,
    })
    if (oracle.status !== 0) throw new Error(`the oracle failed: ${oracle.stderr}`)
    const verdicts = oracle.stdout.toString().trim().split('\n')
    const rows = cases.map(({ expression, properties }, index) =>
      JSON.stringify([expression, properties, verdicts[index]]),
    )
    writeFileSync(vectors, `[\n${rows.join(',\n')}\n]\n`)
    console.log(`${rows.length} expressions judged by Apache RocketMQ ${apache550.version}: ${vectors}`)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

main().catch((failure: unknown) => {
  console.error(failure)
  process.exit(1)
})
