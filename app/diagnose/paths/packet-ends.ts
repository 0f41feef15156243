// Whose addresses a packet has, as a hop tells it.
import { parseAddress } from '../../route/address.ts';
import type { TraceHop } from '../../trace/model.ts';

/** @param packet `tcp 192.168.1.2:40000 → 192.168.2.3:8080`, what carries it in front; empty where it names none. */
export function packetSource(packet: string): string {
  const [, bracketed, plain] =
    /(?:^| )(?:\[([0-9a-f:]+)\]|([0-9a-f.:]+?))(?::\d+)? → [^·]*$/.exec(packet) ?? [];
  return bracketed ?? plain ?? '';
}

export function packetDestination(packet: string): string {
  const end = packet.split(' → ').at(-1) ?? '';
  const bracketed = /^\[(.+)\]/.exec(end)?.[1];
  if (bracketed !== undefined) return bracketed;
  const word = end.split(/[ ,]/)[0] ?? '';
  return parseAddress(word) === null ? word.replace(/:\d+$/, '') : word;
}

/** By which device it leaves a namespace, and to whom; where it ends before that, as its route has it. */
export function wayOut({ egress, nextHop, steps }: TraceHop): {
  readonly device: string | null;
  readonly nextHop: string | null;
} {
  if (egress !== null) return { device: egress, nextHop };
  const text = steps.findLast((step) => step.stage === 'route' && step.route !== null)?.route?.text ?? '';
  const word = (key: string): string | null => new RegExp(` ${key} (\\S+)`).exec(text)?.[1] ?? null;
  return { device: word('dev'), nextHop: word('via') };
}
