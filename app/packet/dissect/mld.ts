// Multicast listener discovery (RFC 2710; version 2 RFC 3810): who listens to which group.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { RECORD_WORDS } from './multicast-record.ts';
import { RESERVED } from './icmpv6-reserved.ts';

const DELAY = field('icmpv6.mld.maximum_response_delay', 'Longest delay of answers, in ms', 'uint');
const CODE = field('icmpv6.mld.maximum_response_code', 'Longest delay of answers, as a code', 'uint');
const GROUP = field('icmpv6.mld.multicast_address', 'Group', 'ipv6');
const FLAG = field('icmpv6.mld.flag', 'Flags', 'uint', { hexDigits: 2 });
const SUPPRESS = field('icmpv6.mld.flag.s', 'Routers keep their timers', 'boolean');
const ROBUSTNESS = field('icmpv6.mld.flag.qrv', 'Robustness', 'uint');
const INTERVAL = field('icmpv6.mld.qqi', 'Interval of queries, as a code', 'uint');
const SOURCES = field('icmpv6.mld.nb_sources', 'Sources', 'uint');
const SOURCE = field('icmpv6.mld.source_address', 'Source', 'ipv6');
const RECORDS = field('icmpv6.mldr.nb_mcast_records', 'Groups', 'uint');
const RECORD = field('icmpv6.mldr.mar', 'Group record', 'none');
const RECORD_TYPE = field('icmpv6.mldr.mar.record_type', 'Type', 'uint', { words: RECORD_WORDS });
const RECORD_AUX = field('icmpv6.mldr.mar.aux_data_len', 'Additional words', 'uint');
const RECORD_SOURCES = field('icmpv6.mldr.mar.nb_sources', 'Sources', 'uint');
const RECORD_GROUP = field('icmpv6.mldr.mar.multicast_address', 'Group', 'ipv6');
const RECORD_SOURCE = field('icmpv6.mldr.mar.source_address', 'Source', 'ipv6');

export const FIELDS = [
  ...[DELAY, CODE, GROUP, FLAG, SUPPRESS, ROBUSTNESS, INTERVAL, SOURCES, SOURCE, RECORDS, RECORD],
  ...[RECORD_TYPE, RECORD_AUX, RECORD_SOURCES, RECORD_GROUP, RECORD_SOURCE],
];

const QUERY = 130;
const REPORT_2 = 143;
const ADDRESS_BYTES = 16;
/** Of a query, behind the checksum; of version 1 it has 20. */
const VERSION_2_BYTES = 24;

/** @param at behind the checksum. */
export function addListeners(d: Dissection, type: number, at: number, end: number): void {
  if (type === REPORT_2) {
    addRecords(d, at, end);
    return;
  }
  const second = type === QUERY && d.captureEnd - at >= VERSION_2_BYTES;
  d.uint(second ? CODE : DELAY, at, 2);
  d.view(RESERVED, at + 2, 2);
  d.ipv6(GROUP, at + 4);
  if (!second) return;
  d.uint(FLAG, at + 20, 1);
  d.open();
  d.bits(SUPPRESS, at + 20, 1, 0x08);
  d.bits(ROBUSTNESS, at + 20, 1, 0x07);
  d.close();
  d.uint(INTERVAL, at + 21, 1);
  const sources = d.uint(SOURCES, at + 22, 2);
  for (let index = 0, from = at + 24; index < sources; index += 1, from += ADDRESS_BYTES)
    d.ipv6(SOURCE, from);
}

function addRecords(d: Dissection, at: number, end: number): void {
  d.view(RESERVED, at, 2);
  const records = d.uint(RECORDS, at + 2, 2);
  let from = at + 4;
  for (let record = 0; record < records && from < end; record += 1) {
    d.add(RECORD, from, 20, null);
    d.open();
    d.uint(RECORD_TYPE, from, 1);
    const aux = d.uint(RECORD_AUX, from + 1, 1);
    const sources = d.uint(RECORD_SOURCES, from + 2, 2);
    d.ipv6(RECORD_GROUP, from + 4);
    from += 20;
    for (let source = 0; source < sources; source += 1, from += ADDRESS_BYTES) d.ipv6(RECORD_SOURCE, from);
    from += aux * 4;
    d.close();
  }
}
