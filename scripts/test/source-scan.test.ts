import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scan } from '../imports/source-scan.ts'

test('finds every form of import, with its line', () => {
  const source = [
    "import a from 'a'",
    "import type { B } from './b.ts'",
    'import {',
    '  c,',
    '} from "node:c"',
    "import 'd'",
    "export * from 'e'",
    "const f = await import('f')",
    "type G = import('g').G",
  ].join('\n')
  const found = scan(source).imports.map(({ specifier, line }) => `${line} ${specifier}`)
  assert.deepEqual(found, ['1 a', '2 ./b.ts', '5 node:c', '6 d', '7 e', '8 f', '9 g'])
})

test('comments, texts and methods called from are no imports', () => {
  const source = [
    "// import 'a'",
    "/* import 'b' */",
    `const c = "import 'c'"`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the text of a source.
    "const d = `import 'd' ${Buffer.from('x')} from 'e'`",
    "Array.from('f')",
  ].join('\n')
  assert.deepEqual(scan(source).imports, [])
})

test('blanks comments, texts and regular expressions, and keeps code and lines', () => {
  const source =
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the text of a source.
    "a / b // Date.now()\nconst r = /['\"]Date.now/g; x(`t ${Math.random() + `${y}`} t`)\n'it\\'s Date.now'; z"
  const { code } = scan(source)
  assert.equal(code.length, source.length)
  assert.equal(code.split('\n').length, 3)
  assert.match(code, /a \/ b/)
  assert.match(code, /Math\.random\(\) \+ /)
  assert.match(code, /y/)
  assert.match(code, /; z$/)
  assert.doesNotMatch(code, /Date/)
})
