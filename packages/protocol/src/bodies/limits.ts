/**
 * Values in a JSON body that anybody may send. A heartbeat with ten thousand subscriptions has fewer. A value costs some microseconds, so that
 * 16 MiB of the shortest would keep the process busy for many seconds.
 */
export const maxJsonValues = 100_000
/** Values in the tables of a whole broker or cluster. */
export const maxTableValues = 1_000_000
/** Topics, and mappings, in a compressed registration; as many as the other form holds in the largest frame. */
export const maxCompressedTopics = 100_000
/** Bytes of one topic in a compressed registration. */
export const maxTopicTextBytes = 64 * 1024
/** The most that a compressed registration may hold when inflated. */
export const maxInflatedBytes = 64 * 1024 * 1024
