import type { Step } from './steps.ts'

/** What stands for values that differ from run to run. */
const ownValues: readonly (readonly [RegExp, string])[] = [
  [/127\.0\.0\.1:\d+/g, 'ADDRESS'],
  [/\d{4}-\d\d-\d\d[ #]\d\d:\d\d:\d\d([:,]\d{3})?/g, 'TIME'],
  [/\b1\d{12}\b/g, 'MILLISECONDS'],
  [/\b[0-9A-F]{32,}\b/g, 'ID'],
  [/[\w.:%-]+@(?=A[A-Z]+G)/g, 'HOST@'],
  [/(CommitLog Offset:|commitLogOffset=)\s*\d+/g, '$1'],
  [/bodyCRC=\d+/g, 'bodyCRC'],
  [/[ \t]+/g, ' '],
]

/** How many characters of a refusal's remark must be Apache's; what follows may say more of the cause. */
const remarkLength = 24

/** What a command printed, as lines that are the same whenever and wherever it runs. A refusal is its code and the beginning of its remark. */
export function comparable(text: string, { keep, sorted, mask = [] }: Step): string[] {
  const refusal = /CODE: (\d+) +DESC: ([^\n]*)/.exec(text)
  if (refusal !== null)
    return [
      `refused with ${refusal[1]}: ${withoutOwnValues(refusal[2]!)
        .replace(/^java\.lang\.\w+: /, '')
        .slice(0, remarkLength)}`,
    ]
  const lines = withoutOwnValues(text)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(at |\.\.\. \d+ more)/.test(line))
    .filter((line) => keep === undefined || keep.test(`${line} `))
    .map((line) => mask.reduce((masked, [pattern, stand]) => masked.replace(pattern, stand), line))
  return sorted === true ? lines.sort() : lines
}

function withoutOwnValues(text: string): string {
  return ownValues.reduce((masked, [pattern, stand]) => masked.replace(pattern, stand), text)
}
