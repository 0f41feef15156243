// DHCPv6 (RFC 8415): messages between clients, servers and relays; options by number, addresses and names among them.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';

const DHCPV6 = field('dhcpv6', 'DHCPv6', 'protocol');
const TYPE = field('dhcpv6.msgtype', 'Message type', 'uint', {
  words: {
    1: 'Solicit',
    2: 'Advertise',
    3: 'Request',
    4: 'Confirm',
    5: 'Renew',
    6: 'Rebind',
    7: 'Reply',
    8: 'Release',
    9: 'Decline',
    10: 'Reconfigure',
    11: 'Information-request',
    12: 'Relay-forward',
    13: 'Relay-reply',
  },
});
const TRANSACTION = field('dhcpv6.xid', 'Transaction', 'uint', { hexDigits: 6 });
const HOPS = field('dhcpv6.hopcount', 'Hops', 'uint');
const LINK = field('dhcpv6.linkaddr', 'Link address', 'ipv6');
const PEER = field('dhcpv6.peeraddr', 'Peer address', 'ipv6');
const OPTION = field('dhcpv6.option.type', 'Option', 'uint', {
  words: {
    1: 'Client identifier',
    2: 'Server identifier',
    3: 'Addresses',
    4: 'Temporary addresses',
    5: 'Address',
    6: 'Asked for',
    7: 'Preference',
    8: 'Elapsed time',
    9: 'Relayed message',
    11: 'Authentication',
    13: 'Status',
    14: 'Rapid commit',
    16: 'Vendor class',
    18: 'Interface',
    23: 'DNS servers',
    24: 'Domain search list',
    25: 'Delegated prefixes',
    26: 'Prefix',
    39: 'Client name',
  },
});
const LENGTH = field('dhcpv6.option.length', 'Length', 'uint');
const DUID = field('dhcpv6.duid.bytes', 'DUID', 'bytes');
const ASKED = field('dhcpv6.requested_option_code', 'Asked for', 'uint');
const IA_ID = field('dhcpv6.iaid', 'Association', 'text');
const T1 = field('dhcpv6.iaid.t1', 'Renew after, s', 'uint');
const T2 = field('dhcpv6.iaid.t2', 'Rebind after, s', 'uint');
const ADDRESS = field('dhcpv6.iaaddr.ip', 'Address', 'ipv6');
const PREFERRED = field('dhcpv6.iaaddr.pref_lifetime', 'Preferred for, s', 'uint');
const VALID = field('dhcpv6.iaaddr.valid_lifetime', 'Valid for, s', 'uint');
const STATUS = field('dhcpv6.status_code', 'Status', 'uint', {
  words: {
    0: 'Success',
    1: 'Unspecified failure',
    2: 'No addresses available',
    3: 'No binding',
    4: 'Not on link',
    5: 'Use multicast',
    6: 'No prefixes available',
  },
});
const DNS_SERVER = field('dhcpv6.dns_server', 'DNS server', 'ipv6');

export const FIELDS = [
  DHCPV6,
  TYPE,
  TRANSACTION,
  HOPS,
  LINK,
  PEER,
  OPTION,
  LENGTH,
  DUID,
  ASKED,
  IA_ID,
  T1,
  T2,
  ADDRESS,
  PREFERRED,
  VALID,
  STATUS,
  DNS_SERVER,
];

const RELAY_FORWARD = 12;
const RELAY_REPLY = 13;
const RELAY_HEADER_BYTES = 34;
/** RFC 8415 §7.6 has eight relays one behind the other; associations hold addresses, which hold a status. */
const MAX_DEPTH = 12;

export function dissectDhcpv6(d: Dissection, at: number, end: number): void {
  d.layer(DHCPV6, at, end - at);
  addMessage(d, at, end, 0);
}

function addMessage(d: Dissection, at: number, end: number, depth: number): void {
  const type = d.uint(TYPE, at, 1);
  if (type !== RELAY_FORWARD && type !== RELAY_REPLY) {
    d.uint(TRANSACTION, at + 1, 3);
    addOptions(d, at + 4, end, depth);
    return;
  }
  d.uint(HOPS, at + 1, 1);
  d.ipv6(LINK, at + 2);
  d.ipv6(PEER, at + 18);
  addOptions(d, at + RELAY_HEADER_BYTES, end, depth);
}

function addOptions(d: Dissection, at: number, end: number, depth: number): void {
  if (depth > MAX_DEPTH) return;
  for (let next = at; next < end;) {
    d.reading(OPTION);
    const length = d.u16(next + 2);
    d.need(next, 4 + length);
    const type = d.uint(OPTION, next, 2);
    d.open();
    d.uint(LENGTH, next + 2, 2);
    addValue(d, type, next + 4, length, depth + 1);
    d.close();
    next += 4 + length;
  }
}

function addValue(d: Dissection, type: number, at: number, length: number, depth: number): void {
  const end = at + length;
  switch (type) {
    case 1:
    case 2:
      if (length > 0) d.view(DUID, at, length);
      return;
    case 3:
    case 25:
      if (length < 12) return;
      d.add(IA_ID, at, 4, d.u32(at).toString(16).padStart(8, '0'));
      d.uint(T1, at + 4, 4);
      d.uint(T2, at + 8, 4);
      addOptions(d, at + 12, end, depth);
      return;
    case 4:
      if (length < 4) return;
      d.add(IA_ID, at, 4, d.u32(at).toString(16).padStart(8, '0'));
      addOptions(d, at + 4, end, depth);
      return;
    case 5:
      if (length < 24) return;
      d.ipv6(ADDRESS, at);
      d.uint(PREFERRED, at + 16, 4);
      d.uint(VALID, at + 20, 4);
      addOptions(d, at + 24, end, depth);
      return;
    case 6:
      for (let next = at; next + 2 <= end; next += 2) d.uint(ASKED, next, 2);
      return;
    case 9:
      if (length > 0) addMessage(d, at, end, depth);
      return;
    case 13:
      if (length >= 2) d.uint(STATUS, at, 2);
      return;
    case 23:
      for (let next = at; next + 16 <= end; next += 16) d.ipv6(DNS_SERVER, next);
      return;
  }
}
