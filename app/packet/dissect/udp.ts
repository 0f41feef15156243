// UDP (RFC 768) and UDP-Lite (RFC 3828), which shares its fields.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { MALFORMED } from './marks.ts';

const UDP = field('udp', 'User Datagram Protocol', 'protocol');
const UDPLITE = field('udplite', 'Lightweight User Datagram Protocol', 'protocol');
const SRCPORT = field('udp.srcport', 'Source port', 'uint');
const DSTPORT = field('udp.dstport', 'Destination port', 'uint');
const PORT = field('udp.port', 'Source or destination port', 'uint');
const LENGTH = field('udp.length', 'Length', 'uint');
const COVERAGE = field('udp.checksum_coverage', 'Checksum coverage', 'uint');
const CHECKSUM = field('udp.checksum', 'Checksum', 'uint', { hexDigits: 4 });
const PAYLOAD = field('udp.payload', 'Payload', 'bytes');

export const FIELDS = [UDP, UDPLITE, SRCPORT, DSTPORT, PORT, LENGTH, COVERAGE, CHECKSUM, PAYLOAD];

const HEADER_BYTES = 8;
/** RFC 2675 §4: longer datagrams in IPv6 say 0. */
const LONGEST = 65_535;

export function dissectUdp(d: Dissection, at: number, end: number): void {
  d.layer(UDP, at, HEADER_BYTES);
  addPorts(d, at);
  const length = d.uint(LENGTH, at + 4, 2);
  const there = end - at;
  if (length < HEADER_BYTES && !(length === 0 && d.addressBytes === 16)) {
    d.add(MALFORMED, at + 4, 2, null);
    d.say(`Malformed: a length of ${length.toString()}, and no datagram is shorter than 8 bytes`);
    return;
  }
  if (length > there && !d.quoted && !d.fragment) d.add(MALFORMED, at + 4, 2, null);
  d.uint(CHECKSUM, at + 6, 2);
  if (length === HEADER_BYTES) return;
  const wireEnd = length === 0 || there > LONGEST ? end : Math.min(end, at + length);
  readOn(d, at, wireEnd);
}

export function dissectUdpLite(d: Dissection, at: number, end: number): void {
  d.layer(UDPLITE, at, HEADER_BYTES);
  addPorts(d, at);
  // What UDP has for its length is how many bytes the checksum covers (§3.1); 0 is all.
  d.reading(COVERAGE);
  d.need(at, 6);
  d.add(LENGTH, at + 4, 0, end - at);
  const coverage = d.uint(COVERAGE, at + 4, 2);
  if ((coverage > 0 && coverage < HEADER_BYTES) || coverage > end - at) d.add(MALFORMED, at + 4, 2, null);
  d.uint(CHECKSUM, at + 6, 2);
  readOn(d, at, end);
}

function addPorts(d: Dissection, at: number): void {
  const source = d.u16(at);
  const destination = d.u16(at + 2);
  d.uint(SRCPORT, at, 2);
  d.uint(DSTPORT, at + 2, 2);
  d.add(PORT, at, 2, source);
  d.add(PORT, at + 2, 2, destination);
}

/** The payload is shown as it was captured, also where the length says less; read is what the length says. */
function readOn(d: Dissection, at: number, end: number): void {
  const payloadAt = at + HEADER_BYTES;
  const captured = d.captureEnd - payloadAt;
  if (captured <= 0) return;
  d.view(PAYLOAD, payloadAt, captured);
  d.next('udpPayload', d.u16(at), payloadAt, end, d.u16(at + 2));
}
