/** The import table: what the sources of a package may import of the others. A package stands for its main export, a path for one of its exports. */
const everyProtocol = [
  'protocol',
  'protocol/message',
  'protocol/commands',
  'protocol/commands/admin',
  'protocol/commands/pop',
  'protocol/bodies',
]

export const mayImport: Readonly<Record<string, readonly string[]>> = {
  platform: [],
  protocol: ['platform'],
  remoting: ['platform', ...everyProtocol],
  store: ['platform', 'protocol/message'],
  namesrv: ['platform', ...everyProtocol, 'remoting'],
  broker: ['platform', ...everyProtocol, 'remoting', 'store', 'store/format', 'store/timer'],
  cli: ['platform', 'platform/node', ...everyProtocol, 'remoting', 'store', 'store/check', 'namesrv', 'broker'],
  testkit: ['platform', ...everyProtocol, 'remoting', 'store', 'namesrv', 'broker'],
}

/** Where the ways out of the process are: everything else takes them as arguments, so that a run can be repeated. */
export const mayLeaveTheProcess: readonly string[] = [
  'packages/platform/src/node/',
  'packages/cli/src/main.ts',
  // A simulated clock waits for the real one's turns, and contract suites try the real machine.
  'packages/testkit/src/',
]

/** Modules of Node that lead out of the process or depend on more than their arguments. */
export const outwardModules: ReadonlySet<string> = new Set(
  `child_process cluster dgram dns dns/promises fs fs/promises http http2 https inspector net os perf_hooks process readline repl sqlite timers
  timers/promises tls worker_threads`
    .split(/\s+/)
    .map((name) => `node:${name}`),
)

/** Globals that do the same, and what to take instead. */
export const outwardGlobals: readonly { pattern: RegExp; instead: string }[] = [
  { pattern: /\bDate\.now\b/g, instead: 'clock.now()' },
  { pattern: /\bnew Date\(\s*\)/g, instead: 'clock.now()' },
  { pattern: /\bMath\.random\b/g, instead: "platform's Random" },
  { pattern: /\b(?:randomUUID|randomBytes|randomInt|randomFillSync|getRandomValues)\b/g, instead: "platform's Random" },
  { pattern: /\bperformance\.now\b/g, instead: 'clock.monotonicMs()' },
  { pattern: /(?<![.\w#])(?:setTimeout|setInterval)\b/g, instead: 'clock.after or clock.every' },
  { pattern: /(?<![.\w#])setImmediate\b/g, instead: 'clock.endOfTick' },
  { pattern: /(?<![.\w#])process\.(?!nextTick)/g, instead: 'an argument of the caller' },
  { pattern: /(?<![.\w#])fetch\(/g, instead: "platform's Network" },
]
