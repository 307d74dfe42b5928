import { accepts } from './processes.ts'

/** Which program answers. */
export type ServerKind = 'apache' | 'cometmq'

/** The releases of Apache RocketMQ that we are compared with. */
export const apacheReleases = ['5.5.0', '4.9.7'] as const
export type ApacheRelease = (typeof apacheReleases)[number]

export interface ServerOptions {
  /** The store lies in `store` below it, in Apache's layout. */
  directory: string
  namesrvPort: number
  brokerPort: number
  /** The address clients are told to connect to, and that records name as their store; 127.0.0.1 unless said. The broker then listens on every address. */
  advertise?: string
  /** It ends within a minute or two: not worth what a JVM takes to become fast. */
  isShortLived?: boolean
  /** Broker properties by their names in Apache's broker.conf. */
  properties: Readonly<Record<string, string>>
}

export interface RunningServer {
  /** What clients are given as NameServer address. */
  readonly namesrv: string
  /** From the start of the process until clients were served. */
  readonly startupMs: number
  /** Ends it the polite way and waits until it is gone. */
  stop(): Promise<void>
  /** kill -9 of the broker's process; nothing of the server is left running afterwards. */
  kill(): Promise<void>
}

/** A NameServer by itself. */
export interface NameServerOptions {
  directory: string
  port: number
  /** Properties by their names in Apache's namesrv.conf. */
  properties: Readonly<Record<string, string>>
}

/** A broker by itself, one of several. */
export interface BrokerOptions {
  /** The store lies in `store` below it. */
  directory: string
  name: string
  port: number
  /** The NameServers it registers with: `host:port;host:port`. */
  namesrv: string
  properties: Readonly<Record<string, string>>
}

/** One process of a cluster. */
export interface RunningPart {
  /** kill -9. */
  kill(): Promise<void>
}

export interface ServerProgram {
  readonly kind: ServerKind
  /** NameServer and broker, which has registered. */
  start(options: ServerOptions): Promise<RunningServer>
  /** It listens. */
  startNameServer(options: NameServerOptions): Promise<RunningPart>
  /** It listens; whether it has registered, NameServers know. */
  startBroker(options: BrokerOptions): Promise<RunningPart>
}

/** One side of a comparison. */
export interface Side {
  /** `apache`, `cometmq`, or `apache#2` when a program is compared with itself. */
  readonly label: string
  readonly program: ServerProgram
  /** Where its main server listens; servers of single scenarios use ports a little above. */
  readonly namesrvPort: number
  readonly brokerPort: number
}

/** How far from the main server's ports others listen, so that all can run at the same time. */
export const portStep = {
  disk: { '5.5.0': 20, '4.9.7': 60 },
  kill9: 40,
  kill9OnItsOwn: 80,
  cluster: 100,
  ownServer: 140,
} as const

/** The side as it is, on other ports. */
export function shifted(side: Side, by: number): Side {
  return { ...side, namesrvPort: side.namesrvPort + by, brokerPort: side.brokerPort + by }
}

/**
 * Both programs run with these: a cold JVM on a busy machine would otherwise answer "broker busy" to the first sends,
 * log files of 1 GB would fill a small disk, and open transactions would first be looked at after half a minute.
 */
export const commonProperties: Readonly<Record<string, string>> = {
  mappedFileSizeCommitLog: String(64 * 1024 * 1024),
  waitTimeMillsInSendQueue: '10000',
  waitTimeMillsInPullQueue: '30000',
  waitTimeMillsInHeartbeatQueue: '30000',
  osPageCacheBusyTimeOutMills: '10000',
  enablePropertyFilter: 'true',
  transactionTimeOut: '5000',
  transactionCheckInterval: '3000',
  transactionOpBatchInterval: '500',
  recallMessageEnable: 'true',
}

export async function assertFree(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    if (await accepts(port)) throw new Error(`port ${port} is in use; stop what listens there, the rig needs it`)
  }
}
