import { HeaderFieldError } from './error.ts'
import type { Field, Resource } from './fields.ts'
import type { ExtFields } from './frame/header.ts'

/** Header fields of one direction of a command, by their names in code. */
export type Fields = Record<string, Field<any>>

/** The values of a set of fields; an optional field may be left out. */
export type ValuesOf<F extends Fields> = {
  [K in keyof F as undefined extends FieldValue<F[K]> ? never : K]: FieldValue<F[K]>
} & {
  [K in keyof F as undefined extends FieldValue<F[K]> ? K : never]?: FieldValue<F[K]>
}
type FieldValue<F> = F extends Field<infer T> ? T : never

/** What a sender gives for a set of fields: one with a default may be left out too. */
export type InputOf<F extends Fields> = {
  [K in keyof F as F[K] extends Field<any, false> ? K : never]: FieldValue<F[K]>
} & {
  [K in keyof F as F[K] extends Field<any, false> ? never : K]?: FieldValue<F[K]> | undefined
}

/** What a principal needs to be allowed to do for the command. */
export type Action = 'pub' | 'sub' | 'get' | 'list' | 'create' | 'update' | 'delete' | 'any'

/** How a body is read and written: see `bodies/`. */
export interface BodyCodec<T> {
  /** Throws `ProtocolError`. */
  decode(bytes: Buffer): T
  encode(value: T): Buffer
}

export interface CommandDeclaration<Req extends Fields, Res extends Fields, ReqBody, ResBody> {
  code: number
  /** RocketMQ's name of the request code. */
  name: string
  action: Action
  request?: Req
  response?: Res
  requestBody?: BodyCodec<ReqBody>
  responseBody?: BodyCodec<ResBody>
}

/** One request code with its header fields and bodies, both directions. */
export interface Command<Req = any, Res = any, ReqBody = any, ResBody = any, ReqInput = any> {
  readonly code: number
  readonly name: string
  readonly action: Action
  /** Fields of the request that name what is acted upon, for authorisation. */
  readonly resources: readonly { field: string; resource: Resource }[]
  /** Throws `HeaderFieldError` for a missing or unreadable field. */
  readonly decodeRequest: (ext: ExtFields | undefined) => Req
  readonly encodeRequest: (values: ReqInput) => ExtFields
  readonly decodeResponse: (ext: ExtFields | undefined) => Res
  readonly encodeResponse: (values: Res) => ExtFields
  readonly requestBody: BodyCodec<ReqBody>
  readonly responseBody: BodyCodec<ResBody>
}

export type RequestOf<C> = C extends Command<infer Req, any, any, any> ? Req : never
/** What a sender of the command gives. */
export type RequestInputOf<C> = C extends Command<any, any, any, any, infer Input> ? Input : never
export type ResponseOf<C> = C extends Command<any, infer Res, any, any> ? Res : never
export type RequestBodyOf<C> = C extends Command<any, any, infer Body, any> ? Body : never
export type ResponseBodyOf<C> = C extends Command<any, any, any, infer Body> ? Body : never

/**
 * Declares a command; types and codecs follow from the declaration.
 *
 * @example
 * export const getMaxOffset = defineCommand({
 *   code: 30, name: 'GET_MAX_OFFSET', action: 'get',
 *   request: { topic: string({ resource: 'topic' }), queueId: int32() },
 *   response: { offset: int64() },
 * })
 * getMaxOffset.decodeRequest({ topic: 'T', queueId: '0' }) // { topic: 'T', queueId: 0 }
 */
export function defineCommand<
  // biome-ignore lint/complexity/noBannedTypes: a command without header fields has exactly none.
  const Req extends Fields = {},
  // biome-ignore lint/complexity/noBannedTypes: likewise.
  const Res extends Fields = {},
  ReqBody = Buffer,
  ResBody = Buffer,
>(
  declaration: CommandDeclaration<Req, Res, ReqBody, ResBody>,
): Command<ValuesOf<Req>, ValuesOf<Res>, ReqBody, ResBody, InputOf<Req>> {
  const { code, name, action } = declaration
  const request = fieldsCodec(`${name} (${code})`, declaration.request)
  const response = fieldsCodec(`the response to ${name} (${code})`, declaration.response)
  return {
    code,
    name,
    action,
    resources: Object.entries(declaration.request ?? {}).flatMap(([field, { resource }]) =>
      resource ? [{ field, resource }] : [],
    ),
    decodeRequest: request.decode as (ext: ExtFields | undefined) => ValuesOf<Req>,
    encodeRequest: request.encode,
    decodeResponse: response.decode as (ext: ExtFields | undefined) => ValuesOf<Res>,
    encodeResponse: response.encode,
    requestBody: declaration.requestBody ?? (bytes as BodyCodec<ReqBody>),
    responseBody: declaration.responseBody ?? (bytes as BodyCodec<ResBody>),
  }
}

/** A body that is bytes and nothing else. */
export const bytes: BodyCodec<any> = { decode: (body: Buffer) => body, encode: (body: Buffer) => body }

function fieldsCodec(subject: string, fields: Fields = {}) {
  const entries = Object.entries(fields).map(([name, field]) => ({ name, wire: field.wire ?? name, field }))
  return {
    decode(ext: ExtFields | undefined): Record<string, unknown> {
      const values: Record<string, unknown> = {}
      for (const { name, wire, field } of entries) {
        const text = ext?.[wire]
        if (text !== undefined) values[name] = field.read(text, wire)
        else if (field.required)
          throw new HeaderFieldError(`${subject} lacks the header field ${wire === name ? name : `${wire} (${name})`}`)
        else values[name] = field.fallback
      }
      return values
    },
    encode(values: Record<string, any>): ExtFields {
      const ext: ExtFields = {}
      for (const { name, wire, field } of entries) {
        const value = values[name]
        if (value !== undefined) ext[wire] = field.write(value)
      }
      return ext
    },
  }
}
