import {
  doubleOf,
  NotComparable,
  type NumberLiteral,
  orderDoubles,
  orderNumbers,
  orderTextAndNumber,
  type Value,
} from './value.ts'

/** The text of a property of the message; `undefined` when it has none of that name. */
export type PropertyLookup = (name: string) => string | undefined

/**
 * A part of an expression. What may stand where is decided when the expression is compiled, by the kind of its parts, as Apache decides it by their classes: which is why
 * `TRUE = 5` is refused and `5 = TRUE` is not.
 */
export type Expression =
  | { readonly kind: 'number'; readonly value: NumberLiteral }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'constant'; readonly value: boolean | null }
  | { readonly kind: 'property'; readonly name: string }
  /** A unary minus: no constant any more; unknown but for numbers. */
  | { readonly kind: 'negative'; readonly value: NumberLiteral | null }
  | { readonly kind: 'condition'; readonly evaluate: (property: PropertyLookup) => boolean | null }

type Condition = Extract<Expression, { kind: 'condition' }>
type Evaluate = (property: PropertyLookup) => Value

/** Why an expression that follows the grammar is still none; the caller adds where. */
export class WrongOperand extends Error {}

/** What a condition can be made of: a property alone is FALSE when the message has it, and unknown when not. */
export function asCondition(expression: Expression): Condition['evaluate'] {
  switch (expression.kind) {
    case 'condition':
      return expression.evaluate
    case 'constant': {
      const { value } = expression
      return () => value
    }
    case 'property': {
      const { name } = expression
      return (property) => (property(name) === undefined ? null : false)
    }
    default:
      throw new WrongOperand(`${nameOf(expression)} is no condition: compare it with something`)
  }
}

const condition = (evaluate: Condition['evaluate']): Condition => ({ kind: 'condition', evaluate })

export function and(left: Expression, right: Expression): Expression {
  const a = asCondition(left)
  const b = asCondition(right)
  return condition((property) => {
    const first = a(property)
    if (first === false) return false
    const second = b(property)
    return second === false ? false : first === null || second === null ? null : true
  })
}

export function or(left: Expression, right: Expression): Expression {
  const a = asCondition(left)
  const b = asCondition(right)
  return condition((property) => {
    const first = a(property)
    if (first === true) return true
    const second = b(property)
    return second === true ? true : first === null || second === null ? null : false
  })
}

export function not(operand: Expression): Expression {
  const evaluate = asCondition(operand)
  return condition((property) => negated(evaluate(property)))
}

export function negative(operand: Expression): Expression {
  if (operand.kind !== 'number' && operand.kind !== 'negative') return { kind: 'negative', value: null }
  const number = operand.value
  if (number === null) return operand
  const value: NumberLiteral =
    number.kind === 'long'
      ? { kind: 'long', value: -number.value }
      : { kind: number.kind, value: number.kind === 'int' ? 0 - number.value : -number.value }
  return { kind: 'negative', value }
}

export function isNull(operand: Expression, isWanted: boolean): Expression {
  const evaluate = valueFrom(operand)
  return condition((property) => (evaluate(property) === null) === isWanted)
}

export function equals(left: Expression, right: Expression): Expression {
  if (isNullConstant(left) || isNullConstant(right)) throw new WrongOperand('NULL cannot be compared: use IS NULL')
  if (left.kind === 'constant' && (right.kind === 'number' || right.kind === 'string')) {
    throw new WrongOperand(`${nameOf(left)} cannot be compared with ${nameOf(right)}`)
  }
  const a = valueFrom(left)
  const b = valueFrom(right)
  return condition((property) => areEqual(a(property), b(property)))
}

export function differs(left: Expression, right: Expression): Expression {
  return not(equals(left, right))
}

export type Order = '<' | '<=' | '>' | '>='

const holds: Readonly<Record<Order, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

export function compares(left: Expression, operator: Order, right: Expression): Expression {
  const a = numeric(left)
  const b = numeric(right)
  const isRight = holds[operator]
  return condition((property) => {
    const first = a(property)
    const second = b(property)
    return first === null || second === null ? null : isRight(orderOf(first, second))
  })
}

