// SCTP (RFC 9260): the header and its chunks; INIT with its parameters, DATA, SACK, and what ABORT and ERROR say.
import type { Dissection } from './dissection.ts';
import { field, type Field } from './field.ts';

const SCTP = field('sctp', 'Stream Control Transmission Protocol', 'protocol');
const SRCPORT = field('sctp.srcport', 'Source port', 'uint');
const DSTPORT = field('sctp.dstport', 'Destination port', 'uint');
const PORT = field('sctp.port', 'Source or destination port', 'uint');
const TAG = field('sctp.verification_tag', 'Verification tag', 'uint', { hexDigits: 8 });
const CHECKSUM = field('sctp.checksum', 'Checksum', 'uint', { hexDigits: 8 });
const CHUNK = field('sctp.chunk_type', 'Chunk', 'uint', {
  // RFC 9260 §3.2, 3758, 4820, 4895, 5061, 6525, 8260; IANA, SCTP Chunk Types.
  words: {
    0: 'DATA',
    1: 'INIT',
    2: 'INIT ACK',
    3: 'SACK',
    4: 'HEARTBEAT',
    5: 'HEARTBEAT ACK',
    6: 'ABORT',
    7: 'SHUTDOWN',
    8: 'SHUTDOWN ACK',
    9: 'ERROR',
    10: 'COOKIE ECHO',
    11: 'COOKIE ACK',
    12: 'ECNE',
    13: 'CWR',
    14: 'SHUTDOWN COMPLETE',
    15: 'AUTH',
    64: 'I-DATA',
    128: 'ASCONF ACK',
    130: 'RE-CONFIG',
    132: 'PAD',
    192: 'FORWARD TSN',
    193: 'ASCONF',
    194: 'I-FORWARD TSN',
  },
});
const CHUNK_FLAGS = field('sctp.chunk_flags', 'Flags', 'uint', { hexDigits: 2 });
const CHUNK_LENGTH = field('sctp.chunk_length', 'Length', 'uint');
const TSN = field('sctp.data_tsn_raw', 'Transmission sequence number', 'uint');
const STREAM = field('sctp.data_sid', 'Stream', 'uint', { hexDigits: 4 });
const STREAM_SEQUENCE = field('sctp.data_ssn', 'Stream sequence number', 'uint');
const PAYLOAD_PROTOCOL = field('sctp.data_payload_proto_id', 'Payload protocol', 'uint');
const INIT_TAG = field('sctp.init_initiate_tag', 'Initiate tag', 'uint', { hexDigits: 8 });
const INIT_CREDIT = field('sctp.init_credit', 'Receiver window', 'uint');
const INIT_OUT = field('sctp.init_nr_out_streams', 'Outbound streams', 'uint');
const INIT_IN = field('sctp.init_nr_in_streams', 'Inbound streams', 'uint');
const INIT_TSN = field('sctp.init_initial_tsn', 'Initial TSN', 'uint');
const INIT_ACK_TAG = field('sctp.initack_initiate_tag', 'Initiate tag', 'uint', { hexDigits: 8 });
const INIT_ACK_CREDIT = field('sctp.initack_credit', 'Receiver window', 'uint');
const INIT_ACK_OUT = field('sctp.initack_nr_out_streams', 'Outbound streams', 'uint');
const INIT_ACK_IN = field('sctp.initack_nr_in_streams', 'Inbound streams', 'uint');
const INIT_ACK_TSN = field('sctp.initack_initial_tsn', 'Initial TSN', 'uint');
const SACK_TSN = field('sctp.sack_cumulative_tsn_ack_raw', 'Acknowledged up to TSN', 'uint');
const SACK_CREDIT = field('sctp.sack_a_rwnd', 'Receiver window', 'uint');
const SACK_GAPS = field('sctp.sack_number_of_gap_blocks', 'Gap blocks', 'uint');
const SACK_DUPLICATES = field('sctp.sack_number_of_duplicated_tsns', 'Duplicate TSNs', 'uint');
const SHUTDOWN_TSN = field('sctp.shutdown_cumulative_tsn_ack', 'Acknowledged up to TSN', 'uint');
const PARAMETER = field('sctp.parameter_type', 'Parameter', 'uint', {
  hexDigits: 4,
  words: {
    1: 'Heartbeat information',
    5: 'IPv4 address',
    6: 'IPv6 address',
    7: 'State cookie',
    8: 'Unrecognized parameter',
    9: 'Cookie preservative',
    11: 'Host name',
    12: 'Supported address types',
    0x8000: 'ECN',
    0x8008: 'Supported extensions',
    0xc000: 'Forward TSN supported',
  },
});
const PARAMETER_LENGTH = field('sctp.parameter_length', 'Length', 'uint');
const PARAMETER_IPV4 = field('sctp.parameter_ipv4_address', 'Address', 'ipv4');
const PARAMETER_IPV6 = field('sctp.parameter_ipv6_address', 'Address', 'ipv6');
const CAUSE = field('sctp.cause_code', 'Cause', 'uint', {
  hexDigits: 4,
  words: {
    1: 'Invalid stream identifier',
    2: 'Missing mandatory parameter',
    3: 'Stale cookie',
    4: 'Out of resource',
    5: 'Unresolvable address',
    6: 'Unrecognized chunk type',
    7: 'Invalid mandatory parameter',
    8: 'Unrecognized parameters',
    9: 'No user data',
    10: 'Cookie received while shutting down',
    11: 'Restart with new addresses',
    12: 'User-initiated abort',
    13: 'Protocol violation',
  },
});
const CAUSE_LENGTH = field('sctp.cause_length', 'Length', 'uint');

