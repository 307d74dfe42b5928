import { CometError } from '@cometmq/platform'

/** A file that the NameServer keeps cannot be read; starting without it would lose what it holds. */
export class KvConfigUnreadableError extends CometError {
  constructor(path: string, cause: unknown) {
    super(
      'NAMESRV_KV_CONFIG',
      `${path} holds no KV configuration that can be read, and neither does ${path}.bak; mend one of them, or move both away to start with an empty one`,
      { cause },
    )
  }
}

/** The NameServer is closing, and takes no more changes. */
export class KvConfigClosedError extends CometError {
  constructor() {
    super('NAMESRV_CLOSING', 'the NameServer is closing; ask another one', { retriable: true })
  }
}

/** An option has a value that it cannot have. */
export class OptionError extends CometError {
  constructor(option: string, reason: string) {
    super('NAMESRV_OPTION', `option ${option}: ${reason}`)
  }
}
