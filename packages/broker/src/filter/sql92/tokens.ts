import { createToken, Lexer, type TokenType } from 'chevrotain'

/** The words of SQL92 expressions, longest match first. Keywords in any case; names of properties are ASCII and case-sensitive. */
const identifier = createToken({ name: 'identifier', pattern: /[A-Za-z_$][A-Za-z0-9_$]*/ })
const keyword = (word: string): TokenType =>
  createToken({ name: word, pattern: new RegExp(word, 'i'), longer_alt: identifier })
const symbol = (name: string, pattern: string): TokenType => createToken({ name, pattern })
const skipped = (name: string, pattern: RegExp): TokenType =>
  createToken({ name, pattern, group: Lexer.SKIPPED, line_breaks: true })

export const tokens = {
  blank: skipped('blank', /[ \t\n\r\f]+/),
  /** Without an end of line it is no comment but two minus signs. */
  lineComment: skipped('line comment', /--[^\n\r]*[\n\r]/),
  blockComment: skipped('block comment', /\/\*[\s\S]*?\*\//),
  not: keyword('NOT'),
  and: keyword('AND'),
  or: keyword('OR'),
  between: keyword('BETWEEN'),
  in: keyword('IN'),
  is: keyword('IS'),
  null: keyword('NULL'),
  true: keyword('TRUE'),
  false: keyword('FALSE'),
  contains: keyword('CONTAINS'),
  startsWith: keyword('STARTSWITH'),
  endsWith: keyword('ENDSWITH'),
  identifier,
  double: createToken({
    name: 'number with a fraction',
    pattern: /[0-9]+\.[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+/,
  }),
  /** No leading zeros: `05` is `0`, followed by `5`. */
  integer: createToken({ name: 'integer', pattern: /(?:[1-9][0-9]*|0)[lL]?/ }),
  string: createToken({ name: 'string', pattern: /'(?:[^']|'')*'/, line_breaks: true }),
  notEqual: symbol('<>', '<>'),
  lessOrEqual: symbol('<=', '<='),
  greaterOrEqual: symbol('>=', '>='),
  less: symbol('<', '<'),
  greater: symbol('>', '>'),
  equal: symbol('=', '='),
  open: symbol('(', '('),
  close: symbol(')', ')'),
  comma: symbol(',', ','),
  plus: symbol('+', '+'),
  minus: symbol('-', '-'),
} as const

export const lexer = new Lexer(Object.values(tokens), { positionTracking: 'onlyOffset' })
