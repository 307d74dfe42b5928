import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { thirdPartyNotices, thirdPartyPackages } from '../../build/third-party-notices.ts'

/** A package in a folder of its own, with these files. */
function packageWith(context: TestContext, files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'cometmq-notices-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const json = { name: 'some-package', version: '1.2.3', license: 'MIT' }
  for (const [name, text] of Object.entries({ 'package.json': JSON.stringify(json), ...files })) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

test('a source belongs to the innermost package that it lies in, and our own to none', () => {
  const sources = [
    '/checkout/packages/broker/src/index.ts',
    '/checkout/node_modules/pino/lib/proto.js',
    '/checkout/node_modules/pino/pino.js',
    '/checkout/node_modules/@pinojs/redact/index.js',
    '/checkout/packages/cli/node_modules/commander/lib/command.js',
    '/checkout/node_modules/a/node_modules/b/index.js',
    '\0rolldown/runtime.js',
  ]
  assert.deepEqual(thirdPartyPackages(sources), [
    '/checkout/node_modules/@pinojs/redact',
    '/checkout/node_modules/a/node_modules/b',
    '/checkout/node_modules/pino',
    '/checkout/packages/cli/node_modules/commander',
  ])
})

test('licences and notices are passed on word by word, with name and version', (context) => {
  const folder = packageWith(context, {
    'LICENSE.md': 'do what you want\n',
    NOTICE: 'made by me\n',
    'licenses.js': 'x',
  })
  const text = thirdPartyNotices([folder])
  assert.match(text, /some-package 1\.2\.3 \(MIT\)\n\ndo what you want\n\nmade by me\n$/)
})

test('a package without a licence file ends the build, which names it', (context) => {
  const folder = packageWith(context, { 'index.js': '' })
  assert.throws(() => thirdPartyNotices([folder]), new RegExp(`${folder} .* has no licence file`))
})
