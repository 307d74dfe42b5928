/**
 * Starts and stops a server once on a throw-away directory, so that Node's compile cache knows every module: the first `npm start` after `npm ci` is then as
 * quick as every later one. Runs as `prepare`; when it cannot, it says so and nothing else happens.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const bin = join(import.meta.dirname, '../packages/cli/bin/cometmq.js')
const timeoutMs = 20_000

const directory = mkdtempSync(join(tmpdir(), 'cometmq-warm-'))
const args = ['standalone', '--data', directory, '--listen', '127.0.0.1', '--namesrv-port', '0', '--broker-port', '0']
const server = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
const timer = setTimeout(() => server.kill('SIGKILL'), timeoutMs)
let output = ''
server.stderr.on('data', (chunk) => (output += chunk))
server.stdout.on('data', (chunk) => {
  output += chunk
  if (/\bready in\b/.test(output)) server.kill('SIGTERM')
})
server.on('exit', (code) => {
  clearTimeout(timer)
  rmSync(directory, { recursive: true, force: true })
  if (code !== 0)
    console.error(`the compile cache was not warmed, so the first start takes a little longer:\n${output}`)
})
