import * as v from 'valibot'
import { OptionError } from './error.ts'

/** What the text of a configuration file or an administrator says, by RocketMQ's property names. */
export type Properties = ReadonlyMap<string, string>

const count = v.pipe(v.number(), v.integer(), v.minValue(1))
const period = v.pipe(v.number(), v.integer(), v.minValue(1))

/**
 * Every option of a NameServer: default, unit (the end of its name), RocketMQ's property, what it is for. Type, validation, help and the
 * properties text follow from here.
 */
export const nameServerOptionsSchema = v.object({
  host: option(v.optional(v.string(), '0.0.0.0'), 'bindAddress', 'Address to listen on.'),
  port: option(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)), 9876),
    'listenPort',
    'Port to listen on; 0 takes a free one.',
  ),
  kvConfigPath: option(v.string(), 'kvConfigPath', 'File of the key-value configuration.'),
  configStorePath: option(v.string(), 'configStorePath', 'File that keeps options changed by an administrator.'),
  configBlackList: option(
    v.optional(v.string(), 'configBlackList;configStorePath;kvConfigPath'),
    'configBlackList',
    'Properties, separated by semicolons, that an administrator may not change over the network.',
  ),
  orderMessageEnable: option(
    v.optional(v.boolean(), false),
    'orderMessageEnable',
    'Put the order configuration of a topic into its route.',
  ),
  returnOrderTopicConfigToBroker: option(
    v.optional(v.boolean(), true),
    'returnOrderTopicConfigToBroker',
    'Answer a registering broker with the order configuration of all topics.',
  ),
  supportActingMaster: option(
    v.optional(v.boolean(), false),
    'supportActingMaster',
    'Show the smallest slave as the master, for reads, while the master is absent.',
  ),
  enableAllTopicList: option(v.optional(v.boolean(), true), 'enableAllTopicList', 'Answer who asks for all topics.'),
  enableTopicList: option(
    v.optional(v.boolean(), true),
    'enableTopicList',
    'Answer who asks for the topics of a cluster or for unit topics.',
  ),
  deleteTopicWithBrokerRegistration: option(
    v.optional(v.boolean(), false),
    'deleteTopicWithBrokerRegistration',
    'Drop topics that a registering broker no longer names. Not for brokers that register single topics.',
  ),
  notifyMinBrokerIdChanged: option(
    v.optional(v.boolean(), false),
    'notifyMinBrokerIdChanged',
    'Tell the brokers of a group when its smallest broker id changes.',
  ),
  needWaitForService: option(
    v.optional(v.boolean(), false),
    'needWaitForService',
    'Answer no route query until brokers had time to register.',
  ),
  waitForServiceSeconds: option(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 45),
    'waitSecondsForService',
    'How long that is, counted from the start.',
    's',
  ),
  scanNotActiveBrokerIntervalMs: option(
    v.optional(period, 5_000),
    'scanNotActiveBrokerInterval',
    'How often silent brokers are looked for. Takes effect at the next start.',
    'ms',
  ),
  unRegisterBrokerQueueCapacity: option(
    v.optional(count, 3_000),
    'unRegisterBrokerQueueCapacity',
    'Brokers that may leave within one tick; one more is answered SYSTEM_ERROR. Takes effect at the next start.',
    'brokers',
  ),
  clientRequestQueueCapacity: option(
    v.optional(count, 50_000),
    'clientRequestThreadPoolQueueCapacity',
    'Route queries in progress; one more is answered SYSTEM_BUSY. Takes effect at the next start.',
    'requests',
  ),
  defaultQueueCapacity: option(
    v.optional(count, 10_000),
    'defaultThreadPoolQueueCapacity',
    'Other requests in progress; one more is answered SYSTEM_BUSY. Takes effect at the next start.',
    'requests',
  ),
})

/** What a caller gives; all but the two paths have defaults. */
export type NameServerOptions = v.InferInput<typeof nameServerOptionsSchema>
export type ResolvedOptions = Readonly<v.InferOutput<typeof nameServerOptionsSchema>>
type OptionName = keyof ResolvedOptions

interface OptionMetadata {
  /** RocketMQ's name. */
  property: string
  /** What a number counts. */
  unit: string | undefined
}

const schemas = nameServerOptionsSchema.entries
const names = Object.keys(schemas) as OptionName[]
const nameByProperty = new Map(names.map((name) => [propertyOf(name), name]))

/** RocketMQ's name of an option. */
export function propertyOf(name: OptionName): string {
  return (v.getMetadata(schemas[name]) as unknown as OptionMetadata).property
}

/** Checks options and fills in the defaults. @throws OptionError */
export function resolveOptions(options: NameServerOptions): ResolvedOptions {
  const result = v.safeParse(nameServerOptionsSchema, options)
  if (result.success) return result.output
  const issue = result.issues[0]
  throw new OptionError(v.getDotPath(issue) ?? '', issue.message)
}

/**
 * Reads options from properties by RocketMQ's names. Names of no option come back as `unknown`, for the caller to warn of.
 *
 * @throws OptionError when a value does not fit.
 * @example
 * optionsFromProperties(new Map([['listenPort', '9877'], ['colour', 'red']])) // { options: { port: 9877 }, unknown: ['colour'] }
 */
export function optionsFromProperties(properties: Properties): {
  options: Partial<ResolvedOptions>
  unknown: string[]
} {
  const options: Record<string, unknown> = {}
  const unknown: string[] = []
  for (const [property, text] of properties) {
    const name = nameByProperty.get(property)
    if (name === undefined) unknown.push(property)
    else options[name] = optionValue(name, text)
  }
  return { options, unknown }
}

/** The same options as properties, by RocketMQ's names. */
export function propertiesOf(options: ResolvedOptions): Properties {
  return new Map(names.map((name) => [propertyOf(name), String(options[name])]))
}

function optionValue(name: OptionName, text: string): unknown {
  const candidates = [
    text,
    text === 'true' ? true : text === 'false' ? false : text,
    text.trim() === '' ? text : Number(text),
  ]
  for (const candidate of candidates) {
    const result = v.safeParse(schemas[name], candidate)
    if (result.success) return result.output
  }
  throw new OptionError(propertyOf(name), `"${text}" does not fit`)
}

function option<S extends v.GenericSchema>(schema: S, property: string, description: string, unit?: string) {
  return v.pipe(schema, v.description(description), v.metadata({ property, unit } satisfies OptionMetadata))
}
