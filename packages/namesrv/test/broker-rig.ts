import { deflateSync } from 'node:zlib'
import { topicConfig } from './routing/registrations.ts'

export const dataVersion = (counter = 1) => ({ counter, stateVersion: 0, timestamp: 1_700_000_000_000 })

export const master = {
  brokerName: 'a',
  brokerAddr: '10.0.0.1:10911',
  clusterName: 'C',
  haServerAddr: '10.0.0.1:10912',
  brokerId: 0,
  enableActingMaster: false,
}

export const slave = { ...master, brokerId: 1, brokerAddr: '10.0.0.2:10911', haServerAddr: '10.0.0.2:10912' }

export const identityOf = ({ brokerName, brokerAddr, clusterName, brokerId }: typeof master) => ({
  brokerName,
  brokerAddr,
  clusterName,
  brokerId,
})

const jsonTable = (topics: readonly string[]) => Object.fromEntries(topics.map((name) => [name, topicConfig(name)]))

/** The body of a current broker. */
export function jsonBody(topics: readonly string[] = ['T1', 'T2'], counter = 1): Buffer {
  const topicConfigSerializeWrapper = {
    dataVersion: dataVersion(counter),
    mappingDataVersion: dataVersion(0),
    topicConfigTable: jsonTable(topics),
    topicQueueMappingDetailMap: {},
    topicQueueMappingInfoMap: {},
  }
  return Buffer.from(JSON.stringify({ filterServerList: [], topicConfigSerializeWrapper }))
}

/** The body of brokers before 3.0.11: the topics alone. */
export function oldBody(topics: readonly string[] = ['T1', 'T2']): Buffer {
  return Buffer.from(JSON.stringify({ dataVersion: dataVersion(), topicConfigTable: jsonTable(topics) }))
}

/** The compressed form. */
export function zlibBody(topics: readonly string[] = ['T1', 'T2'], { mappings = true } = {}): Buffer {
  const parts = [sized(JSON.stringify(dataVersion())), int32(topics.length)]
  for (const topic of topics) parts.push(sized(`${topic} 4 4 6 SINGLE_TAG {}`))
  parts.push(sized('["10.0.0.1:9"]'))
  if (mappings) parts.push(int32(0))
  return deflateSync(Buffer.concat(parts), { level: 9 })
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function sized(text: string): Buffer {
  return Buffer.concat([int32(Buffer.byteLength(text)), Buffer.from(text)])
}
