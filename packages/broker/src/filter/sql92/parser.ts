import { EmbeddedActionsParser, type IToken } from 'chevrotain'
import {
  and,
  asCondition,
  between,
  compares,
  differs,
  type Expression,
  equals,
  isIn,
  isNull,
  negative,
  not,
  notBetween,
  type Order,
  or,
  type TextTest,
  testsText,
} from './expression.ts'
import { tokens } from './tokens.ts'
import type { NumberLiteral } from './value.ts'

/** Nesting beyond it is refused: each level takes some of the stack. */
const maxDepth = 200
const maxInt = 2 ** 31 - 1
const maxLong = 2n ** 63n - 1n

/** An expression that is wrong at `offset` of its text. */
export class SqlProblem extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

const orders = new Map<unknown, Order>([
  [tokens.less, '<'],
  [tokens.lessOrEqual, '<='],
  [tokens.greater, '>'],
  [tokens.greaterOrEqual, '>='],
])
const textTests = new Map<unknown, TextTest>([
  [tokens.contains, 'contains'],
  [tokens.startsWith, 'startsWith'],
  [tokens.endsWith, 'endsWith'],
])

/**
 * The grammar of SQL92 filters, from the loosest binding down. `NOT` binds tighter than comparisons, and what follows a complete expression is not looked at: both as in
 * Apache RocketMQ.
 */
export class SqlParser extends EmbeddedActionsParser {
  #depth = 0

  constructor() {
    super(Object.values(tokens), { maxLookahead: 2, recoveryEnabled: false })
    this.performSelfAnalysis()
  }

  readonly expression = this.RULE('expression', () => {
    const parsed = this.SUBRULE(this.disjunction)
    return this.ACTION(() => asCondition(parsed))
  })

