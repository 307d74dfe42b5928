import { isOutOfSpace, messageOf } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import { Refusal } from '@cometmq/remoting'
import { StoreError } from '@cometmq/store'

const codes: Record<string, number> = {
  STORE_MESSAGE_ILLEGAL: responseCode.MESSAGE_ILLEGAL,
  STORE_PROPERTIES_TOO_LONG: responseCode.MESSAGE_ILLEGAL,
  STORE_NOT_AVAILABLE: responseCode.SERVICE_NOT_AVAILABLE,
  STORE_DISK_FULL: responseCode.SERVICE_NOT_AVAILABLE,
  STORE_BUSY: responseCode.SYSTEM_BUSY,
  STORE_LIGHT_QUEUES_EXCEEDED: responseCode.LMQ_QUOTA_EXCEEDED,
}

/** Words that clients of Apache RocketMQ look for. */
const beginnings: Record<string, string> = {
  STORE_BUSY: '[PC_SYNCHRONIZED]broker busy, start flow control for a while: ',
  STORE_LIGHT_QUEUES_EXCEEDED: '[LMQ_CONSUME_QUEUE_NUM_EXCEEDED] ',
}

/** The refusal that tells a sender why the store did not take its message. */
export function refusalOf(error: unknown): unknown {
  if (isOutOfSpace(error)) {
    const remark = `the disk is full: ${messageOf(error)}; nothing was stored, make room and send again`
    return new Refusal(responseCode.SERVICE_NOT_AVAILABLE, remark, { cause: error })
  }
  if (!(error instanceof StoreError)) return error
  const beginning = beginnings[error.code] ?? ''
  return new Refusal(codes[error.code] ?? responseCode.SYSTEM_ERROR, `${beginning}${error.message}`, { cause: error })
}
