/**
 * Holds the import table (scripts/imports/rules.ts) against the code.
 *
 *   node scripts/check-imports.ts
 *
 * - A package's sources import only the packages that the table allows, by their exports and never by a file inside, and never `testkit`.
 * - What they import from npm is a dependency of theirs.
 * - Only `packages/platform/src/node` and the entry of the CLI use files, sockets, timers, the time of day or randomness of the machine.
 * - Rooms of a package (the folders in `src`) do not import each other in a circle.
 */
import { globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { mayImport, mayLeaveTheProcess, outwardGlobals, outwardModules } from './imports/rules.ts'
import { type Import, lineAt, scan } from './imports/source-scan.ts'
import { leadingComment } from './leading-comment.ts'

const scope = '@cometmq/'
const root = resolve(import.meta.dirname, '..')

interface Package {
  folder: string
  exports: ReadonlySet<string>
  dependencies: ReadonlySet<string>
  developmentDependencies: ReadonlySet<string>
}

interface SourceFile {
  path: string
  /** The folder in `packages/`; `undefined` for rigs and scripts. */
  package: string | undefined
  isSource: boolean
}

type Report = (path: string, line: number, problem: string) => void

function main(): void {
  if (process.argv.includes('--help')) {
    console.log(leadingComment(import.meta.filename))
    return
  }
  const problems: string[] = []
  const report: Report = (path, line, problem) => problems.push(`${path}:${line}: ${problem}`)
  const packages = readPackages()
  const roomImports = new Map<string, Edge[]>()
  const files = sourceFiles()
  for (const file of files) {
    const source = readFileSync(join(root, file.path), 'utf8')
    const { imports, code } = scan(source)
    for (const one of imports) checkImport(file, one, packages, report)
    if (!file.isSource) continue
    if (!mayLeaveTheProcess.some((path) => file.path.startsWith(path))) checkGlobals(file, code, report)
    const edges = roomImports.get(file.package!) ?? []
    roomImports.set(file.package!, edges.concat(roomEdges(file, imports)))
  }
  for (const edges of roomImports.values()) checkCircles(edges, report)
  if (problems.length > 0) {
    console.error(problems.sort().join('\n'))
    console.error(`\n${problems.length} against the import table (node scripts/check-imports.ts --help)`)
    process.exitCode = 1
  } else {
    console.log(`the import table holds in ${files.length} files`)
  }
}

function readPackages(): Map<string, Package> {
  const packages = new Map<string, Package>()
  for (const path of globSync('packages/*/package.json', { cwd: root })) {
    const json = JSON.parse(readFileSync(join(root, path), 'utf8')) as {
      name: string
      exports?: Record<string, string>
      dependencies?: Record<string, string>
      devDependencies?: Record<string, string>
    }
    const exported = Object.keys(json.exports ?? {}).map((key) => json.name + key.slice(1))
    packages.set(json.name, {
      folder: dirname(path).slice('packages/'.length),
      exports: new Set(exported),
      dependencies: new Set(Object.keys(json.dependencies ?? {})),
      developmentDependencies: new Set(Object.keys(json.devDependencies ?? {})),
    })
  }
  return packages
}

function sourceFiles(): SourceFile[] {
  const patterns = ['packages/*/{src,test,bench}/**/*.ts', '{scripts,conformance,benchmarks}/**/*.ts']
  return globSync(patterns, { cwd: root, exclude: (name) => name === 'node_modules' || name === 'dist' }).map(
    (path) => {
      const [top, folder, kind] = path.split('/')
      return { path, package: top === 'packages' ? folder : undefined, isSource: top === 'packages' && kind === 'src' }
    },
  )
}

function checkImport(
  file: SourceFile,
  { specifier, line }: Import,
  packages: Map<string, Package>,
  report: Report,
): void {
  if (specifier.startsWith('.')) return checkRelative(file, specifier, line, report)
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  const target = packages.get(name)
  if (target !== undefined) return checkPackage(file, specifier, line, target, report)
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) {
    const isOutward = file.isSource && outwardModules.has(specifier)
    if (isOutward && !mayLeaveTheProcess.some((path) => file.path.startsWith(path)))
      report(
        file.path,
        line,
        `imports ${specifier}: only ${mayLeaveTheProcess.join(' and ')} may; take it as an argument, from ${scope}platform`,
      )
    return
  }
  if (file.package === undefined) return
  const own = [...packages.values()].find(({ folder }) => folder === file.package)!
  const isDeclared =
    own.dependencies.has(name) || (!file.isSource && (own.developmentDependencies.has(name) || isOfRoot(name)))
  if (!isDeclared)
    report(file.path, line, `imports ${name}, which packages/${file.package}/package.json does not depend on`)
}

