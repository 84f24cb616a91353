// Opens the reply to a request of a session. Invariant: what it hands on was sealed by the node in
// this session for exactly this request; all else is a failure, and a refusal only a hint.
import { type ErrorCode, isErrorCode, StreamSyncError } from '@streamsync/domain';
import {
  type Answer,
  type CryptoPort,
  decodeAnswer,
  decodeErrorAnswer,
  decodeRefusal,
  equalBytes,
  MESSAGE_KIND,
  messageKind,
  openFrame,
  type SessionKeys,
  verifyFrame,
} from '@streamsync/wire';
import { AnswerBody, type CallFailure } from './node-answer.ts';

export interface ReplyContext {
  readonly crypto: CryptoPort;
  readonly sessionId: Uint8Array;
  readonly keys: SessionKeys;
  /** Of the request. */
  readonly sequence: number;
}

export type OpenedReply =
  | { readonly kind: 'payload'; readonly payload: Uint8Array }
  | { readonly kind: 'failed'; readonly failure: CallFailure; readonly sessionUnknown: boolean };

const failed = (code: ErrorCode, byNode = false, sessionUnknown = false): OpenedReply => ({
  kind: 'failed',
  failure: { code, byNode },
  sessionUnknown,
});

/** The payload of an answer frame. */
export function openReply(context: ReplyContext, bytes: Uint8Array): OpenedReply {
  try {
    if (messageKind(bytes) === MESSAGE_KIND.refusal) {
      const { code } = decodeRefusal(bytes);
      if (!isErrorCode(code)) return failed('MALFORMED_MESSAGE');
      return failed(code, false, code === 'UNAUTHENTICATED_SESSION');
    }
    const frame = openFrame(bytes);
    if (
      frame.sequence !== context.sequence ||
      !equalBytes(frame.sessionId, context.sessionId) ||
      !verifyFrame(context.crypto, context.keys.nodeToGateway, frame)
    ) {
      return failed('BAD_MAC');
    }
    if (frame.kind === MESSAGE_KIND.answer) return { kind: 'payload', payload: frame.payload };
    if (frame.kind !== MESSAGE_KIND.errorAnswer) return failed('MALFORMED_MESSAGE');
    const { code } = decodeErrorAnswer(frame.payload);
    return isErrorCode(code) ? failed(code, true) : failed('MALFORMED_MESSAGE');
  } catch (error) {
    if (!(error instanceof StreamSyncError)) throw error;
    return failed('MALFORMED_MESSAGE');
  }
}

export interface OpenedAnswer {
  readonly answer: Answer;
  readonly body: AnswerBody;
}

/** The answer in a payload, its body split into items; null where it is malformed. */
export function readAnswer(
  crypto: CryptoPort,
  payload: Uint8Array,
  itemCount: number,
): OpenedAnswer | null {
  try {
    const answer = decodeAnswer(payload);
    return { answer, body: new AnswerBody(crypto, answer.body, itemCount) };
  } catch (error) {
    if (!(error instanceof StreamSyncError)) throw error;
    return null;
  }
}
