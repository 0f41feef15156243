// IGMP (RFC 1112, RFC 2236, RFC 3376): who listens to which group. The version is in the type, and in a query's length.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { RECORD_WORDS } from './multicast-record.ts';

const QUERY = 0x11;
const REPORT_1 = 0x12;
const REPORT_2 = 0x16;
const LEAVE = 0x17;
const REPORT_3 = 0x22;

const TYPE_WORDS = {
  [QUERY]: 'Query',
  [REPORT_1]: 'Report, version 1',
  [REPORT_2]: 'Report, version 2',
  [LEAVE]: 'Leave',
  [REPORT_3]: 'Report, version 3',
};

const IGMP = field('igmp', 'IGMP', 'protocol');
const VERSION = field('igmp.version', 'Version', 'uint');
const TYPE = field('igmp.type', 'Type', 'uint', { hexDigits: 2, words: TYPE_WORDS });
const MAX_RESP = field('igmp.max_resp', 'Longest delay of answers, in 1/10 s', 'uint');
const CHECKSUM = field('igmp.checksum', 'Checksum', 'uint', { hexDigits: 4 });
const MADDR = field('igmp.maddr', 'Group', 'ipv4');
const SUPPRESS = field('igmp.s', 'Routers keep their timers', 'boolean');
const ROBUSTNESS = field('igmp.qrv', 'Robustness', 'uint');
const INTERVAL = field('igmp.qqic', 'Interval of queries, as a code', 'uint');
const SOURCES = field('igmp.num_src', 'Sources', 'uint');
const SOURCE = field('igmp.saddr', 'Source', 'ipv4');
const RECORDS = field('igmp.num_grp_recs', 'Groups', 'uint');
const RECORD_TYPE = field('igmp.record_type', 'Group record', 'uint', { words: RECORD_WORDS });
const AUX = field('igmp.aux_data_len', 'Additional words', 'uint');

export const FIELDS = [
  ...[IGMP, VERSION, TYPE, MAX_RESP, CHECKSUM, MADDR, SUPPRESS, ROBUSTNESS, INTERVAL, SOURCES, SOURCE],
  ...[RECORDS, RECORD_TYPE, AUX],
];

/** A query that is longer is of version 3; one that allows no delay is of version 1. */
const SHORT_BYTES = 8;
const LONG_BYTES = 12;

export function dissectIgmp(d: Dissection, at: number, end: number): void {
  d.layer(IGMP, at, SHORT_BYTES);
  d.reading(TYPE);
  const type = d.u8(at);
  const version = versionOf(d, type, at, end);
  if (version === 0) {
    d.uint(TYPE, at, 1);
    return;
  }
  d.add(VERSION, at, 0, version);
  d.uint(TYPE, at, 1);
  if (type === QUERY && version === 3) d.need(at, LONG_BYTES);
  if (version !== 1 && type !== REPORT_3) d.uint(MAX_RESP, at + 1, 1);
  d.uint(CHECKSUM, at + 2, 2);
  if (type === REPORT_3) {
    addRecords(d, at + 6, end);
    return;
  }
  d.ipv4(MADDR, at + 4);
  if (version < 3) return;
  d.bits(SUPPRESS, at + 8, 1, 0x08);
  d.bits(ROBUSTNESS, at + 8, 1, 0x07);
  d.uint(INTERVAL, at + 9, 1);
  addSources(d, at + 12, d.uint(SOURCES, at + 10, 2));
}

/** 0: a type that is none of a group's membership. */
function versionOf(d: Dissection, type: number, at: number, end: number): number {
  if (type === QUERY) return end - at >= LONG_BYTES ? 3 : d.u8(at + 1) === 0 ? 1 : 2;
  if (type === REPORT_1) return 1;
  if (type === REPORT_3) return 3;
  return type === REPORT_2 || type === LEAVE ? 2 : 0;
}

function addRecords(d: Dissection, at: number, end: number): void {
  const records = d.uint(RECORDS, at, 2);
  let from = at + 2;
  for (let record = 0; record < records && from < end; record += 1) {
    d.reading(RECORD_TYPE);
    d.need(from, 8);
    d.uint(RECORD_TYPE, from, 1);
    const aux = d.uint(AUX, from + 1, 1);
    const sources = d.uint(SOURCES, from + 2, 2);
    d.ipv4(MADDR, from + 4);
    addSources(d, from + 8, sources);
    from += 8 + sources * 4 + aux * 4;
  }
}

function addSources(d: Dissection, at: number, count: number): void {
  for (let index = 0; index < count; index += 1) d.ipv4(SOURCE, at + index * 4);
}
