import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readFacts } from './frame.ts'
import { requestNames } from './request-names.ts'

/** Frames over this are left out (their partner is kept): fixtures are for reading too. */
const MAX_FRAME_BYTES = 8 * 1024
const HEX_BYTES_PER_LINE = 64

export type Role = 'client' | 'broker' | 'namesrv'

/** One line of index.json. */
export type Fixture = {
  file: string
  /** Who wrote the frame: its release and its role, and the same of whom it was for. */
  version: string
  from: Role
  peerVersion: string
  to: Role
  direction: 'request' | 'response'
  /** The request code, of a response too: see responseCode. */
  code: number
  name: string
  responseCode?: number
  oneway: boolean
  opaque: number
  serialization: 'JSON' | 'ROCKETMQ'
  /** The request of this response or the response of this request; null when there is none. */
  pair: string | null
  case: string
  /** Of requests only: a word about the case. */
  note?: string
  bytes: number
}

/** What the driver announced: which request codes to keep under which name. */
type Mark = { name: string; note: string; left: Map<number, number>; taken: Map<number, number> }

/** Keeps what was announced, and remembers the open requests of every connection so that answers find their question. */
export class Recording {
  readonly fixtures: Fixture[] = []
  readonly #directory: string
  readonly #suffix: string
  readonly #files = new Set<string>()
  #mark: Mark = { name: 'nothing', note: '', left: new Map(), taken: new Map() }

  constructor(directory: string, suffix: string) {
    this.#directory = directory
    this.#suffix = suffix
  }

  /** codes: "105*2,310" keeps two requests of code 105 and one of code 310. */
  mark(name: string, codes: string, note: string): void {
    const left = new Map<number, number>()
    for (const entry of codes.split(',')) {
      const [code, times] = entry.split('*')
      left.set(Number(code), Number(times ?? 1))
    }
    this.#mark = { name, note, left, taken: new Map() }
  }

  /** A request goes by; answers the fixture that its response belongs to. */
  request(frame: Buffer, ends: Ends): Fixture | undefined {
    const facts = readFacts(frame)
    const { left, taken, name, note } = this.#mark
    const remaining = left.get(facts.code) ?? 0
    if (remaining === 0) return undefined
    left.set(facts.code, remaining - 1)
    const nth = (taken.get(facts.code) ?? 0) + 1
    taken.set(facts.code, nth)
    const fixture: Fixture = {
      file: '',
      ...ends,
      direction: 'request',
      code: facts.code,
      name: requestNames[facts.code] ?? 'UNKNOWN',
      oneway: (facts.flag & 2) !== 0,
      opaque: facts.opaque,
      serialization: facts.serialization,
      pair: null,
      case: (nth === 1 ? name : `${name}-${nth}`) + this.#suffix,
      ...(note === '' ? {} : { note }),
      bytes: frame.length,
    }
    this.#keep(fixture, frame)
    return fixture
  }

  response(frame: Buffer, request: Fixture, ends: Ends): void {
    const facts = readFacts(frame)
    const { note: _, ...rest } = request
    const fixture: Fixture = {
      ...rest,
      ...ends,
      file: '',
      direction: 'response',
      responseCode: facts.code,
      oneway: false,
      serialization: facts.serialization,
      pair: request.file === '' ? null : request.file,
      bytes: frame.length,
    }
    this.#keep(fixture, frame)
    if (request.file !== '') request.pair = fixture.file === '' ? null : fixture.file
  }

  #keep(fixture: Fixture, frame: Buffer): void {
    if (frame.length > MAX_FRAME_BYTES) return
    const stem = `${fixture.version}/${fixture.code}-${fixture.name}-${fixture.direction}-${fixture.case}`
    let file = `${stem}.hex`
    for (let n = 2; this.#files.has(file); n++) file = `${stem}-again${n}.hex`
    this.#files.add(file)
    fixture.file = file
    const path = join(this.#directory, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, toHex(frame))
    this.fixtures.push(fixture)
  }
}

export type Ends = Pick<Fixture, 'version' | 'from' | 'peerVersion' | 'to'>

function toHex(frame: Buffer): string {
  const lines: string[] = []
  for (let at = 0; at < frame.length; at += HEX_BYTES_PER_LINE) {
    lines.push(frame.subarray(at, at + HEX_BYTES_PER_LINE).toString('hex'))
  }
  return `${lines.join('\n')}\n`
}