export const FIELDS = [
  SCTP,
  SRCPORT,
  DSTPORT,
  PORT,
  TAG,
  CHECKSUM,
  CHUNK,
  CHUNK_FLAGS,
  CHUNK_LENGTH,
  TSN,
  STREAM,
  STREAM_SEQUENCE,
  PAYLOAD_PROTOCOL,
  INIT_TAG,
  INIT_CREDIT,
  INIT_OUT,
  INIT_IN,
  INIT_TSN,
  INIT_ACK_TAG,
  INIT_ACK_CREDIT,
  INIT_ACK_OUT,
  INIT_ACK_IN,
  INIT_ACK_TSN,
  SACK_TSN,
  SACK_CREDIT,
  SACK_GAPS,
  SACK_DUPLICATES,
  SHUTDOWN_TSN,
  PARAMETER,
  PARAMETER_LENGTH,
  PARAMETER_IPV4,
  PARAMETER_IPV6,
  CAUSE,
  CAUSE_LENGTH,
];

const HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 4;
const DATA_HEADER_BYTES = 16;
const I_DATA_HEADER_BYTES = 20;
const INIT_BYTES = 20;
const SACK_BYTES = 16;
/** Chunks, parameters and causes are padded to multiples of this. */
const ALIGNMENT = 4;

export function dissectSctp(d: Dissection, at: number, end: number): void {
  d.layer(SCTP, at, HEADER_BYTES);
  d.reading(SRCPORT);
  d.need(at, HEADER_BYTES);
  const source = d.uint(SRCPORT, at, 2);
  const destination = d.uint(DSTPORT, at + 2, 2);
  d.uint(TAG, at + 4, 4);
  d.add(PORT, at, 2, source);
  d.add(PORT, at + 2, 2, destination);
  d.uint(CHECKSUM, at + 8, 4);
  let next = at + HEADER_BYTES;
  while (next < end) {
    d.reading(CHUNK);
    const length = d.number(next, CHUNK_HEADER_BYTES) & 0xffff;
    if (length === 0) d.fail();
    const type = addChunk(d, next, length);
    if (length < CHUNK_HEADER_BYTES) return;
    const header = type === 0 ? DATA_HEADER_BYTES : type === 64 ? I_DATA_HEADER_BYTES : length;
    if (length > header) d.next('sctpPayload', source, next + header, next + length, destination);
    next += padded(length);
  }
}

