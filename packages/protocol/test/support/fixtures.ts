import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeFrame, type Frame } from '@cometmq/protocol'

const folder = join(import.meta.dirname, '../../../../conformance/wire')

/** A frame recorded between programs of Apache RocketMQ. */
export interface Fixture {
  /** Path within `conformance/wire`. */
  file: string
  /** The release that wrote the frame. */
  version: string
  direction: 'request' | 'response'
  /** Request code, of a response that of the request it answers. */
  code: number
  name: string
  case: string
  serialization: 'JSON' | 'ROCKETMQ'
  responseCode?: number
}

export const fixtures: readonly Fixture[] = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'))

export function fixtureBytes(fixture: Fixture): Buffer {
  return Buffer.from(readFileSync(join(folder, fixture.file), 'utf8').replace(/\s/g, ''), 'hex')
}

export function fixtureFrame(fixture: Fixture): Frame {
  const bytes = fixtureBytes(fixture)
  return decodeFrame(bytes, 0, bytes.length)
}

/** The one body of that case; later recordings of the same case are as good as the first. */
export function fixtureBody(version: string, name: string, direction: Fixture['direction'], caseName: string): Buffer {
  const found = fixtures.find(
    (each) => each.version === version && each.name === name && each.direction === direction && each.case === caseName,
  )
  if (found === undefined) throw new Error(`no fixture ${version} ${name} ${direction} ${caseName}`)
  return fixtureFrame(found).body
}