let rootDependencies: ReadonlySet<string> | undefined
function isOfRoot(name: string): boolean {
  const json = () => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { devDependencies: object }
  rootDependencies ??= new Set(Object.keys(json().devDependencies))
  return rootDependencies.has(name)
}

function checkRelative(file: SourceFile, specifier: string, line: number, report: Report): void {
  const target = relative(root, resolve(root, dirname(file.path), specifier))
  const inside = /^packages\/([^/]+)\//.exec(target)?.[1]
  if (inside !== undefined && inside !== file.package)
    report(file.path, line, `imports a file inside packages/${inside}: import what its package.json exports`)
  else if (file.isSource && !target.startsWith(`packages/${file.package}/src/`))
    report(file.path, line, `imports ${target}: sources import sources only`)
}

function checkPackage(file: SourceFile, specifier: string, line: number, target: Package, report: Report): void {
  if (!target.exports.has(specifier)) {
    report(file.path, line, `imports ${specifier}, which packages/${target.folder}/package.json does not export`)
    return
  }
  if (!file.isSource || target.folder === file.package) return
  const wanted = specifier.startsWith(scope) ? specifier.slice(scope.length) : target.folder
  const allowed = mayImport[file.package!]
  if (allowed === undefined)
    report(file.path, line, `packages/${file.package} has no row in the import table (scripts/imports/rules.ts)`)
  else if (wanted === 'testkit' || wanted.startsWith('testkit/'))
    report(file.path, line, `imports ${specifier}: testkit is for tests only`)
  else if (!allowed.includes(wanted))
    report(file.path, line, `imports ${specifier}: ${file.package} may import ${allowed.join(', ') || 'nothing'}`)
}

function checkGlobals(file: SourceFile, code: string, report: Report): void {
  for (const { pattern, instead } of outwardGlobals) {
    for (const match of code.matchAll(pattern))
      report(file.path, lineAt(code, match.index), `uses ${match[0]}: take ${instead}, so that a run can be repeated`)
  }
}

/** Files beside the rooms put them together, or hold what all of them use: options, limits, errors. */
const isRoom = (name: string) => name !== '..' && !name.endsWith('.ts')

/** An import from one room to another. */
interface Edge {
  from: string
  to: string
  path: string
  line: number
}

function roomEdges(file: SourceFile, imports: readonly Import[]): Edge[] {
  const sources = `packages/${file.package}/src`
  const from = relative(sources, file.path).split('/')[0]!
  return imports.flatMap(({ specifier, line }) => {
    if (!specifier.startsWith('.')) return []
    const to = relative(sources, join(dirname(file.path), specifier)).split('/')[0]!
    return to === from || ![from, to].every(isRoom) ? [] : [{ from, to, path: file.path, line }]
  })
}

/** Reports one shortest circle through each room that is part of one. */
function checkCircles(edges: readonly Edge[], report: Report): void {
  const reported = new Set<string>()
  for (const start of new Set(edges.map(({ from }) => from))) {
    const circle = shortestCircle(start, edges)
    if (circle === undefined) continue
    const key = circle
      .map(({ from }) => from)
      .sort()
      .join()
    if (reported.has(key)) continue
    reported.add(key)
    const way = [...circle.map(({ from, path, line }) => `${from} (${path}:${line})`), start].join(' → ')
    report(circle[0]!.path, circle[0]!.line, `rooms import each other in a circle: ${way}`)
  }
}

function shortestCircle(start: string, edges: readonly Edge[]): Edge[] | undefined {
  const ways: Edge[][] = edges.filter(({ from }) => from === start).map((edge) => [edge])
  const seen = new Set<string>()
  for (const way of ways) {
    const last = way.at(-1)!.to
    if (last === start) return way
    if (seen.has(last)) continue
    seen.add(last)
    for (const edge of edges) if (edge.from === last) ways.push([...way, edge])
  }
  return undefined
}

main()
