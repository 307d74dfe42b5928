import { type ExtFields, encodeFrame } from '@cometmq/protocol'
import { sendMessage, sendMessageV2 } from '@cometmq/protocol/commands'
import fc from 'fast-check'

const key = '0A0000020001000000000000000A0001'
const names = fc.oneof(
  fc.constantFrom(
    'TAGS',
    'KEYS',
    'WAIT',
    'UNIQ_KEY',
    'DELAY',
    'TRAN_MSG',
    'PGROUP',
    'TIMER_DELAY_MS',
    'CLUSTER',
    'own',
    'x',
    '',
  ),
  fc.string({ maxLength: 6 }),
)
const values = fc.oneof(
  fc.constantFrom('A', 'TagB', 'false', 'true', 'CLUSTER', 'ü', '', '"', '\u0001', '\\'),
  fc.string({ maxLength: 8 }),
)
const plainTexts = fc.constantFrom(
  `UNIQ_KEY\u0001${key}\u0002WAIT\u0001true\u0002`,
  `KEYS\u0001a b\u0002TAGS\u0001TagA\u0002UNIQ_KEY\u0001${key}\u0002WAIT\u0001false\u0002`,
  `own\u0001CLUSTER=1\u0002UNIQ_KEY\u0001${key}\u0002`,
)
const propertyTexts = fc.oneof(
  { weight: 3, arbitrary: plainTexts },
  fc
    .array(fc.tuple(names, values), { maxLength: 4 })
    .map(
      (entries) =>
        `${entries.map(([name, value]) => `${name}\u0001${value}\u0002`).join('')}UNIQ_KEY\u0001${key}\u0002WAIT\u0001true\u0002`,
    ),
  fc.constantFrom(`UNIQ_KEY\u0001${key}\u0002`, `UNIQ_KEY\u0001${key}`, 'TAGS\u0001A\u0002', ''),
)
const numbers = fc.oneof(
  fc.nat(9).map(String),
  fc.constantFrom('0', '-1', '7', '2147483648', '', '1.5', '007', ' 3', '-0', 'x', '9007199254740993'),
)
const often = (text: string, other: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(text) }, other)

const v2Fields = fc.record(
  {
    a: often('group', fc.constantFrom('', 'g"')),
    b: often('T1', fc.constantFrom('T2', 'Tü', '%RETRY%g', 'a b', '')),
    c: often('TBW102', fc.constantFrom('other', '')),
    d: often('4', numbers),
    e: often('0', numbers),
    f: often('0', numbers),
    g: often('1700000000000', numbers),
    h: often('0', numbers),
    i: propertyTexts,
    j: often('0', numbers),
    k: fc.constantFrom('false', 'true', 'TRUE'),
    l: often('16', numbers),
    m: often('false', fc.constantFrom('true', 'no', 'False')),
    n: often('broker-a', fc.constant('')),
    more: often('x', fc.constantFrom('ü', '')),
  },
  { requiredKeys: ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'] },
)
const longNames: Record<string, string> = {
  ...{ a: 'producerGroup', b: 'topic', c: 'defaultTopic', d: 'defaultTopicQueueNums', e: 'queueId', f: 'sysFlag' },
  ...{ g: 'bornTimestamp', h: 'flag', i: 'properties', j: 'reconsumeTimes', k: 'unitMode', l: 'maxReconsumeTimes' },
  ...{ m: 'batch', n: 'bname', more: 'more' },
}

export interface Sent {
  code: number
  serialization: 'json' | 'rocketmq'
  opaque: number
  flag: number
  ext: ExtFields
  body: Buffer
}

/** Sends as clients make them, and now and then one that no client makes. */
export const sends: fc.Arbitrary<Sent> = fc
  .record({
    isV2: fc.boolean(),
    serialization: fc.constantFrom('json' as const, 'rocketmq' as const),
    opaque: fc.oneof({ weight: 4, arbitrary: fc.nat() }, fc.nat(20), fc.constantFrom(-1)),
    flag: fc.constantFrom(0, 0, 0, 0, 2, 1),
    fields: v2Fields,
    left: often('none', fc.constantFrom('b', 'd', 'i')),
    body: fc.uint8Array({ maxLength: 40 }),
  })
  .map(({ isV2, serialization, opaque, flag, fields, left, body }) => {
    const entries = Object.entries(fields).filter(([name]) => name !== left)
    const ext = Object.fromEntries(entries.map(([name, value]) => [isV2 ? name : longNames[name]!, value!]))
    const { code } = isV2 ? sendMessageV2 : sendMessage
    return { code, serialization, opaque, flag, ext, body: Buffer.from(body) }
  })

export const frameOf = ({ serialization, body, ...header }: Sent): Buffer => encodeFrame(header, serialization, body)
