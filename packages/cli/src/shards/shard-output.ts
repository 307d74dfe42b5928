/** What a shard says of itself when it serves, in the words of `--json`. */
export interface ShardReady {
  readonly broker: string
  readonly brokerName: string
  readonly cluster: string
  readonly advertised: string
  readonly nameServers: readonly string[]
  readonly store: string
}

/** The announcement in a line of a shard's output stream; `undefined` when it is another line. */
export function readReady(line: string): ShardReady | undefined {
  if (!line.startsWith('{"event":"ready",')) return undefined
  return JSON.parse(line) as ShardReady
}

/** A line of a shard with its name: as a field where the line is JSON, in front where it is text. */
export function markedLine(name: string, line: string): string {
  return line.startsWith('{"') ? `{"shard":${JSON.stringify(name)},${line.slice(1)}` : `${name} | ${line}`
}
