// The parameters of SVCB and HTTPS records (RFC 9460 §14.3.2).
import type { DnsMessage } from './dns-name.ts';
import { SVC_PARAM_WORDS } from './dns-words.ts';
import { field, type Field } from './field.ts';

const PARAMETER = field('dns.svcb.svcparam', 'Parameter', 'none');
const KEY = field('dns.svcb.svcparam.key', 'Key', 'uint', { words: SVC_PARAM_WORDS });
const LENGTH = field('dns.svcb.svcparam.value.length', 'Length', 'uint');
const VALUE = field('dns.svcb.svcparam.value', 'Value', 'bytes');
const MANDATORY = field('dns.svcb.svcparam.mandatory.key', 'Mandatory key', 'uint', {
  words: SVC_PARAM_WORDS,
});
const ALPN_LENGTH = field('dns.svcb.svcparam.alpn.length', 'Length', 'uint');
const ALPN = field('dns.svcb.svcparam.alpn', 'Protocol', 'text');
const PORT = field('dns.svcb.svcparam.port', 'Port', 'uint');
const IPV4_HINT = field('dns.svcb.svcparam.ipv4hint.ip', 'Address', 'ipv4');
const IPV6_HINT = field('dns.svcb.svcparam.ipv6hint.ip', 'Address', 'ipv6');
const ECH = field('dns.svcb.svcparam.echconfig', 'Encrypted hello', 'bytes');

export const FIELDS: readonly Field[] = [
  PARAMETER,
  KEY,
  LENGTH,
  VALUE,
  MANDATORY,
  ALPN_LENGTH,
  ALPN,
  PORT,
  IPV4_HINT,
  IPV6_HINT,
  ECH,
];

export function addServiceParameters(message: DnsMessage, at: number, end: number): number {
  const { d } = message;
  let next = at;
  while (next < end) {
    d.reading(KEY);
    const length = d.u16(next + 2);
    d.add(PARAMETER, next, 4 + length, null);
    d.open();
    const key = d.uint(KEY, next, 2);
    d.uint(LENGTH, next + 2, 2);
    d.need(next + 4, length);
    addValue(message, key, next + 4, length);
    d.close();
    next += 4 + length;
  }
  return next;
}

function addValue({ d }: DnsMessage, key: number, at: number, length: number): void {
  const end = at + length;
  switch (key) {
    case 0:
      for (let next = at; next + 2 <= end; next += 2) d.uint(MANDATORY, next, 2);
      return;
    case 1:
      for (let next = at; next < end;) {
        const bytes = d.uint(ALPN_LENGTH, next, 1);
        d.text(ALPN, next + 1, bytes);
        next += 1 + bytes;
      }
      return;
    case 3:
      d.uint(PORT, at, 2);
      return;
    case 4:
      for (let next = at; next + 4 <= end; next += 4) d.ipv4(IPV4_HINT, next);
      return;
    case 5:
      d.view(ECH, at, length);
      return;
    case 6:
      for (let next = at; next + 16 <= end; next += 16) d.ipv6(IPV6_HINT, next);
      return;
    default:
      if (length > 0) d.view(VALUE, at, length);
  }
}