export function between(operand: Expression, low: Expression, high: Expression): Expression {
  for (const part of [operand, low, high]) numeric(part)
  if (low.kind === 'number' && high.kind === 'number' && orderNumbers(low.value, high.value) > 0) {
    throw new WrongOperand(
      `BETWEEN ${low.value.value} AND ${high.value.value} holds for nothing: the lower bound comes first`,
    )
  }
  return and(compares(operand, '>=', low), compares(operand, '<=', high))
}

/** Its bounds are not checked. */
export function notBetween(operand: Expression, low: Expression, high: Expression): Expression {
  return or(compares(operand, '<', low), compares(operand, '>', high))
}

export function isIn(operand: Expression, texts: readonly string[], isWanted: boolean): Expression {
  if (operand.kind !== 'property') throw new WrongOperand(`IN needs a property on its left, not ${nameOf(operand)}`)
  const { name } = operand
  const wanted = new Set(texts)
  return condition((property) => {
    const value = property(name)
    return value === undefined ? null : wanted.has(value) === isWanted
  })
}

export type TextTest = 'contains' | 'startsWith' | 'endsWith'

const textTests: Readonly<Record<TextTest, (text: string, part: string) => boolean>> = {
  contains: (text, part) => text.includes(part),
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
}

/** False, with NOT too, when there is no text to look at, or nothing to look for. */
export function testsText(operand: Expression, test: TextTest, part: string, isWanted: boolean): Expression {
  const evaluate = valueFrom(operand)
  const holdsFor = textTests[test]
  return condition((property) => {
    if (part === '') return false
    const text = evaluate(property)
    if (typeof text !== 'string') return false
    return holdsFor(text, part) === isWanted
  })
}

function areEqual(left: Value, right: Value): boolean | null {
  if (left === null) return right === null ? true : null
  if (right === null) return false
  if (typeof left === 'boolean' || typeof right === 'boolean') return isEqualBoolean(left, right)
  if (typeof left === 'string' && typeof right === 'string') return left === right
  return orderOf(left, right) === 0
}

function isEqualBoolean(left: Exclude<Value, null>, right: Exclude<Value, null>): boolean {
  if (typeof left === 'string') return (left.toLowerCase() === 'true') === right
  if (typeof right === 'string') throw new NotComparable('a Boolean on the left is not compared with a text')
  return left === right
}

/** Texts count as numbers here. */
function orderOf(left: Exclude<Value, null>, right: Exclude<Value, null>): number {
  if (typeof left === 'boolean' || typeof right === 'boolean') throw new NotComparable('Booleans have no order')
  if (typeof left === 'string') {
    return typeof right === 'string' ? orderDoubles(doubleOf(left), doubleOf(right)) : orderTextAndNumber(left, right)
  }
  return typeof right === 'string' ? -orderTextAndNumber(right, left) : orderNumbers(left, right)
}

function valueFrom(expression: Expression): Evaluate {
  switch (expression.kind) {
    case 'condition':
      return expression.evaluate
    case 'property': {
      const { name } = expression
      return (property) => property(name) ?? null
    }
    default: {
      const { value } = expression
      return () => value
    }
  }
}

/** For the comparisons of numbers: refuses what is none and cannot become one. */
function numeric(expression: Expression): Evaluate {
  if (expression.kind === 'number' || expression.kind === 'property' || expression.kind === 'negative') {
    return valueFrom(expression)
  }
  throw new WrongOperand(`${nameOf(expression)} cannot be compared as a number`)
}

const negated = (value: boolean | null): boolean | null => (value === null ? null : !value)
const isNullConstant = (expression: Expression): boolean => expression.kind === 'constant' && expression.value === null

function nameOf(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
      return String(expression.value.value)
    case 'string':
      return `'${expression.value}'`
    case 'constant':
      return String(expression.value).toUpperCase()
    case 'property':
      return `the property ${expression.name}`
    case 'negative':
      return 'a negated value'
    case 'condition':
      return 'a condition'
  }
}
