// Options of IPv4 (RFC 791 §3.1; https://www.iana.org/assignments/ip-parameters): a type, and but for two of them a length.
import type { Dissection } from './dissection.ts';
import { field, type Field } from './field.ts';
import { DST } from './ipv4-addresses.ts';
import { MALFORMED } from './marks.ts';

const TYPE = field('ip.opt.type', 'Type', 'uint');
const COPY = field('ip.opt.type.copy', 'Copied into fragments', 'boolean');
const CLASS = field('ip.opt.type.class', 'Class', 'uint', { words: { 0: 'Control', 2: 'Measurement' } });
const NUMBER = field('ip.opt.type.number', 'Number', 'uint');
const LEN = field('ip.opt.len', 'Length', 'uint');
const PTR = field('ip.opt.ptr', 'Pointer', 'uint');
const SOURCE_ROUTE = field('ip.src_rt', 'Stop to come', 'ipv4');
const RECORDED = field('ip.rec_rt', 'Stop passed', 'ipv4');
const EMPTY = field('ip.empty_rt', 'Room for a stop', 'ipv4');
const OVERFLOW = field('ip.opt.overflow', 'Hosts that had no room', 'uint');
const FLAG = field('ip.opt.flag', 'What is recorded', 'uint', {
  hexDigits: 2,
  words: { 0: 'Times', 1: 'Times and addresses', 3: 'Times of given addresses' },
});
const TIME_STAMP = field('ip.opt.time_stamp', 'Time, in ms of the day', 'uint');
const TIME_STAMP_ADDR = field('ip.opt.time_stamp_addr', 'Address', 'ipv4');
const STREAM = field('ip.opt.sid', 'Stream', 'uint');
const ALERT = field('ip.opt.ra', 'Router alert', 'uint', {
  words: { 0: 'Every router examines the packet' },
});
const MTU = field('ip.opt.mtu', 'MTU', 'uint');
const SECURITY = field('ip.opt.sec_rfc791_sec', 'Security', 'uint', { hexDigits: 4 });

/** Ends at the header's: adds what an option says between `at`, behind its length, and `end`. */
type Reader = (d: Dissection, at: number, end: number) => void;

interface Option {
  readonly whole: Field;
  readonly read: Reader;
}

const option = (name: string, label: string, read: Reader = () => {}): Option => ({
  whole: field(`ip.options.${name}`, label, 'bytes'),
  read,
});

const END = 0;
const NO_OPERATION = 1;
const LOOSE_ROUTE = 131;
const STRICT_ROUTE = 137;

const OPTIONS = new Map<number, Option>([
  [END, option('eol', 'End of options')],
  [NO_OPERATION, option('nop', 'No operation')],
  [7, option('record_route', 'Record route', readRecordRoute)],
  [11, option('mtu_probe', 'MTU probe', readNumber(MTU))],
  [12, option('mtu_reply', 'MTU reply', readNumber(MTU))],
  [25, option('qs', 'Quick start')],
  [68, option('timestamp', 'Timestamp', readTimestamp)],
  [130, option('security', 'Security', readNumber(SECURITY))],
  [LOOSE_ROUTE, option('route', 'Loose source route', readSourceRoute)],
  [134, option('cipso', 'Commercial security')],
  [136, option('sid', 'Stream', readNumber(STREAM))],
  [STRICT_ROUTE, option('source_route', 'Strict source route', readSourceRoute)],
  [148, option('routeralert', 'Router alert', readNumber(ALERT))],
]);
const UNKNOWN = option('unknown', 'An option that is not known');

export const FIELDS = [
  ...[TYPE, COPY, CLASS, NUMBER, LEN, PTR, SOURCE_ROUTE, RECORDED, EMPTY, OVERFLOW, FLAG],
  ...[TIME_STAMP, TIME_STAMP_ADDR, STREAM, ALERT, MTU, SECURITY],
  ...[...OPTIONS.values()].map(({ whole }) => whole),
];

/** Whether a source route has stops left: the header's destination is only the next of them then. */
export function routeIsPending(d: Dissection, at: number, end: number): boolean {
  let from = at;
  d.reading(DST);
  while (from < end) {
    const type = d.u8(from);
    if (type === END) return false;
    const length = type === NO_OPERATION ? 1 : d.u8(from + 1);
    if (type === LOOSE_ROUTE || type === STRICT_ROUTE) {
      if (length < 7 || from + length > end || !pointsAtStop(d.u8(from + 2), length)) return false;
      d.need(from, length);
      return true;
    }
    if (length === 0) return false;
    from += length;
  }
  return false;
}

const pointsAtStop = (pointer: number, length: number): boolean => pointer <= length && pointer % 4 === 0;

export function addIpv4Options(d: Dissection, at: number, end: number): void {
  let from = at;
  while (from < end) {
    const type = d.u8(from);
    const short = type === END || type === NO_OPERATION;
    const { whole, read } = OPTIONS.get(type) ?? UNKNOWN;
    d.reading(whole);
    const length = short ? 1 : from + 1 < end ? d.u8(from + 1) : 0;
    if (length < (short ? 1 : 2) || from + length > end) {
      d.add(MALFORMED, from, end - from, null);
      d.say(`Malformed: ${whole.label} with a length of ${length} bytes, where ${end - from} are left`);
      return;
    }
    d.view(whole, from, length);
    if (whole === UNKNOWN.whole) {
      from += length;
      continue;
    }
    d.open();
    addType(d, from);
    if (!short) {
      d.uint(LEN, from + 1, 1);
      read(d, from + 2, from + length);
    }
    d.close();
    if (type === END) return;
    from += length;
  }
}

function addType(d: Dissection, at: number): void {
  d.uint(TYPE, at, 1);
  d.bits(COPY, at, 1, 0x80);
  d.bits(CLASS, at, 1, 0x60);
  d.bits(NUMBER, at, 1, 0x1f);
}

function readNumber(of: Field): Reader {
  return (d, at, end) => {
    if (at + 2 <= end) d.uint(of, at, 2);
  };
}

/** The pointer counts from 1, and from the option's type. */
function readRecordRoute(d: Dissection, at: number, end: number): void {
  if (at >= end) return;
  const next = at - 2 + d.uint(PTR, at, 1) - 1;
  for (let stop = at + 1; stop + 4 <= end; stop += 4) d.ipv4(stop < next ? RECORDED : EMPTY, stop);
}

function readSourceRoute(d: Dissection, at: number, end: number): void {
  if (at >= end) return;
  const next = at - 2 + d.uint(PTR, at, 1) - 1;
  for (let stop = at + 1; stop + 4 <= end; stop += 4) {
    if (stop < next) d.ipv4(RECORDED, stop);
    else d.ipv4(stop + 8 <= end ? SOURCE_ROUTE : DST, stop);
  }
}

function readTimestamp(d: Dissection, at: number, end: number): void {
  if (at + 2 > end) return;
  d.uint(PTR, at, 1);
  d.bits(OVERFLOW, at + 1, 1, 0xf0);
  const flag = d.bits(FLAG, at + 1, 1, 0x0f);
  let from = at + 2;
  const bytes = flag === 0 ? 4 : 8;
  for (; from + bytes <= end; from += bytes) {
    if (flag !== 0) d.ipv4(TIME_STAMP_ADDR, from);
    d.uint(TIME_STAMP, from + bytes - 4, 4);
  }
}
