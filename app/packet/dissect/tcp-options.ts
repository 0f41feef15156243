// TCP options: RFC 9293 §3.2, 7323 (window scale, timestamps), 2018 (SACK), 2385 (MD5), 5925 (AO), 5482 (user timeout),
// 7413 (fast open), 8684 (Multipath TCP: the subtype only), 6994 (experiments).
import type { Dissection } from './dissection.ts';
import { field, type Field } from './field.ts';

const KIND = field('tcp.option_kind', 'Kind', 'uint', {
  words: {
    0: 'End of option list',
    1: 'No-operation',
    2: 'Maximum segment size',
    3: 'Window scale',
    4: 'SACK permitted',
    5: 'SACK',
    8: 'Timestamps',
    19: 'MD5 signature',
    28: 'User timeout',
    29: 'Authentication',
    30: 'Multipath TCP',
    34: 'Fast open cookie',
    253: 'Experiment',
    254: 'Experiment',
  },
});
const LENGTH = field('tcp.option_len', 'Length', 'uint');
const END = field('tcp.options.eol', 'End of options', 'bytes');
const NOP = field('tcp.options.nop', 'No-operation', 'bytes');
const MSS = field('tcp.options.mss', 'Maximum segment size', 'bytes');
const MSS_VALUE = field('tcp.options.mss_val', 'Maximum segment size', 'uint');
const SCALE = field('tcp.options.wscale', 'Window scale', 'bytes');
const SHIFT = field('tcp.options.wscale.shift', 'Shift', 'uint');
const MULTIPLIER = field('tcp.options.wscale.multiplier', 'Multiplier', 'uint');
const SACK_PERMITTED = field('tcp.options.sack_perm', 'SACK permitted', 'bytes');
const SACK = field('tcp.options.sack', 'Selective acknowledgment', 'bytes');
const SACK_LEFT = field('tcp.options.sack_le', 'Left edge', 'uint');
const SACK_RIGHT = field('tcp.options.sack_re', 'Right edge', 'uint');
const SACK_COUNT = field('tcp.options.sack.count', 'Blocks', 'uint');
const TIMESTAMPS = field('tcp.options.timestamp', 'Timestamps', 'bytes');
const TSVAL = field('tcp.options.timestamp.tsval', 'Timestamp', 'uint');
const TSECR = field('tcp.options.timestamp.tsecr', 'Timestamp echoed', 'uint');
const MD5 = field('tcp.options.md5', 'MD5 signature', 'bytes');
const MD5_DIGEST = field('tcp.options.md5.digest', 'Digest', 'bytes');
const USER_TIMEOUT = field('tcp.options.user_to', 'User timeout', 'bytes');
const USER_TIMEOUT_MINUTES = field('tcp.options.user_to_granularity', 'In minutes', 'boolean');
const USER_TIMEOUT_VALUE = field('tcp.options.user_to_val', 'Timeout', 'uint');
const AO = field('tcp.options.ao', 'Authentication', 'bytes');
const AO_KEY = field('tcp.options.ao.keyid', 'Key', 'uint');
const AO_NEXT_KEY = field('tcp.options.ao.rnextkeyid', 'Next key', 'uint');
const AO_MAC = field('tcp.options.ao.mac', 'MAC', 'bytes');
const MPTCP = field('mptcp', 'Multipath TCP', 'protocol');
const MPTCP_SUBTYPE = field('tcp.options.mptcp.subtype', 'Subtype', 'uint', {
  words: {
    0: 'Multipath capable',
    1: 'Join connection',
    2: 'Data sequence signal',
    3: 'Add address',
    4: 'Remove address',
    5: 'Change subflow priority',
    6: 'Fallback',
    7: 'Fast close',
    8: 'Reset subflow',
  },
});
const FAST_OPEN = field('tcp.options.tfo', 'Fast open cookie', 'bytes');
const FAST_OPEN_REQUEST = field('tcp.options.tfo.request', 'Cookie asked for', 'none');
const FAST_OPEN_COOKIE = field('tcp.options.tfo.cookie', 'Cookie', 'bytes');
const EXPERIMENT = field('tcp.options.experimental', 'Experiment', 'bytes');
const EXPERIMENT_ID = field('tcp.options.experimental.exid', 'Experiment id', 'uint', { hexDigits: 4 });
const EXPERIMENT_VALUE = field('tcp.options.experimental.data', 'Value', 'bytes');
const UNKNOWN = field('tcp.options.unknown', 'Unknown option', 'bytes');
const UNKNOWN_VALUE = field('tcp.options.unknown.payload', 'Value', 'bytes');

export const FIELDS = [
  KIND,
  LENGTH,
  END,
  NOP,
  MSS,
  MSS_VALUE,
  SCALE,
  SHIFT,
  MULTIPLIER,
  SACK_PERMITTED,
  SACK,
  SACK_LEFT,
  SACK_RIGHT,
  SACK_COUNT,
  TIMESTAMPS,
  TSVAL,
  TSECR,
  MD5,
  MD5_DIGEST,
  USER_TIMEOUT,
  USER_TIMEOUT_MINUTES,
  USER_TIMEOUT_VALUE,
  AO,
  AO_KEY,
  AO_NEXT_KEY,
  AO_MAC,
  MPTCP,
  MPTCP_SUBTYPE,
  FAST_OPEN,
  FAST_OPEN_REQUEST,
  FAST_OPEN_COOKIE,
  EXPERIMENT,
  EXPERIMENT_ID,
  EXPERIMENT_VALUE,
  UNKNOWN,
  UNKNOWN_VALUE,
];

