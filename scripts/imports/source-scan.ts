/** One import of a source file. */
export interface Import {
  readonly specifier: string
  readonly line: number
}

/** What a source says, for rules about text: its imports, and its code with comments and literals blanked. */
export interface Scan {
  readonly imports: readonly Import[]
  /** Same length and lines as the source; comments, strings and regular expressions are blanks. */
  readonly code: string
}

const importPattern = /(?<![.\w])(?:from\s*|import\s*\(?\s*)(['"])/g
/** A slash after one of these begins a regular expression and is no division. */
const beforeRegExp = /(?:[=(,:[!&|?{};+\-*%<>~^\n]|\breturn|\btypeof|\bcase|=>|^)\s*$/

/**
 * Scans without parsing: a thousand files have to take less than a second. What it can mistake, a division for a regular expression say, blanks too
 * much and never too little of a line.
 */
export function scan(source: string): Scan {
  const code = blanked(source, false)
  const withStrings = blanked(source, true)
  const imports: Import[] = []
  for (const match of withStrings.matchAll(importPattern)) {
    // Only an import that is code, and not the word in a text, is still there when strings are blank.
    if (!/^(?:from|import)/.test(code.slice(match.index))) continue
    const start = match.index + match[0].length
    const end = withStrings.indexOf(match[1]!, start)
    imports.push({ specifier: withStrings.slice(start, end), line: lineAt(source, match.index) })
  }
  return { imports, code }
}

export function lineAt(source: string, at: number): number {
  let line = 1
  for (let i = source.indexOf('\n'); i >= 0 && i < at; i = source.indexOf('\n', i + 1)) line++
  return line
}

function blanked(source: string, keepStrings: boolean): string {
  let result = ''
  let at = 0
  const blank = (end: number, keep = false) => {
    const text = source.slice(at, end)
    result += keep ? text : text.replace(/[^\n]/g, ' ')
    at = end
  }
  /** How deep in braces each template's `${` is that we are in. */
  const templates: number[] = []
  let braces = 0
  while (at < source.length) {
    const char = source[at]!
    const two = source.slice(at, at + 2)
    if (two === '//') blank(endOr(source.indexOf('\n', at), source))
    else if (two === '/*') blank(endOr(source.indexOf('*/', at + 2), source, 2))
    else if (char === "'" || char === '"') blank(closing(source, at, char), keepStrings)
    else if (char === '/' && beforeRegExp.test(result.slice(-40))) blank(closing(source, at, '/'))
    else if (char === '`' || (char === '}' && templates.at(-1) === braces)) {
      if (char === '}') templates.pop()
      const end = templateEnd(source, at + 1)
      if (source[end - 1] === '{') templates.push(braces)
      blank(end)
    } else {
      if (char === '{') braces++
      if (char === '}') braces--
      result += char
      at++
    }
  }
  return result
}

function endOr(found: number, source: string, beyond = 0): number {
  return found < 0 ? source.length : found + beyond
}

/** Behind the quote or slash that closes the literal at `at`, or at the end of its line. */
function closing(source: string, at: number, close: string): number {
  let inClass = false
  for (let i = at + 1; i < source.length; i++) {
    const char = source[i]
    if (char === '\\') i++
    else if (char === '\n') return i
    else if (close === '/' && char === '[') inClass = true
    else if (close === '/' && char === ']') inClass = false
    else if (char === close && !inClass) return i + 1
  }
  return source.length
}

/** Behind the back quote that ends a template, or behind the next `${` in it. */
function templateEnd(source: string, at: number): number {
  for (let i = at; i < source.length; i++) {
    if (source[i] === '\\') i++
    else if (source[i] === '`') return i + 1
    else if (source[i] === '$' && source[i + 1] === '{') return i + 2
  }
  return source.length
}
