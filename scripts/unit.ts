import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const help = `Runs the unit tests, in two processes side by side: most of the time of a test file is the start of a process for it.

  npm run unit                   all of them
  npm run unit -- --json         prints the counts as JSON at the end
  node --test FILE...            some of them, each in a process of its own`

const patterns = [
  'packages/*/test/**/*.test.ts',
  'scripts/test/**/*.test.ts',
  'conformance/test/**/*.test.ts',
  'benchmarks/*/test/**/*.test.ts',
]
/** Takes about half of the time; what else there is makes up the other lane. */
const firstLane = /^packages\/(broker|cli)\//
/** Then something was left open, or does not end: the lane is stopped, and has failed. */
const laneLimitMs = 10 * 60_000

interface Counts {
  passed: number
  failed: number
}

/** A dot for each test, and what failed, go to the terminal; the counts come from the TAP file. */
async function runLane(files: readonly string[], tapFile: string): Promise<Counts> {
  const reporters = ['--test-reporter=dot', '--test-reporter-destination=stdout']
  reporters.push('--test-reporter=tap', `--test-reporter-destination=${tapFile}`)
  const child = spawn(process.execPath, ['--test', '--test-isolation=none', ...reporters, ...files], {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: laneLimitMs,
    killSignal: 'SIGKILL',
  })
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('exit', resolve))
  const tap = readFileSync(tapFile, 'utf8')
  const counted = (name: string) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0)
  const passed = counted('pass')
  const failed = counted('tests') - passed - counted('skipped') - counted('todo')
  if (code === 0) return { passed, failed }
  if (failed === 0) console.log(`\n${endedBadly(files, code, tap)}`)
  return { passed, failed: Math.max(1, failed) }
}

/** The runner also ends with 1, and fails no test, when something is thrown after the test it began in: it says so in a comment of the TAP file. */
function endedBadly(files: readonly string[], code: number | null, tap: string): string {
  const late = [...tap.matchAll(/^# (Error: .*)$/gm)].map(([, text]) => text)
  if (late.length > 0) return late.join('\n')
  const last = [...tap.matchAll(/^(?:not )?ok \d+ - (.*)$/gm)].at(-1)?.[1] ?? 'none'
  const how = code === null ? `did not end within ${laneLimitMs / 60_000} minutes` : `ended with ${code}`
  return `the tests from ${files[0]} to ${files.at(-1)} ${how}; the last one that ended was: ${last}`
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { help: { type: 'boolean' }, json: { type: 'boolean' } } })
  if (values.help) {
    console.log(help)
    return 0
  }
  const started = performance.now()
  const files = globSync(patterns).sort()
  const lanes = [files.filter((file) => firstLane.test(file)), files.filter((file) => !firstLane.test(file))]
  const directory = mkdtempSync(join(tmpdir(), 'cometmq-unit-'))
  const counts = await Promise.all(lanes.map((lane, index) => runLane(lane, join(directory, `${index}.tap`))))
  rmSync(directory, { recursive: true })
  const total = { passed: 0, failed: 0 }
  for (const { passed, failed } of counts) {
    total.passed += passed
    total.failed += failed
  }
  const seconds = Math.round((performance.now() - started) / 1000)
  if (values.json) console.log(`\n${JSON.stringify({ ...total, files: files.length, seconds })}`)
  else console.log(`\n${files.length} files in ${seconds} s\n${total.passed} passed, ${total.failed} failed`)
  return total.failed === 0 && total.passed > 0 ? 0 : 1
}

process.exitCode = await main()
