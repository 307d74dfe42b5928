/** The largest frame, its length field included: 16 MiB, as RocketMQ's `com.rocketmq.remoting.frameMaxLength`. Larger ones close the connection. */
export const maxFrameBytes = 16 * 1024 * 1024
/**
 * The largest header. The properties of a message, at most 32 KiB, take up to six times as much as JSON; a header of 16 MiB of the shortest
 * fields would keep the process busy for seconds. Apache has no limit of its own.
 */
export const maxHeaderBytes = 512 * 1024
/** Length field and header length field. */
export const framePrefixBytes = 8
/** The release that we announce: V5_5_0. No version gate lies above 475. */
export const protocolVersion = 513
