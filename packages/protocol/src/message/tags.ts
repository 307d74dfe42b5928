import { javaHashCode, javaTrim } from './java.ts'
import { propertyOf } from './properties.ts'
import { propertyNames } from './property-names.ts'

/** What the queue knows of a message's tag: its Java hash, 0 for none. Two tags may share one, so that readers compare the tag as well. */
export function tagsCodeOf(tag: string | undefined): number {
  return tag === undefined ? 0 : javaHashCode(tag)
}

/** `tagsCodeOf` the tag among encoded properties. */
export function tagsCodeOfProperties(properties: string): number {
  return tagsCodeOf(propertyOf(properties, propertyNames.TAGS))
}

/** A tag expression taken apart. Both empty: everything matches. */
export interface TagExpression {
  tagsSet: string[]
  codeSet: number[]
}

/**
 * Parses `TagA || TagB`; nothing and `*` match everything. `undefined` when there is nothing between the bars at all, which RocketMQ refuses.
 *
 * @example
 * parseTagExpression('TagA || TagB') // { tagsSet: ['TagA', 'TagB'], codeSet: [2598919, 2598920] }
 */
export function parseTagExpression(expression: string): TagExpression | undefined {
  if (expression === '' || expression === '*') return { tagsSet: [], codeSet: [] }
  const parts = expression.split('||')
  if (parts.every((part) => part === '')) return undefined
  const tagsSet = [...new Set(parts.map(javaTrim).filter((tag) => tag !== ''))]
  return { tagsSet, codeSet: [...new Set(tagsSet.map(javaHashCode))] }
}
