// DHCP options by name: RFC 2132; 3004 (user class), 3046 (relay agent), 3442 (routes), 4578 (PXE), 4702 (FQDN), 8910.
import type { Dissection } from './dissection.ts';
import { field, type Field } from './field.ts';

const TYPE = field('dhcp.option.type', 'Option', 'uint');
const LENGTH = field('dhcp.option.length', 'Length', 'uint');
const VALUE = field('dhcp.option.value', 'Value', 'bytes');
const END = field('dhcp.option.end', 'End of options', 'uint');
const MESSAGE_TYPE = field('dhcp.option.dhcp', 'Message type', 'uint', {
  words: {
    1: 'Discover',
    2: 'Offer',
    3: 'Request',
    4: 'Decline',
    5: 'ACK',
    6: 'NAK',
    7: 'Release',
    8: 'Inform',
    9: 'Force renew',
  },
});
export const HARDWARE_TYPE = field('dhcp.hw.type', 'Hardware type', 'uint', {
  hexDigits: 2,
  words: { 1: 'Ethernet' },
});
export const MAC = field('dhcp.hw.mac_addr', 'Client MAC address', 'mac');

/** How a value is written: one or more of these. */
interface Option {
  readonly label: string;
  readonly of: Field;
  /** Of one value; null: as long as the option. */
  readonly bytes: number | null;
}

function option(
  name: string,
  label: string,
  type: 'ipv4' | 'uint' | 'int' | 'boolean' | 'text' | 'bytes',
  bytes: number | null = null,
): Option {
  return {
    label,
    of: field(`dhcp.option.${name}`, label, type),
    bytes: type === 'ipv4' ? 4 : type === 'boolean' ? 1 : bytes,
  };
}

/** By code; IANA, BOOTP Vendor Extensions and DHCP Options. */
const OPTIONS = new Map<number, Option>([
  [1, option('subnet_mask', 'Subnet mask', 'ipv4')],
  [2, option('time_offset', 'Time offset', 'int', 4)],
  [3, option('router', 'Router', 'ipv4')],
  [4, option('time_server', 'Time server', 'ipv4')],
  [6, option('domain_name_server', 'DNS server', 'ipv4')],
  [7, option('log_server', 'Log server', 'ipv4')],
  [12, option('hostname', 'Host name', 'text')],
  [15, option('domain_name', 'Domain name', 'text')],
  [17, option('root_path', 'Root path', 'text')],
  [23, option('default_ip_ttl', 'Default time to live', 'uint', 1)],
  [26, option('interface_mtu', 'MTU', 'uint', 2)],
  [28, option('broadcast_address', 'Broadcast address', 'ipv4')],
  [42, option('ntp_server', 'NTP server', 'ipv4')],
  [44, option('netbios_over_tcpip_name_server', 'NetBIOS name server', 'ipv4')],
  [46, option('netbios_over_tcpip_node_type', 'NetBIOS node type', 'uint', 1)],
  [50, option('requested_ip_address', 'Requested address', 'ipv4')],
  [51, option('ip_address_lease_time', 'Lease time, s', 'uint', 4)],
  [52, option('option_overload', 'Options in other fields', 'uint', 1)],
  [53, { label: MESSAGE_TYPE.label, of: MESSAGE_TYPE, bytes: 1 }],
  [54, option('dhcp_server_id', 'Server', 'ipv4')],
  [55, option('request_list_item', 'Asked for', 'uint', 1)],
  [56, option('message', 'Message', 'text')],
  [57, option('dhcp_max_message_size', 'Largest message', 'uint', 2)],
  [58, option('renewal_time_value', 'Renew after, s', 'uint', 4)],
  [59, option('rebinding_time_value', 'Rebind after, s', 'uint', 4)],
  [60, option('vendor_class_id', 'Vendor class', 'text')],
  [66, option('tftp_server_name', 'TFTP server name', 'text')],
  [67, option('bootfile_name', 'Boot file', 'text')],
  [93, option('client_system_architecture', 'Client architecture', 'uint', 2)],
  [114, option('captive_portal', 'Captive portal', 'text')],
  [150, option('tftp_server_address', 'TFTP server', 'ipv4')],
  [252, option('private_proxy_autodiscovery', 'Proxy autodiscovery', 'text')],
]);
/** Of which an option holds more than one value; of the others a second one would be nonsense. */
const LISTS = new Set([3, 4, 6, 7, 42, 44, 55, 93, 150]);

export const FIELDS = [TYPE, LENGTH, VALUE, END, ...[...OPTIONS.values()].map(({ of }) => of)];

const PAD = 0;
const LAST = 255;
const CLIENT_IDENTIFIER = 61;

/** From `at`, behind the cookie, to `end` on the wire, or to the option that ends them. */
export function addDhcpOptions(d: Dissection, at: number, end: number): void {
  for (let next = at; next < end;) {
    d.reading(TYPE);
    const type = d.u8(next);
    if (type === PAD || type === LAST) {
      // tshark tells the end as type 0, and runs of padding as one.
      d.add(TYPE, next, 1, PAD);
      if (type === LAST) {
        d.add(END, next, 1, LAST);
        return;
      }
      while (d.has(next, 1) && d.u8(next) === PAD) next += 1;
      continue;
    }
    d.need(next, 2);
    d.uint(TYPE, next, 1);
    d.say(`Option: ${OPTIONS.get(type)?.label ?? type.toString()}`);
    d.open();
    const length = d.uint(LENGTH, next + 1, 1);
    addValue(d, type, next + 2, length);
    d.close();
    next += 2 + length;
  }
}

function addValue(d: Dissection, type: number, at: number, length: number): void {
  d.reading(VALUE);
  d.need(at, length);
  const option = OPTIONS.get(type);
  if (option === undefined) {
    if (length > 0) d.view(VALUE, at, length);
    if (type === CLIENT_IDENTIFIER && length === 7 && d.u8(at) === 1) {
      d.uint(HARDWARE_TYPE, at, 1);
      d.mac(MAC, at + 1);
    }
    return;
  }
  const { of, bytes } = option;
  if (bytes === null) {
    dhcpText(d, of, at, length);
    return;
  }
  if (length === 0 || length % bytes !== 0 || (length > bytes && !LISTS.has(type))) return;
  for (let next = at; next < at + length; next += bytes) {
    if (of.type === 'ipv4') d.ipv4(of, next);
    else if (of.type === 'int') d.add(of, next, bytes, d.number(next, bytes) | 0);
    else d.uint(of, next, bytes);
  }
}

/** ASCII up to the first zero. */
export function dhcpText(d: Dissection, of: Field, at: number, length: number): void {
  d.reading(of);
  const bytes = d.bytes(at, length);
  if (!d.wants(of)) return;
  let text = '';
  for (const byte of bytes) {
    if (byte === 0) break;
    text += byte < 0x80 ? String.fromCharCode(byte) : '\ufffd';
  }
  d.add(of, at, length, text);
}
