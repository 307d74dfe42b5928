import type { IRecognitionException } from 'chevrotain'
import type { PropertyLookup } from './expression.ts'
import { SqlParser, SqlProblem } from './parser.ts'
import { lexer } from './tokens.ts'

/** Whether a message with these properties is wanted. Never throws: what cannot be compared does not match. */
export type SqlFilter = (property: PropertyLookup) => boolean

export interface CompiledSql {
  readonly matches: SqlFilter
  /** The same with SQL's third value. @throws NotComparable where Apache throws */
  readonly evaluate: (property: PropertyLookup) => boolean | null
}

/** An expression that cannot be compiled; the message says why and where. */
export class SqlSyntaxError extends Error {
  /** In the text, from 0. */
  readonly offset: number

  constructor(problem: string, expression: string, offset: number) {
    super(`${problem} at position ${offset + 1} of "${shortened(expression)}"`)
    this.offset = offset
  }
}

/** What stands in an error of a longer expression. */
const maxShown = 200
/** Longer expressions are refused: they would hold up everybody while they are compiled. */
const maxExpressionLength = 64 * 1024

const parser = new SqlParser()

/**
 * Compiles a SQL92 filter expression with the rules of Apache RocketMQ.
 *
 * @throws SqlSyntaxError
 * @example
 * const { matches } = compileSql("price > 5 AND color IN ('red', 'blue')")
 * matches((name) => properties.get(name))
 */
export function compileSql(expression: string): CompiledSql {
  if (expression.length > maxExpressionLength) {
    throw new SqlSyntaxError(`the expression has more than ${maxExpressionLength} characters`, expression, 0)
  }
  const { tokens, errors } = lexer.tokenize(expression)
  const unreadable = errors[0]
  // What stands behind something that is no word is not read.
  const readable = unreadable ? tokens.filter(({ startOffset }) => startOffset < unreadable.offset) : tokens
  parser.input = readable
  const evaluate = parse(expression)
  const problem = parser.errors[0]
  const consumed = consumedTokens(problem)
  if (problem !== undefined && consumed === undefined) {
    const at = unreadable !== undefined && isAtEnd(problem) ? unreadable.offset : offsetOf(problem, expression)
    throw new SqlSyntaxError(sentence(problem), expression, at)
  }
  // The word behind a complete expression is looked at and ignored, so it must be a word.
  if (unreadable !== undefined && (consumed ?? readable.length) >= readable.length) {
    throw new SqlSyntaxError(`"${expression[unreadable.offset]}" means nothing`, expression, unreadable.offset)
  }
  return {
    evaluate,
    matches: (property) => {
      try {
        return evaluate(property) === true
      } catch {
        // Apache takes every failure to evaluate as "does not match".
        return false
      }
    },
  }

  /** How many tokens a complete expression took, when others follow. */
  function consumedTokens(error: IRecognitionException | undefined): number | undefined {
    if (error?.name !== 'NotAllInputParsedException') return undefined
    return readable.indexOf(error.token)
  }
}

function parse(expression: string): CompiledSql['evaluate'] {
  try {
    return parser.expression()
  } catch (error) {
    if (error instanceof SqlProblem) throw new SqlSyntaxError(error.message, expression, error.offset)
    throw new SqlSyntaxError((error as Error).message, expression, 0)
  }
}

const isAtEnd = ({ token }: IRecognitionException): boolean => Number.isNaN(token.startOffset)

const offsetOf = ({ token }: IRecognitionException, expression: string): number =>
  Number.isNaN(token.startOffset) ? expression.length : token.startOffset

function sentence({ token }: IRecognitionException): string {
  return Number.isNaN(token.startOffset) ? 'the expression ends too early' : `"${token.image}" is not expected`
}

const shortened = (text: string): string => (text.length > maxShown ? `${text.slice(0, maxShown)}…` : text)
