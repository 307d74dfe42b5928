/** One `name=value` of a Java properties text, with the line it begins on. */
export interface Setting {
  readonly property: string
  readonly value: string
  readonly line: number
}

/** A key ends at the first `=`, `:` or blank that no backslash precedes. */
const settingPattern = /^((?:\\.|[^\\=:\s])+)(?:\s*[=:]\s*|\s+|$)(.*)$/su
const escapePattern = /\\(u[0-9a-fA-F]{4}|.)/gsu
const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

/**
 * Reads Java's properties text: `name=value`, `name: value` or `name value`, `#` and `!` comments, lines continued after a backslash.
 * A later setting of the same name replaces an earlier one. Blanks at the end of a value, which Java keeps, are dropped: no property wants them.
 *
 * @example
 * readJavaProperties('# a broker\nlistenPort = 10911\n') // [{ property: 'listenPort', value: '10911', line: 2 }]
 */
export function readJavaProperties(text: string): Setting[] {
  const settings = new Map<string, Setting>()
  for (const { content, line } of logicalLines(text)) {
    const match = settingPattern.exec(content)
    if (match === null) continue
    const property = unescaped(match[1]!)
    settings.set(property, { property, value: unescaped(match[2]!).trim(), line })
  }
  return [...settings.values()]
}

function* logicalLines(text: string): Iterable<{ content: string; line: number }> {
  let begun: { content: string; line: number } | undefined
  let line = 0
  for (const raw of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    line++
    const content = raw.trimStart()
    if (begun === undefined && (content === '' || content.startsWith('#') || content.startsWith('!'))) continue
    const isContinued = /(?:^|[^\\])(?:\\\\)*\\$/.test(content)
    begun = {
      content: (begun?.content ?? '') + (isContinued ? content.slice(0, -1) : content),
      line: begun?.line ?? line,
    }
    if (isContinued) continue
    yield begun
    begun = undefined
  }
  if (begun !== undefined) yield begun
}

function unescaped(text: string): string {
  return text.replace(escapePattern, (_, code: string) =>
    code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (escapes[code] ?? code),
  )
}
