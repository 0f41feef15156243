// PIM (RFC 7761): what a message is, and the packet that a register carries to the rendezvous point; EtherIP (RFC 3378).
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { Link } from './numbers.ts';

const TYPE_WORDS = {
  0: 'Hello',
  1: 'Register',
  2: 'Register stop',
  3: 'Join or prune',
  4: 'Bootstrap',
  5: 'Assert',
};

const PIM = field('pim', 'PIM', 'protocol');
const VERSION = field('pim.version', 'Version', 'uint');
const TYPE = field('pim.type', 'Type', 'uint', { words: TYPE_WORDS });
const ETHERIP = field('etherip', 'Ethernet in IP', 'protocol');

export const FIELDS = [PIM, VERSION, TYPE, ETHERIP];

const HEADER_BYTES = 8;
const REGISTER = 1;

export function dissectPim(d: Dissection, at: number, end: number): void {
  d.layer(PIM, at, 4);
  const version = d.bits(VERSION, at, 1, 0xf0);
  if (version !== 2) return;
  const type = d.bits(TYPE, at, 1, 0x0f);
  if (type === REGISTER) d.next('linkType', Link.ip, at + HEADER_BYTES, end);
}

export function dissectEtherIp(d: Dissection, at: number, end: number): void {
  d.layer(ETHERIP, at, 2);
  d.next('linkType', Link.ethernet, at + 2, end);
}
