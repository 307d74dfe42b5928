import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type OutputChunk, type Plugin, rolldown } from 'rolldown'

/** Never minified: a stack trace shall name what the sources name. */
const output = { format: 'esm', chunkFileNames: '[name].js', comments: false, sourcemap: true } as const

/**
 * What is loaded together, with all that it imports at once: command line and options first, then everything that a server needs until it is ready. The rest
 * is what the sources load by `import()`; each such file comes with its first use.
 */
const chunks = [
  { name: 'program', test: /[\\/]cli[\\/]src[\\/]program\.ts$/, priority: 1 },
  {
    name: 'servers',
    test: /[\\/]cli[\\/]src[\\/]commands[\\/](?:standalone|broker|namesrv|sharded)\.ts$|[\\/]platform[\\/]src[\\/]node[\\/]index\.ts$/,
  },
]

/**
 * Writes the command into few files, our own packages and all others: Node then has a dozen files to look for, read and compile where there were hundreds.
 *
 * @param root the checkout.
 * @param target a folder without anything else in it. It has to lie beside `bin/` and `package.json`, as `src/` does.
 * @returns the paths of all sources in it.
 */
export async function bundleCommand(root: string, target: string): Promise<readonly string[]> {
  const build = await rolldown({
    cwd: root,
    input: { main: join(root, 'packages', 'cli', 'src', 'main.ts') },
    platform: 'node',
    // An import that is not found is one of them, and would only show when the command is used.
    onLog(level, { message }) {
      if (level === 'warn') throw new Error(`the bundle of the command is not sound: ${message}`)
    },
  })
  try {
    const made = await build.generate({
      ...output,
      dir: target,
      codeSplitting: { groups: chunks },
      sourcemapPathTransform: (source) => sourceName(join(target, source), root),
      sourcemapExcludeSources: true,
      plugins: [asciiPlugin],
    })
    mkdirSync(target, { recursive: true })
    for (const file of made.output)
      writeFileSync(join(target, file.fileName), file.type === 'chunk' ? file.code : file.source)
    return made.output
      .filter((file): file is OutputChunk => file.type === 'chunk')
      .flatMap(({ moduleIds }) => moduleIds)
  } finally {
    await build.close()
  }
}

/** As a stack trace shall call it: by its place in the checkout, wherever the bundle is. */
function sourceName(path: string, root: string): string {
  return `cometmq:/${relative(root, path).replaceAll('\\', '/')}`
}

const asciiPlugin: Plugin = {
  name: 'ascii',
  generateBundle(_options, files) {
    for (const file of Object.values(files)) if (file.type === 'chunk') file.code = inAscii(file.code)
  },
}

/**
 * The same code without any character beyond ASCII, which is only in texts here. One such character, the arrow of an error message say, would make V8 keep the
 * whole file with two bytes for each character.
 */
export function inAscii(code: string): string {
  // By code unit: a character outside of the basic plane becomes its two surrogates, which is what JavaScript reads there.
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