interface Option {
  readonly of: Field;
  /** Whether an option of this length is one of its kind; otherwise only kind and length are told. */
  readonly fits: (length: number) => boolean;
  /** Reads what follows kind and length. */
  readonly read: (d: Dissection, at: number, length: number) => void;
}

const exactly = (bytes: number) => (length: number) => length === bytes;
const atLeast = (bytes: number) => (length: number) => length >= bytes;

const experiment: Option = {
  of: EXPERIMENT,
  fits: atLeast(4),
  read: (d, at, length) => {
    if (d.uint(EXPERIMENT_ID, at, 2) === 0xf989) readCookie(d, at + 2, length - 2);
    else if (length > 2) d.view(EXPERIMENT_VALUE, at + 2, length - 2);
  },
};

const OPTIONS = new Map<number, Option>([
  [2, { of: MSS, fits: exactly(4), read: (d, at) => d.uint(MSS_VALUE, at, 2) }],
  [3, { of: SCALE, fits: exactly(3), read: readScale }],
  [4, { of: SACK_PERMITTED, fits: exactly(2), read: () => undefined }],
  [5, { of: SACK, fits: atLeast(2), read: readSack }],
  [8, { of: TIMESTAMPS, fits: exactly(10), read: readTimestamps }],
  [19, { of: MD5, fits: exactly(18), read: (d, at) => d.view(MD5_DIGEST, at, 16) }],
  [28, { of: USER_TIMEOUT, fits: exactly(4), read: readUserTimeout }],
  [29, { of: AO, fits: atLeast(4), read: readAuthentication }],
  [30, { of: MPTCP, fits: atLeast(3), read: (d, at) => d.bits(MPTCP_SUBTYPE, at, 1, 0xf0) }],
  [34, { of: FAST_OPEN, fits: atLeast(2), read: readCookie }],
  [253, experiment],
  [254, experiment],
]);
const other: Option = {
  of: UNKNOWN,
  fits: atLeast(2),
  read: (d, at, length) => {
    if (length > 0) d.view(UNKNOWN_VALUE, at, length);
  },
};

/** From `at` to `end` on the wire. Ends at the first option whose length cannot be. */
export function addTcpOptions(d: Dissection, at: number, end: number): void {
  let next = at;
  while (next < end) {
    d.reading(KIND);
    const kind = d.u8(next);
    if (kind <= 1) {
      d.view(kind === 0 ? END : NOP, next, 1);
      d.open();
      d.uint(KIND, next, 1);
      d.close();
      next += 1;
      if (kind === 0 && !onlyZeros(d, next, end)) return;
      continue;
    }
    d.reading(LENGTH);
    const length = d.u8(next + 1);
    if (length < 2 || next + length > end) return;
    addOption(d, next, length, OPTIONS.get(kind) ?? other);
    next += length;
  }
}

function addOption(d: Dissection, at: number, length: number, option: Option): void {
  d.add(
    option.of,
    at,
    length,
    option.of.type === 'bytes' ? d.bytes(at, Math.min(length, d.captureEnd - at)) : null,
  );
  d.open();
  d.uint(KIND, at, 1);
  d.uint(LENGTH, at + 1, 1);
  if (option.fits(length)) option.read(d, at + 2, length - 2);
  d.close();
}

/** What follows the end of the list; all of it zeros is the usual padding, which tshark lists as more ends. */
function onlyZeros(d: Dissection, at: number, end: number): boolean {
  for (let index = at; index < Math.min(end, d.captureEnd); index += 1) if (d.u8(index) !== 0) return false;
  return true;
}

function readScale(d: Dissection, at: number): void {
  const shift = d.uint(SHIFT, at, 1);
  // RFC 7323 §2.3: more than 14 is 14.
  d.add(MULTIPLIER, at, 1, 2 ** Math.min(shift, 14));
}

function readSack(d: Dissection, at: number, length: number): void {
  let blocks = 0;
  for (let read = 0; read + 4 <= length; read += 8) {
    d.uint(SACK_LEFT, at + read, 4);
    if (read + 8 > length) break;
    d.uint(SACK_RIGHT, at + read + 4, 4);
    blocks += 1;
  }
  d.add(SACK_COUNT, at - 2, 0, blocks);
  if (blocks === 0) d.fail();
}

function readTimestamps(d: Dissection, at: number): void {
  d.uint(TSVAL, at, 4);
  d.uint(TSECR, at + 4, 4);
}

function readUserTimeout(d: Dissection, at: number): void {
  d.bits(USER_TIMEOUT_MINUTES, at, 2, 0x8000);
  d.bits(USER_TIMEOUT_VALUE, at, 2, 0x7fff);
}

function readAuthentication(d: Dissection, at: number, length: number): void {
  d.uint(AO_KEY, at, 1);
  d.uint(AO_NEXT_KEY, at + 1, 1);
  if (length > 2) d.view(AO_MAC, at + 2, length - 2);
}

function readCookie(d: Dissection, at: number, length: number): void {
  if (length === 0) d.add(FAST_OPEN_REQUEST, at, 0, null);
  else d.view(FAST_OPEN_COOKIE, at, length);
}
