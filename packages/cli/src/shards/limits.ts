/** How long and how often, for the processes of shards. */
export const shardLimits = {
  /** The first restart waits so long, each further one in a row twice as long as the one before … */
  firstRestartMs: 1_000,
  /** … and none longer. */
  longestRestartMs: 30_000,
  /** After so many in a row a shard is given up: what ends it so often is not mended by another start. */
  restartsInARow: 10,
  /** One that has served so long has recovered: the next restart is the first in a row. */
  steadyAfterMs: 60_000,
  /** A shard that has not closed by then is killed. Its store recovers from that, as from any crash. */
  closeMs: 60_000,
} as const
