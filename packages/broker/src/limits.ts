/** Bounds of the broker that RocketMQ has no property for, with what happens at them; lanes have theirs in `routes.ts`. */
export const brokerLimits = {
  /** The longest a pull is held, whatever the client asks. */
  holdMs: 60_000,
  /** How often held pulls are checked against their deadlines. */
  holdScanMs: 500,
  /** How often silent clients are looked for. */
  clientScanMs: 10_000,
  /** Topics of a broker; one more is refused with a remark. */
  topics: 200_000,
  /** Consumer groups of a broker; one more is refused with a remark. */
  groups: 200_000,
  /** Queues of a topic. */
  queuesPerTopic: 65_535,
  /** How long a producer may take to acknowledge a reply to its request; then whoever replied is told that it did not arrive. */
  replyPushMs: 10_000,
  /** A lock on a queue ends so long after it was last renewed. */
  queueLockMs: 60_000,
  /** How long a change of a topic waits for NameServers to know of it. */
  announceWaitMs: 1_000,
  /** Queues whose consumers have not been told of a reset yet; one more is refused with a remark. */
  offsetResets: 100_000,
  /** Groups, each counted in each topic, of which it is known what they were given; one more is not counted. */
  countedReaders: 100_000,
  /** A configuration file is a few kilobytes; a larger one is not changed. */
  settingsFileBytes: 1024 * 1024,
  /** Statistics by name and key, each with its last minute, hour and day; one more is not counted. */
  statItems: 20_000,
  /** How often groups are looked through for those that read too far behind. RocketMQ: protectBroker, every 3 minutes. */
  slowGroupScanMs: 180_000,
  /** A longer timer log is not counted by topic, which reads all of it. */
  countedTimerLogBytes: 1024 ** 3,
  /** Queues and groups that one turn of the event loop looks at for statistics. */
  statStepsPerTurn: 1_000,
  /** Topics, or groups, in one page of an answer that the asker wants in pages. RocketMQ: `splitMetadataSize`. */
  pageOfNames: 2_000,
  /** How often the filters of groups that have gone are looked through. */
  filterScanMs: 60_000,
  /** SQL92 expressions that are kept compiled; the oldest goes first. */
  compiledFilters: 100,
  /** Decisions on transactions that wait to be written; one more is refused with SYSTEM_BUSY, and that transaction is checked later. */
  pendingDecisions: 100_000,
  /** The last decided half messages, which are remembered (and up to twice as many), so that a decision told twice takes effect once; more than `pendingDecisions`. */
  knownDecisions: 200_000,
  /** The last half messages that were appended again, whose new place is remembered (and up to twice as many); a late decision on an older one leaves its copy open, to be checked. */
  movedHalfMessages: 50_000,
  /** Half messages that one round of checks goes through; the rest is left to the next round. */
  halfMessagesPerRound: 1_048_576,
  /** How long one round of checks takes at most; the rest is left to the next round. RocketMQ: MAX_PROCESS_TIME_LIMIT. */
  checkRoundMs: 60_000,
  /** Half messages that are appended again before the position is written, and their producers are asked. */
  checksAtOnce: 256,
  /** Bytes of their bodies. */
  checkBytesAtOnce: 16 * 1024 * 1024,
  /** Batches that were popped and are not done; a pop beyond is answered POLLING_FULL, and nothing is handed out until some are acknowledged or come again. */
  openBatches: 200_000,
  /** Records of one queue of the revive topic that are remembered until they can be read; with one more all are forgotten, and read from the topic. */
  saidReviveRecords: 8_192,
  /** Batches of which acknowledgements are remembered though they are not open (and up to twice as many); what was acknowledged of older ones, of an Apache broker, comes again. */
  earlyAcks: 10_000,
  /** Batches of which the messages that were not acknowledged are brought again at once; the others wait for their turn. */
  revivalsAtOnce: 64,
  /** Records of the revive topic behind one of which something is open; an older one is noted again at the end. */
  reviveSpan: 200_000,
  /** Batches that were popped in the last seconds before a crash, behind which the groups are moved at the start; those of more are popped again. */
  replayedCheckPoints: 500_000,
  /** How old such a record gets before it is noted again, so that retention does not remove it. */
  reviveRecordMs: 6 * 60 * 60 * 1_000,
  /** Records of a queue that are noted again in a second. */
  renewalsAtOnce: 32,
  /** Queues of groups that are popped in order; a pop of one more is refused with SYSTEM_BUSY. */
  orderBatches: 100_000,
  /** Topics of groups of which an administrator has said whether they are pulled or popped; one more is refused with a remark. */
  messageRequestModes: 100_000,
  /** Topics whose queues on other brokers are remembered; the one that was asked for longest ago goes first. */
  knownRoutes: 10_000,
} as const
