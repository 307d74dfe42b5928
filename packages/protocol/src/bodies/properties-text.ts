/**
 * Java's properties text, in the bodies of the configuration requests and in `.conf` files: `key=value`, `key: value` or `key value` lines,
 * `#` and `!` comments, lines continued after a backslash. A later line wins over an earlier one with the same key.
 */
export function decodePropertiesText(text: string): Map<string, string> {
  const properties = new Map<string, string>()
  for (const line of logicalLines(text)) {
    const keyEnd = keyEndOf(line)
    let valueAt = keyEnd
    while (isBlank(line.charCodeAt(valueAt))) valueAt++
    if (line[valueAt] === '=' || line[valueAt] === ':') valueAt++
    while (isBlank(line.charCodeAt(valueAt))) valueAt++
    properties.set(unescaped(line.slice(0, keyEnd)), unescaped(line.slice(valueAt)))
  }
  return properties
}

/** `key=value` lines, each with its end, as RocketMQ answers: values as they are, `undefined` ones left out. */
export function encodePropertiesText(properties: Iterable<readonly [string, string | undefined]>): string {
  let text = ''
  for (const [key, value] of properties) if (value !== undefined) text += `${key}=${value}\n`
  return text
}

/**
 * The text with other values for some keys; every other line stays as it is, with its comments. A key that the text does not have gets a line of its own at the end.
 *
 * @example
 * changedPropertiesText('# ours\na=1\n', new Map([['a', '2'], ['b', '3']])) // '# ours\na=2\nb=3\n'
 */
export function changedPropertiesText(text: string, changes: ReadonlyMap<string, string>): string {
  const missing = new Map(changes)
  let changed = ''
  for (const lines of linesOfSettings(text)) {
    const key = [...decodePropertiesText(lines).keys()][0]
    const value = key === undefined ? undefined : changes.get(key)
    if (key === undefined || value === undefined) {
      changed += lines
      continue
    }
    missing.delete(key)
    changed += `${settingLine(key, value)}${/(?:\r\n|\n|\r)$/.exec(lines)?.[0] ?? ''}`
  }
  if (missing.size > 0 && changed !== '' && !/[\r\n]$/.test(changed)) changed += '\n'
  for (const [key, value] of missing) changed += `${settingLine(key, value)}\n`
  return changed
}

/** Pieces of the text, together all of it: a comment or blank line, or a setting with the lines that continue it. */
function* linesOfSettings(text: string): Generator<string> {
  let piece = ''
  for (const [line] of text.matchAll(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g)) {
    const content = line.replace(/^[ \t\f]+/, '').replace(/[\r\n]+$/, '')
    const isComment = piece === '' && (content[0] === '#' || content[0] === '!')
    piece += line
    if (!isComment && endsWithOddBackslashes(content)) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}

function settingLine(key: string, value: string): string {
  const text = value
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replace(/^(?=[ \t\f])/, '\\')
  return `${key.replace(/[\\=:\s]/g, '\\$&')}=${text}`
}

function* logicalLines(text: string): Generator<string> {
  let parts: string[] = []
  for (const natural of text.split(/\r\n|\n|\r/)) {
    const line = natural.replace(/^[ \t\f]+/, '')
    if (parts.length === 0 && (line === '' || line[0] === '#' || line[0] === '!')) continue
    const isContinued = endsWithOddBackslashes(line)
    parts.push(isContinued ? line.slice(0, -1) : line)
    if (isContinued) continue
    yield parts.join('')
    parts = []
  }
  if (parts.length > 0) yield parts.join('')
}

function endsWithOddBackslashes(line: string): boolean {
  let at = line.length
  while (line[at - 1] === '\\') at--
  return (line.length - at) % 2 === 1
}

/** A key ends at the first `=`, `:` or blank that no backslash precedes. */
function keyEndOf(line: string): number {
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '\\') at++
    else if (line[at] === '=' || line[at] === ':' || isBlank(line.charCodeAt(at))) return at
  }
  return line.length
}

const isBlank = (code: number) => code === 0x20 || code === 0x09 || code === 0x0c

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gsu, (_, hex: string | undefined, character: string) =>
    hex === undefined ? (escapes[character] ?? character) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
