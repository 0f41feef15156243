// What a rule did to a packet, in a few words.
import { addressText, type Address } from '../route/address.ts';
import type { FilterPacket } from './filter-packet.ts';
import { addressScalar, hasPorts } from './packet-view.ts';
import type { Ending } from './rule-program.ts';

export function didWords(ending: Ending, before: FilterPacket): string {
  switch (ending.kind) {
    case 'accept':
      return 'accepted';
    case 'drop':
      return 'dropped';
    case 'reject':
      return 'rejected';
    case 'return':
      return 'returned to the caller';
    case 'jump':
      return `jumped to ${ending.chain}`;
    case 'goto':
      return `went to ${ending.chain}`;
    case 'translated':
    case 'sent':
      return changedWords(before, ending.packet, 'accepted as it is');
    case 'unknown':
      return 'decided what is not known';
  }
}

/** @param none where nothing changed. */
export function changedWords(before: FilterPacket, after: FilterPacket, none = 'counted'): string {
  if (before === after) return none;
  const words: string[] = [];
  for (const [end, port, name] of [
    ['src', 'sport', 'source'],
    ['dst', 'dport', 'destination'],
  ] as const) {
    const moved = addressScalar(before[end]) !== addressScalar(after[end]) || before[port] !== after[port];
    if (moved)
      words.push(
        `${name} ${endText(before, before[end], before[port])} → ${endText(after, after[end], after[port])}`,
      );
  }
  if (before.mark !== after.mark)
    words.push(`mark 0x${before.mark.toString(16)} → 0x${after.mark.toString(16)}`);
  const [old, now] = [before.connection, after.connection];
  if (old.mark !== now.mark)
    words.push(`connection mark 0x${old.mark.toString(16)} → 0x${now.mark.toString(16)}`);
  if (old.state !== now.state) words.push(`connection is ${now.state}`);
  if (before.tos !== after.tos) words.push(`TOS 0x${before.tos.toString(16)} → 0x${after.tos.toString(16)}`);
  if (before.ttl !== after.ttl) words.push(`TTL ${before.ttl} → ${after.ttl}`);
  return words.length === 0 ? none : words.join(', ');
}

function endText({ protocol }: FilterPacket, address: Address, port: number): string {
  const text = addressText(address);
  if (!hasPorts(protocol)) return text;
  return address.family === 6 ? `[${text}]:${port}` : `${text}:${port}`;
}
