import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { nodeProcesses } from '@cometmq/platform/node'

const program = `
  process.once('disconnect', () => process.exit(7))
  process.once('SIGTERM', () => process.exit(0))
  console.error('to stderr')
  console.log([process.env.MARK, ...process.argv.slice(2)].join(' '))
`

/** Else the programs would be test runners too. */
const withoutRunner: readonly string[] = []

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cometmq-processes-'))
  path = join(folder, 'program.mjs')
  await writeFile(path, program)
})

afterEach(() => rm(folder, { recursive: true }))

/** Starts the program and waits for its line. */
async function started(...args: string[]) {
  const lines: string[] = []
  const spoke = Promise.withResolvers<void>()
  const child = await nodeProcesses(path, { MARK: 'marked' }, withoutRunner).start(args, (stream, line) => {
    lines.push(`${stream}: ${line}`)
    if (stream === 'stdout') spoke.resolve()
  })
  await spoke.promise
  return { child, lines }
}

test('its lines come, it has its arguments and environment, and closes when it is asked', async () => {
  const { child, lines } = await started('a', 'b c')
  child.stop()
  assert.deepEqual(await child.ended, { isSuccess: true, how: 'exit code 0' })
  assert.deepEqual(lines.sort(), ['stderr: to stderr', 'stdout: marked a b c'])
  child.stop()
})

test('being killed is told apart from an end of its own', async () => {
  const { child } = await started()
  child.kill()
  assert.deepEqual(await child.ended, { isSuccess: false, how: 'SIGKILL' })
})

test('one that fails has an exit code', async () => {
  await writeFile(path, 'process.exit(3)')
  const child = await nodeProcesses(path, {}, withoutRunner).start([], () => {})
  assert.deepEqual(await child.ended, { isSuccess: false, how: 'exit code 3' })
})
