/** Bits of `perm` in topic configurations and routes. */
export const permission = {
  /** The topic may serve as the template of others. */
  INHERIT: 1,
  WRITE: 2,
  READ: 4,
  PRIORITY: 8,
} as const
