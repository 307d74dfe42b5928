/** Scaffolds a command of the protocol, and keeps the list of all commands. See `--help`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const folder = join(import.meta.dirname, '../packages/protocol/src/commands')

const help = `node scripts/new-command.ts <code> <NAME> <area>
node scripts/new-command.ts --index

Writes packages/protocol/src/commands/<area>/<name>.ts for a request code and lists it.
With --index only the lists are made anew, from the files that are there: commands/index.ts, commands/by-code.ts, and the index.ts of admin and pop, which servers load
when the first of these requests comes.

  <code>  the request code, as 37
  <NAME>  RocketMQ's name of it, as END_TRANSACTION
  <area>  ${areas().join(', ')}, or a new one

What remains to do: the fields and bodies of the command, its action and resources, a captured frame among the fixtures.
`

function main(args: string[]): void {
  if (args.length === 1 && args[0] === '--index') return writeIndex()
  const [code, name, area] = args
  if (args.length !== 3 || args.includes('--help')) {
    process.stdout.write(help)
    if (!args.includes('--help')) process.exitCode = 2
    return
  }
  if (!/^\d+$/.test(code!)) return refuse(`the code is a number, not "${code}"`)
  if (!/^[A-Z][A-Z0-9_]*$/.test(name!)) return refuse(`the name is RocketMQ's, in capitals, not "${name}"`)
  if (!/^[a-z][a-z-]*$/.test(area!)) return refuse(`an area is a folder in kebab-case, not "${area}"`)
  const known = commandFiles().find((each) => codeOf(each) === Number(code))
  if (known !== undefined) return refuse(`request code ${code} exists: ${relative(process.cwd(), known)}`)
  const path = join(folder, area!, `${name!.toLowerCase().replaceAll('_', '-')}.ts`)
  if (existsSync(path)) return refuse(`${relative(process.cwd(), path)} exists`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, commandText(Number(code), name!))
  writeIndex()
  process.stdout.write(`${relative(process.cwd(), path)}\n`)
}

function refuse(reason: string): void {
  process.stderr.write(`${reason}\n`)
  process.exitCode = 2
}

function commandText(code: number, name: string): string {
  const constant = name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
  const type = constant[0]!.toUpperCase() + constant.slice(1)
  return `import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** ${name}: what it is for, in a sentence. */
export const ${constant} = defineCommand({
  code: ${code},
  name: '${name}',
  action: 'any',
  request: { topic: string({ resource: 'topic' }) },
  response: {},
})
export type ${type}Request = RequestOf<typeof ${constant}>
export type ${type}Response = ResponseOf<typeof ${constant}>
`
}

function areas(): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
}

/** In the order in which the linter wants imports: `send-message` before `send-message-v2`. */
function commandFiles(): string[] {
  const names = areas().flatMap((area) =>
    readdirSync(join(folder, area))
      .filter((file) => file !== 'index.ts')
      .map((file) => join(area, file.slice(0, -3))),
  )
  return names.sort().map((name) => join(folder, `${name}.ts`))
}

const codeOf = (path: string) => Number(/^ {2}code: (\d+),$/m.exec(readFileSync(path, 'utf8'))?.[1])
const constantOf = (path: string) => /^export const (\w+) = defineCommand\(/m.exec(readFileSync(path, 'utf8'))![1]!

/** What many servers are never asked, and why the rest is apart from it. */
const seldomAreas: Readonly<Record<string, string>> = {
  admin: 'What administrators ask: apart, since a server without one need not load it.',
  pop: 'What POP consumers say: apart, since a broker without one need not load it.',
}

function writeIndex(): void {
  const files = commandFiles()
  const filesOf = (area: string) => files.filter((path) => dirname(path) === join(folder, area))
  const seldom = Object.keys(seldomAreas).flatMap(filesOf)
  const usual = files.filter((path) => !seldom.includes(path))
  writeBarrel('index.ts', 'All that clients, brokers and NameServers say every day.', usual)
  for (const [area, about] of Object.entries(seldomAreas)) writeBarrel(join(area, 'index.ts'), about, filesOf(area))
  const byCode = files.toSorted((a, b) => codeOf(a) - codeOf(b))
  write('by-code.ts', [
    `/** All that can be said on the wire, by request code. ${madeBy} */`,
    "import type { Command } from '../define-command.ts'",
    ...files.map((path) => `import { ${constantOf(path)} } from './${relative(folder, path)}'`),
    '',
    'const commands: readonly Command[] = [',
    ...byCode.map((path) => `  ${constantOf(path)},`),
    ']',
    '',
    'export const commandsByCode: ReadonlyMap<number, Command> = new Map(commands.map((command) => [command.code, command]))',
    '',
  ])
}

const madeBy = 'Made by `node scripts/new-command.ts`.'

function writeBarrel(name: string, about: string, files: readonly string[]): void {
  const from = dirname(join(folder, name))
  const exports = files.map((path) => `export * from './${relative(from, path)}'`)
  write(name, [`/** ${about} ${madeBy} */`, ...exports, ''])
}

function write(name: string, lines: readonly string[]): void {
  writeFileSync(join(folder, name), lines.join('\n'))
}

main(process.argv.slice(2))
