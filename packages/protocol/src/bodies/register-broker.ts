import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { decodeCompressedRegistration } from './compressed-registration.ts'
import { type DataVersion, dataVersionShape } from './data-version.ts'
import { json } from './json.ts'
import { maxTableValues } from './limits.ts'
import { list, maybe, orElse, table, text } from './shapes.ts'
import { type TopicConfig, topicConfigShape } from './topic-config.ts'
import {
  type TopicQueueMappingInfo,
  topicQueueMappingDetailShape,
  topicQueueMappingInfoShape,
} from './topic-queue-mapping.ts'

const zero = { counter: 0, stateVersion: 0, timestamp: 0 }

const topicTableShape = v.object({
  dataVersion: orElse(dataVersionShape, zero),
  mappingDataVersion: maybe(dataVersionShape),
  topicConfigTable: table(topicConfigShape),
  topicQueueMappingDetailMap: maybe(table(topicQueueMappingDetailShape)),
  topicQueueMappingInfoMap: maybe(table(topicQueueMappingInfoShape)),
})
/** All topics of a broker: in registrations, and the answer to GET_ALL_TOPIC_CONFIG. */
export type TopicConfigTable = v.InferOutput<typeof topicTableShape>
export const topicConfigTable: BodyCodec<TopicConfigTable> = json<TopicConfigTable>(
  'TopicConfigSerializeWrapper',
  topicTableShape,
  { maxValues: maxTableValues },
)

const registerBrokerShape = v.object({
  filterServerList: list(text),
  topicConfigSerializeWrapper: orElse(topicTableShape, { dataVersion: zero, topicConfigTable: {} }),
})
/** What a broker registers with. */
export type RegisterBrokerBody = v.InferOutput<typeof registerBrokerShape>
export const registerBrokerBody: BodyCodec<RegisterBrokerBody> = json<RegisterBrokerBody>(
  'RegisterBrokerBody',
  registerBrokerShape,
  { maxValues: maxTableValues },
)

/** What a registration says, whatever form it came in. */
export interface BrokerRegistration {
  topics: ReadonlyMap<string, TopicConfig>
  mappings: readonly TopicQueueMappingInfo[]
  dataVersion: DataVersion
  /** `undefined`: the broker is too old to say. */
  filterServers: readonly string[] | undefined
}

/** V3_0_11: from here on the body is a RegisterBrokerBody, before only the table within it. */
const wholeBodySince = 37

/**
 * Reads the body of REGISTER_BROKER by the version in the frame's header and the `compressed` of its fields. No body is an empty table.
 * Throws `ProtocolError`.
 */
export function decodeRegistration(bytes: Buffer, form: { version: number; compressed: boolean }): BrokerRegistration {
  if (bytes.length === 0) return { topics: new Map(), mappings: [], dataVersion: zero, filterServers: [] }
  if (form.version < wholeBodySince) return registrationOf(topicConfigTable.decode(bytes), undefined)
  if (form.compressed) return decodeCompressedRegistration(bytes, form.version)
  const body = registerBrokerBody.decode(bytes)
  return registrationOf(body.topicConfigSerializeWrapper, body.filterServerList)
}

function registrationOf(wrapper: TopicConfigTable, filterServers: string[] | undefined): BrokerRegistration {
  return {
    topics: new Map(Object.entries(wrapper.topicConfigTable)),
    mappings: Object.values(wrapper.topicQueueMappingInfoMap ?? {}),
    dataVersion: wrapper.dataVersion,
    filterServers,
  }
}
