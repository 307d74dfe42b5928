import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Writes conf/namesrv.conf, conf/broker.conf and the log settings without which 4.x does not start. */
export function writeConfiguration(
  home: string,
  ports: { namesrv: number; broker: number; namesrvSeenByBroker: number },
  options: Record<string, string | number>,
): void {
  mkdirSync(join(home, 'conf'), { recursive: true })
  writeProperties(join(home, 'conf/namesrv.conf'), {
    listenPort: ports.namesrv,
    rocketmqHome: home,
    kvConfigPath: join(home, 'kvConfig.json'),
  })
  writeProperties(join(home, 'conf/broker.conf'), {
    brokerClusterName: 'DefaultCluster',
    brokerName: 'broker-a',
    brokerId: 0,
    brokerIP1: '127.0.0.1',
    listenPort: ports.broker,
    namesrvAddr: `127.0.0.1:${ports.namesrvSeenByBroker}`,
    storePathRootDir: join(home, 'store'),
    storePathCommitLog: join(home, 'store/commitlog'),
    rocketmqHome: home,
    enablePropertyFilter: 'true',
    timerWheelEnable: 'false',
    ...options,
  })
  for (const name of ['namesrv', 'broker', 'tools']) writeFileSync(join(home, `conf/logback_${name}.xml`), LOGBACK)
}

const LOGBACK = `<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender"><target>System.err</target><encoder><pattern>%d %p %c{0} %m%n</pattern></encoder></appender>
  <root level="WARN"><appender-ref ref="out"/></root>
</configuration>
`

function writeProperties(path: string, entries: Record<string, string | number>): void {
  writeFileSync(
    path,
    Object.entries(entries)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  )
}
