// What is known of a packet before its first byte is looked at.
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
  if (comment !== null) d.add(COMMENT, 0, 0, comment);
  if (d.wants(TIME)) d.add(TIME, 0, 0, BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
  d.add(NUMBER, 0, 0, number);
  d.add(LEN, 0, 0, len);
  d.add(CAP_LEN, 0, 0, bytes.length);
  d.next('linkType', linkType, 0, len);
}