function addChunk(d: Dissection, at: number, length: number): number {
  const type = d.uint(CHUNK, at, 1);
  d.open();
  d.uint(CHUNK_FLAGS, at + 1, 1);
  d.uint(CHUNK_LENGTH, at + 2, 2);
  addBody(d, type, at + CHUNK_HEADER_BYTES, at + length, length);
  d.close();
  return type;
}

function addBody(d: Dissection, type: number, at: number, end: number, length: number): void {
  switch (type) {
    case 0:
      if (length < DATA_HEADER_BYTES) return;
      d.uint(TSN, at, 4);
      d.uint(STREAM, at + 4, 2);
      d.uint(STREAM_SEQUENCE, at + 6, 2);
      d.uint(PAYLOAD_PROTOCOL, at + 8, 4);
      return;
    case 64:
      if (length < I_DATA_HEADER_BYTES) return;
      d.uint(TSN, at, 4);
      d.uint(STREAM, at + 4, 2);
      // Only the first piece of a message names its protocol (RFC 8260 §2.1).
      if ((d.u8(at - 3) & 0x02) !== 0) d.uint(PAYLOAD_PROTOCOL, at + 12, 4);
      return;
    case 1:
      if (length >= INIT_BYTES) addInit(d, at, end, [INIT_TAG, INIT_CREDIT, INIT_OUT, INIT_IN, INIT_TSN]);
      return;
    case 2:
      if (length >= INIT_BYTES)
        addInit(d, at, end, [INIT_ACK_TAG, INIT_ACK_CREDIT, INIT_ACK_OUT, INIT_ACK_IN, INIT_ACK_TSN]);
      return;
    case 3:
      if (length < SACK_BYTES) d.fail();
      d.uint(SACK_TSN, at, 4);
      d.uint(SACK_CREDIT, at + 4, 4);
      d.uint(SACK_GAPS, at + 8, 2);
      d.uint(SACK_DUPLICATES, at + 10, 2);
      return;
    case 4:
    case 5:
    case 130:
      addParameters(d, at, end, PARAMETER, PARAMETER_LENGTH);
      return;
    case 6:
    case 9:
      addParameters(d, at, end, CAUSE, CAUSE_LENGTH);
      return;
    case 7:
      d.uint(SHUTDOWN_TSN, at, 4);
      return;
    case 193:
      addParameters(d, at + 4, end, PARAMETER, PARAMETER_LENGTH);
      return;
  }
}

function addInit(
  d: Dissection,
  at: number,
  end: number,
  [tag, credit, out, into, tsn]: readonly [Field, Field, Field, Field, Field],
): void {
  d.uint(tag, at, 4);
  d.uint(credit, at + 4, 4);
  d.uint(out, at + 8, 2);
  d.uint(into, at + 10, 2);
  d.uint(tsn, at + 12, 4);
  addParameters(d, at + 16, end, PARAMETER, PARAMETER_LENGTH);
}

/** Parameters and causes are written alike. */
function addParameters(d: Dissection, at: number, end: number, of: Field, lengthOf: Field): void {
  for (let next = at; next < end;) {
    d.reading(of);
    d.need(next, 4);
    const type = d.uint(of, next, 2);
    d.open();
    const length = d.uint(lengthOf, next + 2, 2);
    if (of === PARAMETER && type === 5 && length === 8) d.ipv4(PARAMETER_IPV4, next + 4);
    if (of === PARAMETER && type === 6 && length === 20) d.ipv6(PARAMETER_IPV6, next + 4);
    d.close();
    if (length < 4) return;
    next += padded(length);
  }
}

function padded(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
