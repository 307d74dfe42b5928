import { type Address, type LogLevel, logLevels } from '@cometmq/platform'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { SendOptions } from './commands/send.ts'
import type { ShardedOptions } from './commands/sharded.ts'
import type { CheckCommandOptions } from './commands/store-check.ts'
import type { RepairCommandOptions } from './commands/store-repair.ts'
import type { TailOptions } from './commands/tail.ts'
import { parseAddresses } from './config/option-schema.ts'
import type { ServerOptions } from './config/server-options.ts'
import { mostShards, parseShard, type Shard } from './config/shard.ts'
import { failureLine } from './startup/failure.ts'
import type { Terminal } from './terminal.ts'
import { version } from './version.ts'
import type { World } from './world.ts'

const defaultNameServer = '127.0.0.1:9876'

/** Runs one command line to its end. Resolves to the exit code. */
export async function program(
  args: readonly string[],
  terminal: Terminal,
  makeWorld: () => Promise<World>,
): Promise<number> {
  let isDebugging = false
  let exitCode = 0
  const running = commandLine(async (run, options) => {
    isDebugging = (options as { logLevel?: LogLevel }).logLevel === 'debug'
    const result = await run(await makeWorld(), terminal)
    if (typeof result === 'number') exitCode = result
  }).parseAsync([...args], { from: 'user' })
  try {
    await running
    return exitCode
  } catch (error) {
    terminal.remark(failureLine(error, isDebugging))
    return 1
  }
}

/** A command whose code has been loaded and whose options are known. A number that it resolves to is the exit code. */
type Run = (world: World, terminal: Terminal) => Promise<unknown>
type Runner = (run: Run, options: object) => Promise<void>

function commandLine(runner: Runner): Command {
  const root = new Command('cometmq')
    .description('RocketMQ without a JVM: NameServer and broker in one command.')
    .version(version(), '--version')
    .helpOption('--help', 'say how to use it')
    .helpCommand(false)
    .showHelpAfterError('(--help says how to use it)')
    .addHelpText('after', examples('standalone', "send Hello 'first message'", 'tail Hello'))

  server(root.command('standalone'), 'run a NameServer and a broker in one process')
    .addOption(namesrvPort())
    .addOption(brokerPort())
    .addOption(shards())
    .addHelpText(
      'after',
      examples(
        'standalone',
        'standalone --data /var/lib/cometmq --advertise 192.168.1.7',
        'standalone --config broker.conf --broker-port 10921',
        'standalone --shards 4',
      ),
    )
    .action(async (options: ServerOptions) => {
      if (isSharded(options)) return runSharded('standalone', options, runner)
      const { standalone } = await import('./commands/standalone.ts')
      await runner((world, terminal) => standalone(options, world, terminal), options)
    })
  server(root.command('namesrv'), 'run a NameServer alone')
    .addOption(namesrvPort())
    .addHelpText('after', examples('namesrv', 'namesrv --listen 10.0.0.1 --config namesrv.conf'))
    .action(async (options: ServerOptions) => {
      const { namesrv } = await import('./commands/namesrv.ts')
      await runner((world, terminal) => namesrv(options, world, terminal), options)
    })
  server(root.command('broker'), 'run a broker alone')
    .addOption(brokerPort())
    .addOption(advertise())
    .option(
      '--namesrv <addresses>',
      `NameServers to register with: host:port;host:port (default: namesrvAddr of the file, else ${defaultNameServer})`,
      addresses,
    )
    .addOption(shards())
    .addOption(new Option('--shard <number/count>').argParser(shard).hideHelp())
    .addHelpText('after', examples("broker --namesrv '10.0.0.1:9876;10.0.0.2:9876' --config broker.conf"))
    .action(async (options: ServerOptions) => {
      if (isSharded(options)) return runSharded('broker', options, runner)
      const { broker } = await import('./commands/broker.ts')
      await runner((world, terminal) => broker(options, world, terminal), options)
    })
  client(root.command('send'), 'send a message')
    .argument('<topic>', 'created when it is new')
    .argument('<body>', 'text of the message')
    .option('--tag <tag>', 'tag that consumers may filter by')
    .option('--key <keys>', 'keys to find the message by, separated by blanks')
    .option('--count <n>', 'send it so many times', count, 1)
    .addHelpText(
      'after',
      examples(
        "send Hello 'first message'",
        'send Orders \'{"id":1}\' --tag created --key order-1',
        'send Load x --count 1000 --json',
      ),
    )
    .action(async (topic: string, body: string, options: SendOptions) => {
      const { send } = await import('./commands/send.ts')
      await runner((world, terminal) => send(topic, body, options, world, terminal), options)
    })
  client(root.command('tail'), 'print the messages of a topic as they arrive')
    .argument('<topic>', 'waited for when it does not exist yet')
    .addOption(new Option('--from <position>', 'where to begin').choices(['first', 'last']).default('first'))
    .option('--group <group>', 'consumer group to read as; its offsets are left alone', 'TOOLS_CONSUMER')
    .option('--count <n>', 'end after so many messages', count)
    .addHelpText('after', examples('tail Hello', 'tail Orders --from last --json', 'tail Hello --count 1'))
    .action(async (topic: string, options: TailOptions) => {
      const { tail } = await import('./commands/tail.ts')
      await runner((world, terminal) => tail(topic, options, world, terminal), options)
    })
  storeCommands(root.command('store').description('look after a store directory whose broker is stopped'), runner)
  return root
}

