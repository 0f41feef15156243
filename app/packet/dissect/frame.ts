// What is known of a packet before its first byte is looked at.
import { NO_TIME } from '../file/limits.ts';
import { COMMENT_SEPARATOR } from '../file/pcapng-options.ts';
import { field } from './field.ts';
import type { Dissection } from './dissection.ts';

const FRAME = field('frame', 'Frame', 'protocol');
const COMMENT = field('frame.comment', 'Comment', 'text');
const TIME = field('frame.time_epoch', 'Time', 'time');
const NUMBER = field('frame.number', 'Frame number', 'uint');
const LEN = field('frame.len', 'Length on the wire', 'uint');
const CAP_LEN = field('frame.cap_len', 'Captured length', 'uint');

export const FIELDS = [FRAME, COMMENT, TIME, NUMBER, LEN, CAP_LEN];

export function dissectFrame(d: Dissection): void {
  const { bytes, linkType, len, seconds, nanoseconds, number, comment } = d.packet;
  d.layer(FRAME, 0, bytes.length);
  if (comment !== null && d.wants(COMMENT))
    for (const one of comment.split(COMMENT_SEPARATOR)) d.add(COMMENT, 0, 0, one);
  if (nanoseconds !== NO_TIME && d.wants(TIME)) d.add(TIME, 0, 0, timeValue(seconds, nanoseconds));
  d.add(NUMBER, 0, 0, number);
  d.add(LEN, 0, 0, len);
  d.add(CAP_LEN, 0, 0, bytes.length);
  d.next('linkType', linkType, 0, d.wireEnd);
}

/** Of a damaged file's fraction beyond its second there is no number, but what tshark prints. */
function timeValue(seconds: number, nanoseconds: number): bigint | string {
  if (nanoseconds < 1e9) return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  const signed = nanoseconds | 0;
  return `${signed < 0 ? '-' : ''}${seconds}.${String(Math.abs(signed)).padStart(9, '0')}`;
}
