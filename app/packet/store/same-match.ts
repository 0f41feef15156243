// Whether two rows of one match key are sightings of one packet, as far as its bytes tell: keys can collide.
import { matchWords } from '../columns/match-key.ts';
import { PacketHeaders } from '../columns/packet-headers.ts';
import { readHeaders } from '../columns/read-headers.ts';
import type { PacketSegment } from './packet-segment.ts';

/** The words that the row's `matchKey` is a hash of (match-key.ts says which); empty for what is no IP. */
export function matchWordsOf(segment: PacketSegment, row: number): Int32Array {
  const headers = new PacketHeaders(segment.heap);
  headers.begin(segment.rawOffset[row] ?? 0, segment.caplen[row] ?? 0, segment.len[row] ?? 0);
  readHeaders(headers, segment.linkType[row] ?? 0);
  return matchWords(headers);
}

/** False for what is no IP. The segments may be two or one. */
export function sameMatchBytes(
  segment: PacketSegment,
  row: number,
  otherSegment: PacketSegment,
  otherRow: number,
): boolean {
  const key = segment.matchKey[row] ?? 0;
  if (key === 0 || key !== otherSegment.matchKey[otherRow]) return false;
  const words = matchWordsOf(segment, row);
  const others = matchWordsOf(otherSegment, otherRow);
  return words.length === others.length && words.every((word, index) => word === others[index]);
}
