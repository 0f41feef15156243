// DHCP (RFC 2131) and BOOTP (RFC 951), which it continues.
import { addDhcpOptions, dhcpText, FIELDS as OPTION_FIELDS, HARDWARE_TYPE, MAC } from './dhcp-options.ts';
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';

const DHCP = field('dhcp', 'Dynamic Host Configuration Protocol', 'protocol');
const TYPE = field('dhcp.type', 'Direction', 'uint', { words: { 1: 'Request', 2: 'Reply' } });
const HARDWARE_LENGTH = field('dhcp.hw.len', 'Hardware address length', 'uint');
const HOPS = field('dhcp.hops', 'Hops', 'uint');
const ID = field('dhcp.id', 'Transaction', 'uint', { hexDigits: 8 });
const SECONDS = field('dhcp.secs', 'Seconds', 'uint');
const FLAGS = field('dhcp.flags', 'Flags', 'uint', { hexDigits: 4 });
const BROADCAST = field('dhcp.flags.bc', 'Answer by broadcast', 'boolean');
const CLIENT = field('dhcp.ip.client', 'Client address', 'ipv4');
const YOURS = field('dhcp.ip.your', 'Your address', 'ipv4');
const NEXT_SERVER = field('dhcp.ip.server', 'Next server', 'ipv4');
const RELAY = field('dhcp.ip.relay', 'Relay', 'ipv4');
const HARDWARE_ADDRESS = field('dhcp.hw.addr', 'Client hardware address', 'bytes');
const PADDING = field('dhcp.hw.addr_padding', 'Padding', 'bytes');
const SERVER_NAME = field('dhcp.server', 'Server name', 'text');
const FILE = field('dhcp.file', 'Boot file', 'text');
const COOKIE = field('dhcp.cookie', 'Magic cookie', 'ipv4');

export const FIELDS = [
  DHCP,
  TYPE,
  HARDWARE_TYPE,
  HARDWARE_LENGTH,
  HOPS,
  ID,
  SECONDS,
  FLAGS,
  BROADCAST,
  CLIENT,
  YOURS,
  NEXT_SERVER,
  RELAY,
  MAC,
  HARDWARE_ADDRESS,
  PADDING,
  SERVER_NAME,
  FILE,
  COOKIE,
  ...OPTION_FIELDS,
];

const ADDRESS_BYTES = 16;
const NAME_BYTES = 64;
const FILE_BYTES = 128;
const COOKIE_AT = 236;
/** RFC 2131 §3. */
const MAGIC = 0x63825363;

export function dissectDhcp(d: Dissection, at: number, end: number): void {
  d.layer(DHCP, at, end - at);
  d.uint(TYPE, at, 1);
  const hardware = d.uint(HARDWARE_TYPE, at + 1, 1);
  const addressLength = d.uint(HARDWARE_LENGTH, at + 2, 1);
  d.uint(HOPS, at + 3, 1);
  d.uint(ID, at + 4, 4);
  d.uint(SECONDS, at + 8, 2);
  d.uint(FLAGS, at + 10, 2);
  d.open();
  d.bits(BROADCAST, at + 10, 2, 0x8000);
  d.close();
  d.ipv4(CLIENT, at + 12);
  d.ipv4(YOURS, at + 16);
  d.ipv4(NEXT_SERVER, at + 20);
  d.ipv4(RELAY, at + 24);
  addHardwareAddress(d, at + 28, hardware, addressLength);
  const nameAt = at + 28 + ADDRESS_BYTES;
  dhcpText(d, SERVER_NAME, nameAt, NAME_BYTES);
  dhcpText(d, FILE, nameAt + NAME_BYTES, FILE_BYTES);
  const cookieAt = at + COOKIE_AT;
  d.reading(COOKIE);
  if (d.u32(cookieAt) !== MAGIC) return;
  d.ipv4(COOKIE, cookieAt);
  addDhcpOptions(d, cookieAt + 4, end);
}

function addHardwareAddress(d: Dissection, at: number, hardware: number, length: number): void {
  if (length === 0 || length > ADDRESS_BYTES) return;
  // IANA, Hardware Types: Ethernet and IEEE 802.
  if ((hardware === 1 || hardware === 6) && length === 6) d.mac(MAC, at);
  else d.view(HARDWARE_ADDRESS, at, length);
  if (length < ADDRESS_BYTES) d.view(PADDING, at + length, ADDRESS_BYTES - length);
}
