/** Deeper nesting is refused: no RocketMQ body goes beyond ten, and reader and writer recurse. */
export const maxDepth = 100
/** Values that all references of one text may copy together: a few bytes of text must not become gigabytes of values. */
export const maxCopiedValues = 100_000
