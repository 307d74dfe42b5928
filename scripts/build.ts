/**
 * Compiles every package for publishing.
 *
 *   node scripts/build.ts            packages/<x>/dist, and dist/npm/<x>, a folder to publish with `npm publish`
 *   node scripts/build.ts --check    the same, then installs the packed packages into an empty folder and uses them there
 *
 * In the checkout everything runs from its TypeScript sources. Node refuses to strip types below node_modules, so what is published is JavaScript.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { checkInstallation } from './build/check-installation.ts'
import { publishedPackage, type WorkspacePackage } from './build/published-package.ts'
import { leadingComment } from './leading-comment.ts'

const root = resolve(import.meta.dirname, '..')
const output = join(root, 'dist')
/** Only tests use it. */
const unpublished = ['testkit']

async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    console.log(leadingComment(import.meta.filename))
    return
  }
  const folders = readdirSync(join(root, 'packages')).filter(
    (folder) => !unpublished.includes(folder) && existsSync(join(root, 'packages', folder, 'package.json')),
  )
  compile(folders)
  const published = folders.map(publish)
  console.log(`compiled ${folders.join(', ')} into ${join('dist', 'npm')}`)
  if (process.argv.includes('--check')) await checkInstallation(published, root)
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

/** Writes the package's folder for publishing; returns its path. */
function publish(folder: string): string {
  const source = join(root, 'packages', folder)
  const target = join(output, 'npm', folder)
  const compiled = join(output, 'compiled', folder, 'src')
  for (const dist of [join(source, 'dist'), join(target, 'dist')]) {
    rmSync(dist, { recursive: true, force: true })
    cpSync(compiled, dist, { recursive: true })
  }
  const json = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as WorkspacePackage
  const workspace = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as WorkspacePackage
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(publishedPackage(json, workspace), undefined, 2)}\n`)
  cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'))
  if (json.bin !== undefined) {
    cpSync(join(source, 'bin'), join(target, 'bin'), { recursive: true })
    if (existsSync(join(root, 'README.md'))) cpSync(join(root, 'README.md'), join(target, 'README.md'))
  }
  return target
}

await main()
