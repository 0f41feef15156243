// BGP's NOTIFICATION: why a session ends (RFC 4271 §4.5; 4486 for Cease, 9003 for what the operator says at it, 5492, 7313).
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';

const CODE = field('bgp.notify.major_error', 'Error', 'uint', {
  words: {
    1: 'Message header error',
    2: 'OPEN message error',
    3: 'UPDATE message error',
    4: 'Hold timer expired',
    5: 'Finite state machine error',
    6: 'Cease',
    7: 'ROUTE-REFRESH message error',
  },
});
const SUBCODE = field('bgp.notify.minor_error', 'Reason', 'uint', {
  words: { 1: 'Connection not synchronized', 2: 'Bad message length', 3: 'Bad message type' },
});
const SUBCODE_OPEN = field('bgp.notify.minor_error_open', 'Reason', 'uint', {
  words: {
    1: 'Unsupported version',
    2: 'Bad peer AS',
    3: 'Bad router id',
    4: 'Unsupported parameter',
    5: 'Authentication failure',
    6: 'Unacceptable hold time',
    7: 'Unsupported capability',
    11: 'Role mismatch',
  },
});
const SUBCODE_UPDATE = field('bgp.notify.minor_error_update', 'Reason', 'uint', {
  words: {
    1: 'Malformed attribute list',
    2: 'Unrecognized well-known attribute',
    3: 'Missing well-known attribute',
    4: 'Attribute flags error',
    5: 'Attribute length error',
    6: 'Invalid ORIGIN',
    7: 'AS routing loop',
    8: 'Invalid NEXT_HOP',
    9: 'Optional attribute error',
    10: 'Invalid network field',
    11: 'Malformed AS_PATH',
  },
});
const SUBCODE_STATE = field('bgp.notify.minor_error_state', 'Reason', 'uint', {
  words: { 1: 'In OpenSent', 2: 'In OpenConfirm', 3: 'In Established' },
});
const SUBCODE_CEASE = field('bgp.notify.minor_error_cease', 'Reason', 'uint', {
  words: {
    1: 'Maximum number of prefixes reached',
    2: 'Administrative shutdown',
    3: 'Peer removed from the configuration',
    4: 'Administrative reset',
    5: 'Connection rejected',
    6: 'Other configuration change',
    7: 'Connection collision resolution',
    8: 'Out of resources',
    9: 'Hard reset',
    10: 'BFD down',
  },
});
const SUBCODE_EXPIRED = field('bgp.notify.minor_error_expired', 'Reason', 'uint');
const SUBCODE_UNKNOWN = field('bgp.notify.minor_error_unknown', 'Reason', 'uint');
const BAD_AS = field('bgp.notify.error_open.bad_peer_as', 'AS that was refused', 'uint');
const MESSAGE_LENGTH = field('bgp.notify.communication_length', 'Length of the message', 'uint');
const MESSAGE = field('bgp.notify.communication', 'Message', 'text');
const REST = field('bgp.notify.minor_data', 'Value', 'bytes');

export const NOTIFICATION_FIELDS = [
  CODE,
  SUBCODE,
  SUBCODE_OPEN,
  SUBCODE_UPDATE,
  SUBCODE_EXPIRED,
  SUBCODE_STATE,
  SUBCODE_CEASE,
  SUBCODE_UNKNOWN,
  BAD_AS,
  MESSAGE_LENGTH,
  MESSAGE,
  REST,
];

/** By error. */
const SUBCODES = new Map([
  [1, SUBCODE],
  [2, SUBCODE_OPEN],
  [3, SUBCODE_UPDATE],
  [4, SUBCODE_EXPIRED],
  [5, SUBCODE_STATE],
  [6, SUBCODE_CEASE],
]);
const OPEN_ERROR = 2;
const BAD_PEER_AS = 2;
const CEASE = 6;
const SHUTDOWN = 2;
const RESET = 4;

/** @param at behind the message's header */
export function readNotification(d: Dissection, at: number, end: number): void {
  const code = d.uint(CODE, at, 1);
  const subcode = d.uint(SUBCODES.get(code) ?? SUBCODE_UNKNOWN, at + 1, 1);
  const length = end - at - 2;
  if (length <= 0) return;
  if (code === OPEN_ERROR && subcode === BAD_PEER_AS && length === 2) {
    d.uint(BAD_AS, at + 2, 2);
  } else if (code === CEASE && (subcode === SHUTDOWN || subcode === RESET)) {
    const messageLength = d.uint(MESSAGE_LENGTH, at + 2, 1);
    d.text(MESSAGE, at + 3, Math.min(messageLength, length - 1));
  } else {
    d.view(REST, at + 2, length);
  }
}
