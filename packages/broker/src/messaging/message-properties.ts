import { propertyNames, propertyOf, withProperties } from '@cometmq/protocol/message'

/** What the broker adds to every message that it stores. */
export interface BrokerMarks {
  region: string
  traceOn: boolean
  clusterName: string
}

/**
 * Adds the broker's marks to the properties of a message, and its unique key when the sender gave none. The usual message has none of them, and gets
 * them appended as one prepared text.
 */
export class PropertyMarker {
  readonly #suffix: string
  /** What is appended to the properties of the usual message. */
  readonly suffixBytes: Buffer
  readonly #marks: Record<string, string>
  readonly #nextUniqKey: () => string

  constructor(marks: BrokerMarks, nextUniqKey: () => string) {
    this.#marks = {
      [propertyNames.MSG_REGION]: marks.region,
      [propertyNames.TRACE_ON]: String(marks.traceOn),
      [propertyNames.CLUSTER]: marks.clusterName,
    }
    this.#suffix = withProperties('', this.#marks)
    this.suffixBytes = Buffer.from(this.#suffix)
    this.#nextUniqKey = nextUniqKey
  }

  mark(properties: string): { properties: string; uniqKey: string } {
    const known = propertyOf(properties, propertyNames.UNIQ_KEY)
    const uniqKey = known ?? this.#nextUniqKey()
    const isPlain = known !== undefined && properties.endsWith('\u0002') && !hasMark(properties)
    if (isPlain) return { properties: properties + this.#suffix, uniqKey }
    const changes = { ...this.#marks, [propertyNames.UNIQ_KEY]: uniqKey, [propertyNames.POP_CK]: undefined }
    return { properties: withProperties(properties, changes), uniqKey }
  }
}

const marks = [propertyNames.MSG_REGION, propertyNames.TRACE_ON, propertyNames.CLUSTER, propertyNames.POP_CK]
/** May be true for a message without marks, as when a value contains one's name; never false for one with. */
const maybeMark = /MSG_REGION|TRACE_ON|CLUSTER|POP_CK/

function hasMark(properties: string): boolean {
  return maybeMark.test(properties) && marks.some((name) => propertyOf(properties, name) !== undefined)
}
