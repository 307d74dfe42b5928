/**
 * Makes every package for publishing.
 *
 *   node scripts/build.ts            dist/npm/<x>, a folder to publish with `npm publish`
 *   node scripts/build.ts --check    the same, then installs the packed packages into an empty folder and uses them there
 *   node scripts/build.ts --command DIR    only the command, into DIR, without declarations: it takes a second
 *
 * In the checkout everything runs from its TypeScript sources, and nothing that is built lies beside them. Node refuses to strip types below node_modules, so
 * what is published is JavaScript: the libraries file by file, with declarations; the command as a bundle, which starts in half of the time.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { checkInstallation } from './build/check-installation.ts'
import { makeCommandPackage } from './build/command-package.ts'
import { publishedPackage, type WorkspacePackage } from './build/published-package.ts'
import { leadingComment } from './leading-comment.ts'

const root = resolve(import.meta.dirname, '..')
const output = join(root, 'dist')
/** Only tests use it. */
const unpublished = ['testkit']
/** The package of the command. */
const command = 'cli'

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { check: { type: 'boolean' }, command: { type: 'string' }, help: { type: 'boolean' } },
  })
  if (values.help) {
    console.log(leadingComment(import.meta.filename))
    return
  }
  if (values.command !== undefined) {
    await makeCommandPackage(root, resolve(values.command))
    return
  }
  const folders = readdirSync(join(root, 'packages')).filter(
    (folder) => !unpublished.includes(folder) && existsSync(join(root, 'packages', folder, 'package.json')),
  )
  compile(folders)
  const published = await Promise.all(
    folders.map((folder) => (folder === command ? publishCommand() : publish(folder))),
  )
  console.log(`compiled ${folders.join(', ')} into ${join('dist', 'npm')}`)
  if (values.check) await checkInstallation(published, root)
}

/** All packages in one run, so that each is checked against the others' sources. */
function compile(folders: readonly string[]): void {
  rmSync(output, { recursive: true, force: true })
  mkdirSync(output)
  const config = {
    extends: '../tsconfig.json',
    compilerOptions: {
      noEmit: false,
      rewriteRelativeImportExtensions: true,
      declaration: true,
      rootDir: '../packages',
      outDir: './compiled',
    },
    include: folders.map((folder) => `../packages/${folder}/src`),
    exclude: [],
  }
  writeFileSync(join(output, 'tsconfig.json'), JSON.stringify(config, undefined, 2))
  execFileSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', output], { stdio: 'inherit' })
}

/** Writes a library's folder for publishing; returns its path. */
function publish(folder: string): string {
  const target = join(output, 'npm', folder)
  cpSync(join(output, 'compiled', folder, 'src'), join(target, 'dist'), { recursive: true })
  const [json, workspace] = [join(root, 'packages', folder), root].map(
    (path) => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as WorkspacePackage,
  )
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(publishedPackage(json!, workspace!), undefined, 2)}\n`)
  cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'))
  return target
}

/** Its code is a bundle, its only export the function that runs it, which has a declaration of its own. */
async function publishCommand(): Promise<string> {
  const target = join(output, 'npm', command)
  await makeCommandPackage(root, target)
  cpSync(join(output, 'compiled', command, 'src', 'main.d.ts'), join(target, 'dist', 'main.d.ts'))
  return target
}

await main()
