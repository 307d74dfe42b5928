import { type Address, parseAddress } from '@cometmq/platform'
import * as v from 'valibot'

/** A package's schema of options: an object whose fields carry RocketMQ's property name as metadata. */
export interface OptionsSchema {
  readonly entries: Readonly<Record<string, v.GenericSchema>>
}

/** What a text in a configuration file stands for, or what would be allowed instead. */
export type ReadValue = { ok: true; value: unknown } | { ok: false; allowed: string }

/** Option names by the property names of RocketMQ. */
export function optionNames(schema: OptionsSchema): Map<string, string> {
  const names = new Map<string, string>()
  for (const [name, field] of Object.entries(schema.entries)) {
    const property = propertyOf(field)
    if (property !== undefined) names.set(property, name)
  }
  return names
}

/** Reads the text of a property as the option's type, and checks it against its schema. */
export function readOption(field: v.GenericSchema, text: string): ReadValue {
  const value = typedValue(field, text)
  return value !== undefined && v.is(field, value) ? { ok: true, value } : { ok: false, allowed: allowedValues(field) }
}

function propertyOf(field: v.GenericSchema): string | undefined {
  const { property } = v.getMetadata(field as never) as { property?: unknown }
  return typeof property === 'string' ? property : undefined
}

function typedValue(field: v.GenericSchema, text: string): unknown {
  switch (typeOf(field)) {
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined
    case 'boolean':
      return /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : undefined
    case 'array':
      return parseAddresses(text)
    case 'object':
      return parseAddress(text)
    default:
      return text
  }
}

/** `host:port;host:port`; `undefined` when one of them is not an address. */
export function parseAddresses(text: string): Address[] | undefined {
  const addresses = text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseAddress)
  return addresses.every((address) => address !== undefined) ? addresses : undefined
}

function allowedValues(field: v.GenericSchema): string {
  const { least, most, choices } = constraintsOf(field)
  switch (typeOf(field)) {
    case 'number':
      return least === undefined || most === undefined ? 'a number' : `a whole number from ${least} to ${most}`
    case 'boolean':
      return 'true or false'
    case 'array':
      return 'host:port, several separated by semicolons'
    case 'object':
      return 'host:port'
    case 'picklist':
      return (choices ?? []).join(' or ')
    default:
      return 'some text'
  }
}

/** What valibot keeps in a schema at run time, as far as it matters here. */
interface SchemaParts {
  type: string
  wrapped?: SchemaParts
  pipe?: readonly SchemaParts[]
  options?: readonly unknown[]
  requirement?: unknown
}

function typeOf(field: v.GenericSchema): string {
  let schema = field as unknown as SchemaParts
  while (schema.wrapped !== undefined) schema = schema.wrapped
  return schema.type
}

interface Constraints {
  least?: unknown
  most?: unknown
  choices?: readonly unknown[]
}

function constraintsOf(field: v.GenericSchema): Constraints {
  const found: Constraints = {}
  const visit = (part: SchemaParts) => {
    if (part.type === 'min_value') found.least = part.requirement
    if (part.type === 'max_value') found.most = part.requirement
    if (part.type === 'picklist' && part.options !== undefined) found.choices = part.options
    if (part.wrapped !== undefined) visit(part.wrapped)
    for (const step of part.pipe ?? []) visit(step)
  }
  visit(field as unknown as SchemaParts)
  return found
}
