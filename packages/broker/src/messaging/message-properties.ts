import { propertyNames, propertyOf, withProperties } from '@cometmq/protocol/message'

/** What the broker adds to every message that it stores; an administrator can change region and trace switch while it runs. */
export interface BrokerMarks {
  readonly region: string
  readonly traceOn: boolean
  readonly clusterName: string
}

/**
 * Adds the broker's marks to the properties of a message, and its unique key when the sender gave none. The usual message has none of them, and gets
 * them appended as one prepared text.
 */
export class PropertyMarker {
  readonly #current: BrokerMarks
  readonly #nextUniqKey: () => string
  /** What the rest was made from. */
  #region: string | undefined
  #traceOn: boolean | undefined
  #marks: Record<string, string> = {}
  #suffix = ''
  #suffixBytes: Buffer = Buffer.alloc(0)

  constructor(marks: BrokerMarks, nextUniqKey: () => string) {
    this.#current = marks
    this.#nextUniqKey = nextUniqKey
  }

  /** What is appended to the properties of the usual message. */
  get suffixBytes(): Buffer {
    this.#follow()
    return this.#suffixBytes
  }

  mark(properties: string): { properties: string; uniqKey: string } {
    this.#follow()
    const known = propertyOf(properties, propertyNames.UNIQ_KEY)
    const uniqKey = known ?? this.#nextUniqKey()
    const isPlain = known !== undefined && properties.endsWith('\u0002') && !hasMark(properties)
    if (isPlain) return { properties: properties + this.#suffix, uniqKey }
    const changes = { ...this.#marks, [propertyNames.UNIQ_KEY]: uniqKey, [propertyNames.POP_CK]: undefined }
    return { properties: withProperties(properties, changes), uniqKey }
  }

  #follow(): void {
    const { region, traceOn, clusterName } = this.#current
    if (region === this.#region && traceOn === this.#traceOn) return
    this.#region = region
    this.#traceOn = traceOn
    this.#marks = {
      [propertyNames.MSG_REGION]: region,
      [propertyNames.TRACE_ON]: String(traceOn),
      [propertyNames.CLUSTER]: clusterName,
    }
    this.#suffix = withProperties('', this.#marks)
    this.#suffixBytes = Buffer.from(this.#suffix)
  }
}

const marks = [propertyNames.MSG_REGION, propertyNames.TRACE_ON, propertyNames.CLUSTER, propertyNames.POP_CK]
/** May be true for a message without marks, as when a value contains one's name; never false for one with. */
const maybeMark = /MSG_REGION|TRACE_ON|CLUSTER|POP_CK/

function hasMark(properties: string): boolean {
  return maybeMark.test(properties) && marks.some((name) => propertyOf(properties, name) !== undefined)
}
