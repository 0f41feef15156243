// Geneve (RFC 8926).
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { MALFORMED } from './marks.ts';
import { ETHER_TYPE_WORDS } from './numbers.ts';

const GENEVE = field('geneve', 'Geneve', 'protocol');
const VERSION = field('geneve.version', 'Version', 'uint');
const LENGTH = field('geneve.option.length', 'Length, in bytes', 'uint');
const OAM = field('geneve.flags.oam', 'Control packet', 'boolean');
const CRITICAL = field('geneve.flags.critical', 'Has critical options', 'boolean');
const PROTO = field('geneve.proto_type', 'Protocol', 'uint', { hexDigits: 4, words: ETHER_TYPE_WORDS });
const VNI = field('geneve.vni', 'Network identifier', 'uint', { hexDigits: 6 });
const OPTIONS = field('geneve.options', 'Options', 'bytes');
const OPTION = field('geneve.option', 'Option', 'bytes');
const CLASS = field('geneve.option.class', 'Class', 'uint', { hexDigits: 4 });
const TYPE = field('geneve.option.type', 'Type', 'uint', { hexDigits: 2 });
const CONTENT = field('geneve.option.unknown.data', 'Content', 'bytes');

export const FIELDS = [
  ...[GENEVE, VERSION, LENGTH, OAM, CRITICAL, PROTO, VNI, OPTIONS, OPTION, CLASS, TYPE, CONTENT],
];

const HEADER_BYTES = 8;
const OPTION_HEADER_BYTES = 4;

export function dissectGeneve(d: Dissection, at: number, end: number): void {
  d.layer(GENEVE, at, HEADER_BYTES);
  const version = d.bits(VERSION, at, 1, 0xc0);
  if (version !== 0) {
    d.add(MALFORMED, at, 1, null);
    d.say(`Malformed: Geneve of version ${version}`);
  }
  const bytes = (d.u8(at) & 0x3f) * 4;
  d.add(LENGTH, at, 1, bytes);
  d.bits(OAM, at + 1, 1, 0x80);
  d.bits(CRITICAL, at + 1, 1, 0x40);
  const protocol = d.uint(PROTO, at + 2, 2);
  d.uint(VNI, at + 4, 3);
  const optionsAt = at + HEADER_BYTES;
  const payloadAt = optionsAt + bytes;
  if (bytes > 0) addOptions(d, optionsAt, payloadAt);
  d.next('etherType', protocol, payloadAt, end);
}

function addOptions(d: Dissection, at: number, end: number): void {
  d.view(OPTIONS, at, end - at);
  d.open();
  let from = at;
  while (from < end) {
    const bytes = OPTION_HEADER_BYTES + (d.u8(from + 3) & 0x1f) * 4;
    if (from + bytes > end) {
      d.add(MALFORMED, from, end - from, null);
      d.say(`Malformed: an option of ${bytes} bytes, where ${end - from} are left`);
      break;
    }
    d.view(OPTION, from, bytes);
    d.open();
    d.uint(CLASS, from, 2);
    d.uint(TYPE, from + 2, 1);
    d.add(LENGTH, from + 3, 1, bytes);
    d.view(CONTENT, from + OPTION_HEADER_BYTES, bytes - OPTION_HEADER_BYTES);
    d.close();
    from += bytes;
  }
  d.close();
}
