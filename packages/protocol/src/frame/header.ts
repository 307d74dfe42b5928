/** The two header serializations. Every peer must be able to decode both on any frame; we answer in the requester's. */
export type Serialization = 'json' | 'rocketmq'

/** Header fields of a command as they travel: text to text. Absent when the sender had none. */
export type ExtFields = Record<string, string>

/** A decoded frame header. */
export interface Header {
  code: number
  /** Bit 0: response. Bit 1: oneway, never answered. */
  flag: number
  /** Matches a response to its request; int32. */
  opaque: number
  /** The sender's release as a number, 513 = 5.5.0; 0 when unknown. */
  version: number
  /** The sender's language by name (`JAVA`, `GO`, …); `undefined` when unknown. */
  language: string | undefined
  remark: string | undefined
  ext: ExtFields | undefined
  serialization: Serialization
}

/** A decoded frame. The body is a view of the received bytes, empty when there is none. */
export interface Frame extends Header {
  body: Buffer
}

export const flagResponse = 1
export const flagOneway = 2

export const isResponse = (header: { flag: number }): boolean => (header.flag & flagResponse) !== 0
export const isOneway = (header: { flag: number }): boolean => (header.flag & flagOneway) !== 0

/** Language codes of the binary header, by number. */
export const languages: readonly string[] = [
  'JAVA',
  'CPP',
  'DOTNET',
  'PYTHON',
  'DELPHI',
  'ERLANG',
  'RUBY',
  'OTHER',
  'HTTP',
  'GO',
  'PHP',
  'OMS',
  'RUST',
  'NODE_JS',
]

/**
 * What we call ourselves on the wire. `JAVA`, as the Apache broker does: strict readers among the clients know only some of the names.
 * Source: a running Apache broker; older Go and C++ clients.
 */
export const ownLanguage = 'JAVA'
