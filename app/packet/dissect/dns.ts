// DNS over UDP and TCP (RFC 1035 §4.2), multicast DNS (RFC 6762) and LLMNR (RFC 4795).
import type { Dissection } from './dissection.ts';
import { addMessage, FIELDS as MESSAGE_FIELDS, HEADER_BYTES, type DnsKind } from './dns-message.ts';
import { field, type Field } from './field.ts';

const LAYERS: Readonly<Record<DnsKind, Field>> = {
  dns: field('dns', 'Domain Name System', 'protocol'),
  mdns: field('mdns', 'Multicast Domain Name System', 'protocol'),
  llmnr: field('llmnr', 'Link-local Multicast Name Resolution', 'protocol'),
};
const LENGTH = field('dns.length', 'Length of the message', 'uint');

export const FIELDS: readonly Field[] = [...Object.values(LAYERS), LENGTH, ...MESSAGE_FIELDS];

const over = (kind: DnsKind) => (d: Dissection, at: number, end: number) => {
  d.layer(LAYERS[kind], at, end - at);
  addMessage(d, at, kind);
};

export const dissectDns = over('dns');
export const dissectMdns = over('mdns');
export const dissectLlmnr = over('llmnr');

/** Each message has its length before it; one that fails leaves the next alone. */
export function dissectDnsOverTcp(d: Dissection, at: number, end: number): void {
  for (let next = at; next < end;) {
    d.layer(LAYERS.dns, next, end - next);
    if (!d.has(next, 2)) return;
    const messageEnd = next + 2 + d.u16(next);
    d.goesOn = messageEnd > end;
    d.attempt(() => {
      d.limit(messageEnd);
      addMessage(d, next + 2, 'dns', () => d.uint(LENGTH, next, 2));
    });
    next = messageEnd;
  }
}

/** Datagrams that tshark takes for DNS whatever their ports are: plain queries, and answers to at most one. */
export function looksLikeDns(d: Dissection, at: number): boolean {
  if (!d.has(at, HEADER_BYTES + 1)) return false;
  const flags = d.u16(at + 2);
  const questions = d.u16(at + 4);
  const answers = d.u16(at + 6);
  const authorities = d.u16(at + 8);
  if ((flags & 0x7800) !== 0 || d.u16(at + 10) > MOST_ADDITIONALS) return false;
  return (flags & 0x8000) === 0
    ? questions === 1 && answers === 0 && authorities === 0
    : questions <= 1 && answers <= MOST_ANSWERS && authorities <= MOST_AUTHORITIES;
}

const MOST_ANSWERS = 100;
const MOST_AUTHORITIES = 10;
const MOST_ADDITIONALS = 10;
