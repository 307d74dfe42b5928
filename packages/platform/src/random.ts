/** Randomness as an argument, so that a run can be repeated from its seed. */
export interface Random {
  /** A uniformly distributed integer in `0 … bound - 1`; `bound` is a positive int32. */
  int(bound: number): number
  /** A uniformly distributed number in `[0, 1)`. */
  float(): number
  /** `length` random bytes. */
  bytes(length: number): Buffer
}
