import { expectedOf } from './cluster/steps.ts'
import type { OwnServerName } from './own-server/own-servers.ts'
import type { Fact } from './results.ts'
import { type ApacheRelease, apacheReleases, type ServerKind } from './servers.ts'

/** Which programs can run a scenario. */
export type ClientKind = 'java' | 'ali-ons' | 'mqadmin' | 'disk' | 'kill-9' | 'cluster'

export interface Scenario {
  readonly name: string
  /** One line for people; COMPAT.md shows it. */
  readonly title: string
  /** The part of RocketMQ it belongs to. */
  readonly area:
    | 'send'
    | 'consume'
    | 'group'
    | 'pull'
    | 'messages'
    | 'queues'
    | 'transactions'
    | 'requests'
    | 'timers'
    | 'pop'
    | 'errors'
    | 'other languages'
    | 'administration'
    | 'cluster'
    | 'disk'
    | 'durability'
  readonly client: ClientKind
  /** The only client that knows of it. */
  readonly only?: 'java-5.5.0'
  /** It runs on a server of its own, which others do not use at the same time; only where Java clients run it. */
  readonly server?: OwnServerName
  /** Measured with nothing else running. */
  readonly alone?: true
  /** Upper bounds of measurements, kept by CometMQ. */
  readonly bounds?: Readonly<Record<string, number>>
  /** Who fills the store that is exchanged, how it ends, and the release that Apache's side is of. */
  readonly disk?: { readonly writer: ServerKind; readonly killed: boolean; readonly apache: ApacheRelease }
  /** Facts that are known beforehand, on every server. */
  readonly expected?: Readonly<Record<string, Fact>>
  /** The same, on CometMQ alone. */
  readonly promised?: Readonly<Record<string, Fact>>
}

/** Far below the 20 s after which a client looks by itself; most of it is the pause of a second that the Java client makes between two rebalances. */
const membershipNoticedMs = 5_000
const both = { joined: true, tookOver: true, secondWorks: true }
const kept = {
  missingKinds: [],
  equal: true,
  offsetsEqual: true,
  appended: true,
  delaysKept: true,
  configurationKept: true,
  logKept: true,
  roundTripEqual: true,
  acknowledgedLost: 0,
  misplaced: 0,
  holes: 0,
}

/** Each side writes and the other opens, after a clean stop and after kill -9 under load. */
function diskScenarios(release: ApacheRelease): readonly Scenario[] {
  const apache = release === '5.5.0' ? 'apache' : `apache-${release}`
  const of = (name: string, title: string, disk: Omit<NonNullable<Scenario['disk']>, 'apache'>): Scenario => ({
    ...{
      name,
      title,
      area: 'disk',
      client: 'disk',
      expected: release === '5.5.0' ? { ...kept, timersKept: true } : kept,
    },
    disk: { ...disk, apache: release },
  })
  const byApache = `${apache}-to-cometmq`
  const byCometmq = `cometmq-to-${apache}`
  return [
    of(`disk-${byApache}`, `A store of Apache RocketMQ ${release} is opened by CometMQ`, {
      writer: 'apache',
      killed: false,
    }),
    of(`disk-${byCometmq}`, `A store of CometMQ is opened by Apache RocketMQ ${release}`, {
      writer: 'cometmq',
      killed: false,
    }),
    of(`disk-${byApache}-killed`, `The same after kill -9 of the Apache broker ${release} under load, on IPv6`, {
      writer: 'apache',
      killed: true,
    }),
    of(`disk-${byCometmq}-killed`, `The same after kill -9 of CometMQ under load, on IPv6, by Apache ${release}`, {
      writer: 'cometmq',
      killed: true,
    }),
  ]
}

/** Titles by name; the steps are in `admin/steps.ts`. */
function administration(titles: Readonly<Record<string, string>>): Scenario[] {
  return Object.entries(titles).map(([name, title]) => ({ name, title, area: 'administration', client: 'mqadmin' }))
}

