// BGP-4 messages (RFC 4271 §4): the header, KEEPALIVE, and ROUTE-REFRESH (RFC 2918, 7313). A segment holds any number of
// them, and may begin and end in the middle of one.
import { NOTIFICATION_FIELDS, readNotification } from './bgp-notification.ts';
import { OPEN_FIELDS, readOpen } from './bgp-open.ts';
import { AFI_WORDS, SAFI_WORDS } from './bgp-prefix.ts';
import { readUpdate, UPDATE_FIELDS } from './bgp-update.ts';
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { MALFORMED } from './marks.ts';

const BGP = field('bgp', 'Border Gateway Protocol', 'protocol');
const CONTINUATION = field('bgp.continuation', 'Rest of a message that began before', 'none');
const MARKER = field('bgp.marker', 'Marker', 'bytes');
const LENGTH = field('bgp.length', 'Length', 'uint');
const TYPE = field('bgp.type', 'Type', 'uint', {
  words: { 1: 'OPEN', 2: 'UPDATE', 3: 'NOTIFICATION', 4: 'KEEPALIVE', 5: 'ROUTE-REFRESH' },
});
const REFRESH_AFI = field('bgp.route_refresh.afi', 'Address family', 'uint', { words: AFI_WORDS });
const REFRESH_SUBTYPE = field('bgp.route_refresh.subtype', 'Subtype', 'uint', {
  words: { 0: 'Request', 1: 'Begin of refresh', 2: 'End of refresh' },
});
const REFRESH_SAFI = field('bgp.route_refresh.safi', 'Subsequent address family', 'uint', {
  words: SAFI_WORDS,
});

export const FIELDS = [
  BGP,
  CONTINUATION,
  MARKER,
  LENGTH,
  TYPE,
  ...OPEN_FIELDS,
  ...UPDATE_FIELDS,
  ...NOTIFICATION_FIELDS,
  REFRESH_AFI,
  REFRESH_SUBTYPE,
  REFRESH_SAFI,
];

const MARKER_BYTES = 16;
const HEADER_BYTES = 19;
/** RFC 4271 §4.1. */
const LONGEST = 4096;

export function dissectBgp(d: Dissection, at: number, end: number): void {
  let next = firstMarker(d, at);
  if (next > at) {
    d.layer(BGP, at, next - at);
    d.add(CONTINUATION, at, next - at, null);
  }
  while (next < d.captureEnd) {
    const message = next;
    d.layer(BGP, message, Math.min(HEADER_BYTES, end - message));
    d.goesOn = true;
    d.reading(BGP);
    d.need(message, HEADER_BYTES);
    const length = d.u16(message + MARKER_BYTES);
    if (length < HEADER_BYTES) d.fail();
    d.goesOn = message + length > end;
    d.attempt(() => {
      readMessage(d, message, length);
    });
    next += length;
  }
}

/** Where 16 bytes of ones begin, or as many as are left. */
function firstMarker(d: Dissection, at: number): number {
  const end = d.captureEnd;
  let ones = 0;
  for (let index = at; index < end; index += 1) {
    ones = d.u8(index) === 0xff ? ones + 1 : 0;
    if (ones === MARKER_BYTES) return index + 1 - MARKER_BYTES;
  }
  return end - ones;
}

function readMessage(d: Dissection, at: number, length: number): void {
  d.limit(at + length);
  d.view(MARKER, at, MARKER_BYTES);
  d.uint(LENGTH, at + MARKER_BYTES, 2);
  if (length > LONGEST) {
    d.add(MALFORMED, at + MARKER_BYTES, 2, null);
    d.say(`Malformed: ${length.toString()} bytes, and no message is longer than 4096`);
    return;
  }
  const type = d.uint(TYPE, at + MARKER_BYTES + 2, 1);
  const body = at + HEADER_BYTES;
  const end = at + length;
  switch (type) {
    case 1:
      readOpen(d, body);
      break;
    case 2:
      readUpdate(d, body, end);
      break;
    case 3:
      readNotification(d, body, end);
      break;
    case 5:
      d.uint(REFRESH_AFI, body, 2);
      d.uint(REFRESH_SUBTYPE, body + 2, 1);
      d.uint(REFRESH_SAFI, body + 3, 1);
      break;
  }
}
