/** Bytes ⇄ values of RocketMQ's remoting protocol: no I/O, no state. Commands, bodies and message records are rooms of their own. */
export { AckScanner } from './ack/ack-scanner.ts'
export { BareReplyWriter } from './ack/bare-reply.ts'
export {
  type Action,
  type BodyCodec,
  bytes,
  type Command,
  defineCommand,
  type RequestBodyOf,
  type RequestInputOf,
  type RequestOf,
  type ResponseBodyOf,
  type ResponseOf,
} from './define-command.ts'
export { HeaderFieldError, ProtocolError } from './error.ts'
export { boolean, type Field, int32, int64, type Resource, string } from './fields.ts'
export {
  decodeFrame,
  emptyBody,
  encodeFrame,
  encodeFrameHead,
  encodeHeader,
  frameSizeAt,
  frameSizeBound,
} from './frame/frame.ts'
export {
  type ExtFields,
  type Frame,
  flagOneway,
  flagResponse,
  type Header,
  isOneway,
  isResponse,
  type Serialization,
} from './frame/header.ts'
export type { OutgoingHeader } from './frame/json-header.ts'
export { framePrefixBytes, maxFrameBytes, maxHeaderBytes, protocolVersion } from './frame/limits.ts'
export { describeResponseCode, type ResponseCodeName, responseCode } from './response-code.ts'
export { EndTransactionScanner } from './send/end-transaction-scanner.ts'
export { PlainProperties, type SendAsks, sendAsks } from './send/plain-properties.ts'
export { type CopyRules, RecordCopy } from './send/record-copy.ts'
export { type SendReply, type SendReplyMarks, SendReplyWriter } from './send/send-reply.ts'
export { SendScanner } from './send/send-scanner.ts'