  private readonly disjunction = this.RULE('disjunction', (): Expression => {
    let left = this.SUBRULE(this.conjunction)
    this.MANY(() => {
      const at = this.CONSUME(tokens.or)
      const right = this.SUBRULE2(this.conjunction)
      left = this.ACTION(() => this.#checked(at, () => or(left, right)))
    })
    return left
  })

  private readonly conjunction = this.RULE('conjunction', (): Expression => {
    let left = this.SUBRULE(this.equality)
    this.MANY(() => {
      const at = this.CONSUME(tokens.and)
      const right = this.SUBRULE2(this.equality)
      left = this.ACTION(() => this.#checked(at, () => and(left, right)))
    })
    return left
  })

  private readonly equality = this.RULE('equality', (): Expression => {
    let left = this.SUBRULE(this.comparison)
    this.MANY(() => {
      left = this.OR([
        { ALT: () => this.#pair(left, this.CONSUME(tokens.equal), this.SUBRULE2(this.comparison), equals) },
        { ALT: () => this.#pair(left, this.CONSUME(tokens.notEqual), this.SUBRULE3(this.comparison), differs) },
        {
          ALT: () => {
            this.CONSUME(tokens.is)
            const negation = this.OPTION(() => this.CONSUME(tokens.not))
            this.CONSUME(tokens.null)
            return this.ACTION(() => isNull(left, negation === undefined))
          },
        },
      ])
    })
    return left
  })

  private readonly comparison = this.RULE('comparison', (): Expression => {
    let left = this.SUBRULE(this.unary)
    this.MANY(() => {
      left = this.OR([
        {
          ALT: () => {
            const at = this.OR2([
              { ALT: () => this.CONSUME(tokens.greater) },
              { ALT: () => this.CONSUME(tokens.greaterOrEqual) },
              { ALT: () => this.CONSUME(tokens.less) },
              { ALT: () => this.CONSUME(tokens.lessOrEqual) },
            ])
            const right = this.SUBRULE2(this.unary)
            return this.#pair(left, at, right, (a, b) => compares(a, orders.get(at.tokenType)!, b))
          },
        },
        { ALT: () => this.SUBRULE(this.textTest, { ARGS: [left] }) },
        { ALT: () => this.SUBRULE(this.range, { ARGS: [left] }) },
        { ALT: () => this.SUBRULE(this.membership, { ARGS: [left] }) },
      ])
    })
    return left
  })

  private readonly textTest = this.RULE('textTest', (left: Expression): Expression => {
    const negation = this.OPTION(() => this.CONSUME(tokens.not))
    const test = this.OR([
      { ALT: () => this.CONSUME(tokens.contains) },
      { ALT: () => this.CONSUME(tokens.startsWith) },
      { ALT: () => this.CONSUME(tokens.endsWith) },
    ])
    const part = this.CONSUME(tokens.string)
    return this.ACTION(() => testsText(left, textTests.get(test.tokenType)!, textOf(part), negation === undefined))
  })

  private readonly range = this.RULE('range', (left: Expression): Expression => {
    const negation = this.OPTION(() => this.CONSUME(tokens.not))
    const at = this.CONSUME(tokens.between)
    const low = this.SUBRULE(this.unary)
    this.CONSUME(tokens.and)
    const high = this.SUBRULE2(this.unary)
    return this.ACTION(() => this.#checked(at, () => (negation ? notBetween : between)(left, low, high)))
  })

  private readonly membership = this.RULE('membership', (left: Expression): Expression => {
    const negation = this.OPTION(() => this.CONSUME(tokens.not))
    const at = this.CONSUME(tokens.in)
    const texts: string[] = []
    this.CONSUME(tokens.open)
    this.AT_LEAST_ONE_SEP({
      SEP: tokens.comma,
      DEF: () => {
        const text = this.CONSUME(tokens.string)
        this.ACTION(() => texts.push(textOf(text)))
      },
    })
    this.CONSUME(tokens.close)
    return this.ACTION(() => this.#checked(at, () => isIn(left, texts, negation === undefined)))
  })

  private readonly unary = this.RULE('unary', (): Expression => {
    this.ACTION(() => this.#deeper())
    const parsed = this.OR([
      {
        ALT: () => {
          this.CONSUME(tokens.plus)
          return this.SUBRULE(this.unary)
        },
      },
      {
        ALT: () => {
          this.CONSUME(tokens.minus)
          const operand = this.SUBRULE2(this.unary)
          return this.ACTION(() => negative(operand))
        },
      },
      {
        ALT: () => {
          const at = this.CONSUME(tokens.not)
          const operand = this.SUBRULE3(this.unary)
          return this.ACTION(() => this.#checked(at, () => not(operand)))
        },
      },
      { ALT: () => this.SUBRULE(this.primary) },
    ])
    this.ACTION(() => this.#depth--)
    return parsed
  })

  private readonly primary = this.RULE(
    'primary',
    (): Expression =>
      this.OR([
        { ALT: () => this.#constant(this.CONSUME(tokens.true), true) },
        { ALT: () => this.#constant(this.CONSUME(tokens.false), false) },
        { ALT: () => this.#constant(this.CONSUME(tokens.null), null) },
        { ALT: () => this.#number(this.CONSUME(tokens.integer), integerOf) },
        { ALT: () => this.#number(this.CONSUME(tokens.double), doubleOf) },
        {
          ALT: () => {
            const text = this.CONSUME(tokens.string)
            return this.ACTION((): Expression => ({ kind: 'string', value: textOf(text) }))
          },
        },
        {
          ALT: () => {
            const { image } = this.CONSUME(tokens.identifier)
            return { kind: 'property', name: image }
          },
        },
        {
          ALT: () => {
            this.CONSUME(tokens.open)
            const inner = this.SUBRULE(this.disjunction)
            this.CONSUME(tokens.close)
            return inner
          },
        },
      ]),
  )

  override reset(): void {
    super.reset()
    this.#depth = 0
  }

  #pair(
    left: Expression,
    at: IToken,
    right: Expression,
    make: (a: Expression, b: Expression) => Expression,
  ): Expression {
    return this.ACTION(() => this.#checked(at, () => make(left, right)))
  }

  #constant(_token: IToken, value: boolean | null): Expression {
    return { kind: 'constant', value }
  }

  #number(token: IToken, read: (text: string) => NumberLiteral | undefined): Expression {
    return this.ACTION(() => {
      const value = read(token.image)
      if (value === undefined) throw new SqlProblem(`the number ${token.image} is out of range`, token.startOffset)
      return { kind: 'number', value }
    })
  }

  /** Says where it is when operands do not fit. */
  #checked(at: IToken, make: () => Expression): Expression {
    try {
      return make()
    } catch (error) {
      throw new SqlProblem((error as Error).message, at.startOffset)
    }
  }

  #deeper(): void {
    if (++this.#depth > maxDepth) {
      throw new SqlProblem(`more than ${maxDepth} levels of nesting`, this.LA(1).startOffset)
    }
  }
}

function integerOf(text: string): NumberLiteral | undefined {
  const value = BigInt(text.replace(/[lL]$/, ''))
  if (value <= maxInt) return { kind: 'int', value: Number(value) }
  return value > maxLong ? undefined : { kind: 'long', value }
}

/** Zero is out of range too. */
function doubleOf(text: string): NumberLiteral | undefined {
  const value = Number(text)
  return value === 0 || !Number.isFinite(value) ? undefined : { kind: 'double', value }
}

const textOf = ({ image }: IToken): string => image.slice(1, -1).replaceAll("''", "'")
