import { responseCode } from '@cometmq/protocol'
import { Refusal } from '@cometmq/remoting'
import { StoreError } from '@cometmq/store'

const codes: Record<string, number> = {
  STORE_MESSAGE_ILLEGAL: responseCode.MESSAGE_ILLEGAL,
  STORE_PROPERTIES_TOO_LONG: responseCode.MESSAGE_ILLEGAL,
  STORE_NOT_AVAILABLE: responseCode.SERVICE_NOT_AVAILABLE,
  STORE_BUSY: responseCode.SYSTEM_BUSY,
}

/** The refusal that tells a sender why the store did not take its message. */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof StoreError)) return error
  const busy = error.code === 'STORE_BUSY' ? '[PC_SYNCHRONIZED]broker busy, start flow control for a while: ' : ''
  return new Refusal(codes[error.code] ?? responseCode.SYSTEM_ERROR, `${busy}${error.message}`, { cause: error })
}
