import { type NameServerOptions, nameServerOptionsSchema } from '@cometmq/namesrv'
import { checked, given, type ServerSettings } from './server-settings.ts'

/** In a file for a broker and a NameServer these speak of the broker. */
const brokersOwn: ReadonlySet<string> = new Set(['listenPort', 'configBlackList', 'configStorePath'])

/** @throws ConfigError */
export function nameServerConfig(settings: ServerSettings, isBesideBroker: boolean): NameServerOptions {
  const { listen, namesrvPort } = settings.options
  const fromFile = settings.file.take(nameServerOptionsSchema, isBesideBroker ? brokersOwn : undefined)
  settings.replaces(listen, '--listen', 'bindAddress')
  if (!isBesideBroker) settings.replaces(namesrvPort, '--namesrv-port', 'listenPort')
  return checked(nameServerOptionsSchema, {
    kvConfigPath: `${settings.dataDirectory}/namesrv/kvConfig.json`,
    configStorePath: `${settings.dataDirectory}/namesrv/namesrv.properties`,
    ...fromFile,
    ...given({ host: listen, port: namesrvPort }),
  })
}