export const scenarios: readonly Scenario[] = [
  // Long ones first: they run side by side, and the last one started decides how long all take.
  {
    name: 'dead-letters',
    title: 'A message that failed as often as it may goes to the dead letters of its group',
    area: 'consume',
    client: 'java',
    expected: { 'buried.duplicates': 0 },
  },
  {
    name: 'delay-levels',
    title: 'Messages of a delay level come when it has passed, and not before',
    area: 'timers',
    client: 'java',
    expected: { early: 0 },
  },
  {
    name: 'light-queues',
    title: 'A message in light queues (`%LMQ%`) besides its own, with an offset in each',
    area: 'queues',
    client: 'java',
  },
  {
    name: 'light-queue-quota',
    title: 'More light queues than `maxLmqConsumeQueueNum`: what would make one is refused, what is there goes on',
    area: 'queues',
    client: 'java',
    server: 'limited',
    expected: { lost: 0, strangers: 0 },
    promised: { namesLimit: true },
  },
  { name: 'retry-after-failure', title: 'A message whose listener fails comes again', area: 'consume', client: 'java' },
  {
    name: 'retry-resent',
    title: 'When the broker refuses to take a failed message back, the client sends it to the retry topic itself',
    area: 'consume',
    client: 'java',
    expected: { early: 0 },
  },
  {
    name: 'broadcast-forbidden',
    title: 'A group that may not broadcast is refused, until it may',
    area: 'group',
    client: 'java',
    expected: { seenMeanwhile: 0, seen: true },
  },
  {
    name: 'delay-levels-configured',
    title: 'Delays of `messageDelayLevel`; a level beyond the last is the last',
    area: 'timers',
    client: 'java',
    server: 'limited',
    expected: { early: 0, lost: 0 },
  },
  {
    name: 'orderly-crash',
    title:
      'An orderly consumer whose connection breaks is replaced when its locks have expired, in order; also where one queue orders all',
    area: 'group',
    client: 'java',
    expected: {
      ...{ bothWork: true, singleWorks: true, otherTakesOver: true, overlaps: 0, disorders: 0 },
      ...{ 'single.overlaps': 0, 'single.disorders': 0, globalOrder: true },
    },
  },
  {
    name: 'orderly-handover',
    title: 'Orderly consumers hand queues over without overlap or gap',
    area: 'group',
    client: 'java',
    expected: { overlaps: 0, disorders: 0 },
  },
  {
    name: 'group-join-leave',
    title: 'A consumer that joins or leaves its group is noticed at once',
    area: 'group',
    client: 'java',
    bounds: { joinMs: membershipNoticedMs, leaveMs: membershipNoticedMs },
    expected: both,
  },
  {
    name: 'group-crash',
    title: 'A consumer whose connection breaks is replaced at once',
    area: 'group',
    client: 'java',
    bounds: { joinMs: membershipNoticedMs, leaveMs: membershipNoticedMs },
    expected: both,
  },
  {
    name: 'transaction-commit',
    title: 'Committed transactions are consumed, with what they were sent with',
    area: 'transactions',
    client: 'java',
    expected: { allConsumed: true },
  },
  {
    name: 'transaction-rollback',
    title: 'Rolled back and open transactions are not consumed, and hold up nobody',
    area: 'transactions',
    client: 'java',
    expected: { seen: 0, othersConsumed: true },
  },
  {
    name: 'transaction-check',
    title: 'A producer that does not know yet is asked again, until it commits or rolls back',
    area: 'transactions',
    client: 'java',
    expected: { allAskedTwice: true, committedConsumed: true },
  },
  {
    name: 'transaction-failover',
    title: 'Another producer of the group answers for one whose connection broke',
    area: 'transactions',
    client: 'java',
    expected: { consumed: true, otherAsked: true },
  },
  {
    name: 'transaction-delay',
    title: 'A delay level of a transaction begins with its commit',
    area: 'transactions',
    client: 'java',
    bounds: { delayedMs: 20_000 },
    expected: { committed: 0, early: false },
    promised: { consumed: true },
  },
  {
    name: 'transaction-refusals',
    title: 'Decisions that are refused, with the same codes',
    area: 'transactions',
    client: 'java',
  },
  {
    name: 'request-reply',
    title: 'Requests that consumers answer: synchronous, asynchronous, too late',
    area: 'requests',
    client: 'java',
    expected: { sync: 20, async: 20, large: 50_000, refused: [] },
  },
  {
    name: 'request-refusals',
    title: 'Replies that are refused, with the same codes',
    area: 'requests',
    client: 'java',
  },
  {
    name: 'message-trace',
    title: 'What producer and consumer trace of a message is found by its id',
    area: 'messages',
    client: 'java',
    expected: { consumed: true, traced: true },
  },
  {
    name: 'timer-delivery',
    title: 'Messages come at a time of their own, and not before',
    area: 'timers',
    client: 'java',
    expected: { allConsumed: true, early: [], twice: 0 },
  },
  {
    name: 'timer-recall',
    title: 'A message that waits is taken back; what is refused',
    area: 'timers',
    client: 'java',
    expected: { recalled: true, othersConsumed: true, seen: ['k1', 'k3'] },
  },
  {
    name: 'timer-figures',
    title: 'How far timers are, and how many wait for each topic, as a slave asks for it',
    area: 'timers',
    client: 'java',
    expected: { allWait: true, oneCame: true, readOn: true },
  },
  { name: 'timer-refusals', title: 'Times that are refused, with the same codes', area: 'timers', client: 'java' },
  {
    name: 'pop-push',
    title: 'POP push consumers of one group share all queues, and none of the messages is lost',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
    expected: { lost: 0, allPopped: true },
  },
  {
    name: 'pop-retry',
    title: 'A message whose listener fails comes again to a POP push consumer',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
    expected: { again: true, sameTopic: true },
  },
  {
    name: 'pop-again',
    title: 'What was popped and not acknowledged comes again, marked as such; what was acknowledged does not',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
    expected: { again: true },
  },
  {
    name: 'pop-kill-9',
    title: 'Popped before kill -9: what was not acknowledged comes again when its time is over, and what was does not',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
    server: 'limited',
    expected: { allAgain: true, inRetryTopic: true, lost: 0, 'push.lost': 0, 'push.again.lost': 0 },
    promised: { early: 0, acknowledgedAgain: 0 },
  },
  {
    name: 'pop-order',
    title: 'Popped in order: one batch at a time, attempts, counts, offsets',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
    expected: { after: true },
  },
  {
    name: 'pop-handles',
    title: 'Pop, acknowledge, change the invisible time, be notified: fields and codes',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
  },
  {
    name: 'pop-assignment',
    title: 'Queues that the broker allots, to pull and to pop',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
  },
  {
    name: 'pop-refusals',
    title: 'POP requests that are refused, with the same codes',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
  },
  {
    name: 'priority-queues',
    title: 'The queue of a message is its priority; a delayed or an ordered message has none',
    area: 'messages',
    client: 'java',
    only: 'java-5.5.0',
  },
  {
    name: 'priority-pop',
    title: 'In a topic of priorities a pop begins with the highest, as often as `priority.factor` says',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
    expected: { popped: [3, 2, 1, 0] },
  },
  {
    name: 'priority-push',
    title: 'A POP push consumer is given what has waited by its priority',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
    expected: { allSeen: true, order: [3, 2, 1, 0] },
  },
  { name: 'tag-filter', title: 'Tag filters, also with tags whose hashes collide', area: 'consume', client: 'java' },
  { name: 'sql-filter', title: 'SQL92 filters, and an expression that is none', area: 'consume', client: 'java' },
  { name: 'sync-send', title: 'Synchronous send', area: 'send', client: 'java' },
  { name: 'async-send', title: 'Asynchronous send, 256 in flight', area: 'send', client: 'java' },
  { name: 'oneway-send', title: 'One-way send', area: 'send', client: 'java' },
  { name: 'batch-send', title: 'Batches', area: 'send', client: 'java' },
  {
    name: 'selector-send',
    title: 'Queue selector: one key, one queue, in order',
    area: 'send',
    client: 'java',
    expected: { ordered: true, oneQueuePerKey: true },
  },
  { name: 'auto-create-topic', title: 'Topics are created by the first send', area: 'send', client: 'java' },
  { name: 'push-concurrent', title: 'Push consumer, concurrent listener', area: 'consume', client: 'java' },
  {
    name: 'push-orderly',
    title: 'Push consumer, orderly listener',
    area: 'consume',
    client: 'java',
    expected: { overlaps: 0, disorders: 0 },
  },
  {
    name: 'orderly-retry',
    title: 'A failing message holds its queue and comes again in order',
    area: 'consume',
    client: 'java',
  },
  {
    name: 'topic-priority',
    title: 'Topics for what is urgent and what is not: a backlog of the one does not hold up the other',
    area: 'consume',
    client: 'java',
    expected: { urgentSeen: true },
  },
  { name: 'broadcasting', title: 'Broadcasting: every consumer sees every message', area: 'consume', client: 'java' },
  {
    name: 'restart-at-committed',
    title: 'A restarted consumer goes on at its committed offsets',
    area: 'consume',
    client: 'java',
  },
  { name: 'pull-consumer', title: 'Pull consumer: statuses, offsets, tags', area: 'pull', client: 'java' },
  {
    name: 'pull-block',
    title: 'A pull that waits is answered when a message arrives',
    area: 'pull',
    client: 'java',
    alone: true,
    bounds: { answeredMs: 250 },
  },
  { name: 'lite-pull-subscribe', title: 'Lite pull consumer, subscribing', area: 'pull', client: 'java' },
  { name: 'lite-pull-assign', title: 'Lite pull consumer, assigned queues and seek', area: 'pull', client: 'java' },
  {
    name: 'large-bodies',
    title: 'Bodies of 1 MiB and 4 MiB; larger ones are refused',
    area: 'messages',
    client: 'java',
  },
  {
    name: 'compressed-body',
    title: 'Bodies that the client compresses, with zlib, LZ4 and Zstandard',
    area: 'messages',
    client: 'java',
  },
  { name: 'long-strings', title: 'Long topic names and property values', area: 'messages', client: 'java' },
  {
    name: 'unicode-properties',
    title: 'Many properties, text of all planes of Unicode',
    area: 'messages',
    client: 'java',
  },
  {
    name: 'queue-offsets',
    title: 'Least, greatest and earliest offset, search by time',
    area: 'queues',
    client: 'java',
  },
  { name: 'query-message', title: 'Messages by key and by unique key', area: 'queues', client: 'java' },
  { name: 'view-message', title: 'A single message by its offset id', area: 'queues', client: 'java' },
  {
    name: 'busy-sends',
    title:
      'More sends at once than the broker has room for: refused, sent again by the client, none lost and none twice',
    area: 'errors',
    client: 'java',
    server: 'tight',
    expected: { 'async.codes': [2], 'async.overload': true, lost: 0, strangers: 0, duplicates: 0 },
    promised: { 'async.namesLimit': true, 'sync.namesLimit': true },
  },
  {
    name: 'busy-pulls',
    title: 'More pulls at once than the broker has room for: refused, pulled again by the client, none lost',
    area: 'errors',
    client: 'java',
    server: 'tight',
    expected: { codes: [2], overload: true, someFound: true },
    promised: { namesLimit: true },
  },
  {
    name: 'busy-disk',
    title: 'Writes that take longer than `osPageCacheBusyTimeOutMills`: further sends are refused, and none is lost',
    area: 'errors',
    client: 'java',
    server: 'tight',
    expected: { codes: [2], allSayBusy: true, lost: 0, strangers: 0, duplicates: 0 },
    promised: { namesLimit: true },
  },
  { name: 'refused-sends', title: 'Sends that are refused, with the same codes', area: 'errors', client: 'java' },
  { name: 'refused-pulls', title: 'Pulls that are refused, with the same codes', area: 'errors', client: 'java' },
  {
    name: 'refused-questions',
    title: 'Other requests that are refused, with the same codes',
    area: 'errors',
    client: 'java',
  },
  {
    name: 'push-latency',
    title: 'A waiting push consumer sees a message within milliseconds of its send',
    area: 'consume',
    client: 'java',
    alone: true,
    bounds: { medianMs: 5 },
  },
  { name: 'ali-ons-send', title: 'npm ali-ons: producer', area: 'other languages', client: 'ali-ons' },
  { name: 'ali-ons-push', title: 'npm ali-ons: push consumer', area: 'other languages', client: 'ali-ons' },
  { name: 'ali-ons-tags', title: 'npm ali-ons: push consumer with tags', area: 'other languages', client: 'ali-ons' },
  ...administration({
    'admin-topics': 'Topics made, changed with attributes, listed, ordered, deleted; what is refused',
    'admin-shrink': 'Queues to write and to read apart: from 16 to 8 without loss',
    'admin-permissions': 'Topics only to write, only to read; more queues to read than to write, and fewer of both',
    'admin-groups': 'Consumer groups made, changed with attributes and retry policy, deleted',
    'admin-clients': 'Who is connected, what consumers do, how far they are',
    'admin-offsets':
      'Offsets reset by time, to the millisecond, and by number, skipped, cloned; consumers connected and not',
    'admin-messages': 'Messages by id, key and offset, sent, read, given to one consumer',
    'admin-stats': 'How much was sent to a topic and read by its groups',
    'admin-slow': 'A group that has fallen behind: by how much, and what switches it off',
    'admin-trace': 'The trace of a message by its id',
    'admin-servers':
      'Cluster, broker and NameServer: state, options read and changed at run time; topics in strict order',
  }),
  {
    name: 'admin-static-topics',
    title: 'Static (logical) topics: refused, and nothing is left of them',
    area: 'administration',
    client: 'mqadmin',
    promised: {
      '01 updateStaticTopic -c DefaultCluster -t AL1 -qn 4': ['refused with 3: static (logical) topics '],
      '02 topicRoute -t AL1': ['refused with 17: No topic route info in n'],
    },
  },
  {
    name: 'cluster',
    title:
      'Three brokers and two NameServers: what is made everywhere; a broker, then a NameServer is killed, and comes back',
    area: 'cluster',
    client: 'cluster',
    expected: expectedOf('cluster'),
  },
  {
    name: 'cluster-order',
    title:
      'A strictly ordered topic refuses what belongs to a broker that is away, and keeps its order over the return',
    area: 'cluster',
    client: 'cluster',
    expected: expectedOf('cluster-order'),
  },
  ...apacheReleases.flatMap(diskScenarios),
  {
    name: 'kill-9',
    title: 'Killed again and again under load: nothing acknowledged is lost',
    area: 'durability',
    client: 'kill-9',
    expected: { acknowledgedLost: 0, misplaced: 0, unseen: 0, holes: 0 },
  },
]

export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name)
  if (found === undefined)
    throw new Error(
      `there is no scenario ${name}; the names are ${scenarios.map((scenario) => scenario.name).join(', ')}`,
    )
  return found
}
