/**
 * Makes COMPAT.md and the table of the README from what the last recorded conformance run found.
 *
 *     node scripts/compat.ts            write both
 *     node scripts/compat.ts --check    fail when they are not what the results say
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { acceptedDifferences } from '../conformance/accepted-differences.ts'
import type { RecordedResult } from '../conformance/report.ts'
import type { Scenario } from '../conformance/scenarios/scenario.ts'
import { scenarios } from '../conformance/scenarios.ts'

const root = join(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

const results = JSON.parse(read('conformance/results.json')) as RecordedResult[]

function clientsOf(scenario: Scenario, passed: boolean): string[] {
  return results
    .filter((result) => result.scenario === scenario.name && result.passed === passed)
    .map((result) => result.client)
}

/** `| title | clients | differences |` of one scenario. */
function row(scenario: Scenario): string {
  const passed = clientsOf(scenario, true)
  const failed = clientsOf(scenario, false)
  const cell =
    failed.length > 0 ? `**not with ${failed.join(', ')}**` : passed.length > 0 ? passed.join(', ') : 'not recorded'
  return `| ${scenario.title} | ${cell} | \`${scenario.name}\` |`
}

function areas(): Map<string, Scenario[]> {
  const byArea = new Map<string, Scenario[]>()
  for (const scenario of scenarios) byArea.set(scenario.area, [...(byArea.get(scenario.area) ?? []), scenario])
  return byArea
}

function compat(): string {
  const sections = [...areas()].map(
    ([area, members]) =>
      `## ${area[0]!.toUpperCase()}${area.slice(1)}\n\n| what | works with | scenario |\n|---|---|---|\n${members.map(row).join('\n')}`,
  )
  const differences = acceptedDifferences.map(({ scenario, fact, reason }) => `- \`${scenario}\`, ${fact}: ${reason}`)
  return `# Compatibility

Made by \`scripts/compat.ts\` from the recorded run of \`npm run conformance -- --record\`: each line is a scenario in which unmodified clients did the same against Apache
RocketMQ 5.5.0, for stores on disk also 4.9.7, and against CometMQ, with equal results. Not there yet: see the limits in the [README](README.md).

${sections.join('\n\n')}

## Differences on purpose

${differences.length === 0 ? 'None in the scenarios.' : differences.join('\n')}

${differencesFromRoot()}
`
}

/** Links in it are from `docs/`. */
function differencesFromRoot(): string {
  return read('docs/differences.md')
    .trim()
    .replace(/\]\((?!https?:|#)/g, '](docs/')
}

function summary(): string {
  const rows = [...areas()].map(([area, members]) => {
    const working = members.filter(
      (scenario) => clientsOf(scenario, true).length > 0 && clientsOf(scenario, false).length === 0,
    )
    const clients = [...new Set(working.flatMap((scenario) => clientsOf(scenario, true)))]
    return `| ${area} | ${working.length} of ${members.length} scenarios as on Apache RocketMQ | ${clients.join(', ')} |`
  })
  return `| area | state | shown with |\n|---|---|---|\n${rows.join('\n')}`
}

function withSummary(readme: string): string {
  return readme.replace(
    /(<!-- compat:begin -->\n)[\s\S]*(<!-- compat:end -->)/,
    (_, begin: string, end: string) => `${begin}\n${summary()}\n\n${end}`,
  )
}

if (process.argv.includes('--help')) {
  console.log(
    'node scripts/compat.ts [--check]: writes COMPAT.md and the table of README.md from conformance/results.json; with --check only compares',
  )
  process.exit(0)
}
const wanted = { 'COMPAT.md': compat(), 'README.md': withSummary(read('README.md')) }
if (process.argv.includes('--check')) {
  const stale = Object.entries(wanted).filter(([file, text]) => read(file) !== text)
  for (const [file] of stale)
    console.error(`${file} is not what conformance/results.json says: run node scripts/compat.ts`)
  process.exit(stale.length > 0 ? 1 : 0)
}
for (const [file, text] of Object.entries(wanted)) writeFileSync(join(root, file), text)