function isSharded(options: ServerOptions): options is ShardedOptions {
  return options.shards !== undefined && options.shards > 1
}

async function runSharded(command: 'standalone' | 'broker', options: ShardedOptions, runner: Runner): Promise<void> {
  const { sharded } = await import('./commands/sharded.ts')
  await runner((world, terminal) => sharded(command, options, world, terminal), options)
}

function storeCommands(store: Command, runner: Runner): void {
  store.helpOption('--help', 'say how to use it').helpCommand(false)
  offline(store.command('check'), 'hold everything in a store against its log, and change nothing')
    .option('--force', 'also while a broker uses it; what is being written can then look like damage', false)
    .addHelpText('after', exitCodes('nothing is wrong', 'damage was found', 'it could not be checked'))
    .addHelpText('after', examples('store check ./cometmq-data', 'store check /var/lib/rocketmq/store --json'))
    .action(async (directory: string, options: CheckCommandOptions) => {
      const { checkCommand } = await import('./commands/store-check.ts')
      await runner((world, terminal) => checkCommand(directory, options, world, terminal), options)
    })
  offline(
    store.command('repair'),
    'make queues, indexes and checkpoint again from the log; what was there is moved aside',
  )
    .option('--cut-log-at-damage', 'end the log at its first damage; what lies behind is moved aside', false)
    .addHelpText(
      'after',
      exitCodes('repaired', 'repaired, and a part of the log was given up', 'it could not be repaired'),
    )
    .addHelpText('after', examples('store repair ./cometmq-data', 'store repair ./cometmq-data --cut-log-at-damage'))
    .action(async (directory: string, options: RepairCommandOptions) => {
      const { repairCommand } = await import('./commands/store-repair.ts')
      await runner((world, terminal) => repairCommand(directory, options, world, terminal), options)
    })
}

function offline(command: Command, description: string): Command {
  command
    .description(description)
    .argument('<dir>', 'the store, or the data folder that holds it')
    .option('--commitlog <dir>', 'the folder of the log, when it is elsewhere (storePathCommitLog)')
    .option('--delay-levels <levels>', 'the delays of the levels, when they were changed (messageDelayLevel)')
  return common(command, 'warn')
}

function server(command: Command, description: string): Command {
  command
    .description(description)
    .option('--data <dir>', 'folder for everything it keeps; the store lies in <dir>/store (default: ./cometmq-data)')
    .option('--listen <host>', 'address to listen on (default: bindAddress of the file, else 0.0.0.0)')
    .option('--config <file>', "Apache's broker.conf or namesrv.conf; options given here win over it")
  if (command.name() === 'standalone') command.addOption(advertise())
  return common(command)
}

function client(command: Command, description: string): Command {
  command
    .description(description)
    .addOption(
      new Option('--namesrv <addresses>', 'NameServers to ask: host:port;host:port')
        .argParser(addresses)
        .default(addresses(defaultNameServer), defaultNameServer),
    )
  return common(command, 'warn')
}

function common(command: Command, level: LogLevel = 'info'): Command {
  return command
    .addOption(new Option('--log-level <level>', 'what to log').choices(logLevels).default(level))
    .option('--json', 'print JSON lines instead of text', false)
    .helpOption('--help', 'say how to use it')
}

const advertise = () =>
  new Option(
    '--advertise <host>',
    'address that clients are told to connect to (default: brokerIP1 of the file, else the address it listens on, else 127.0.0.1)',
  )
const namesrvPort = () =>
  new Option('--namesrv-port <port>', 'port of the NameServer (default: 9876); 0 takes a free one').argParser(port)
const brokerPort = () =>
  new Option(
    '--broker-port <port>',
    'port of the broker (default: listenPort of the file, else 10911); 0 takes a free one',
  ).argParser(port)

const shards = () =>
  new Option(
    '--shards <n>',
    'run so many brokers, each in a process of its own: broker-a, broker-a-1, …, ten ports apart, in <dir>/store, <dir>/shards/1/store, …',
  ).argParser(shardCount)

function shardCount(text: string): number {
  const number = /^[1-9]\d?$/.test(text) ? Number(text) : 0
  if (number < 1 || number > mostShards) throw new InvalidArgumentError(`It is a number from 1 to ${mostShards}.`)
  return number
}

function shard(text: string): Shard {
  const parsed = parseShard(text)
  if (parsed === undefined) throw new InvalidArgumentError('It is number/count.')
  return parsed
}

function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535.')
  return Number(text)
}

function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is a number from 1 to 999999999.')
  return Number(text)
}

function addresses(text: string): Address[] {
  const parsed = parseAddresses(text)
  if (parsed === undefined || parsed.length === 0)
    throw new InvalidArgumentError('It is host:port, several separated by semicolons.')
  return parsed
}

function exitCodes(...meanings: string[]): string {
  return `\nExit codes:\n${meanings.map((meaning, code) => `  ${code}  ${meaning}`).join('\n')}`
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  npx cometmq ${line}`).join('\n')}`
}
