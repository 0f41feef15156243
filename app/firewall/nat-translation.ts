// Translations of addresses and ports (net/netfilter/nf_nat_core.c, nf_nat_redirect.c, nf_nat_masquerade.c).
import { parseAddress, type Address } from '../route/address.ts';
import type { FilterPacket } from './filter-packet.ts';
import { Choice, MOST_CHOICES, Unknown } from './filter-value.ts';
import { addressScalar, hasPorts, scalarAddress, type PacketView } from './packet-view.ts';
import type { Ended, Ending } from './rule-program.ts';

/** What a rule translates to: null leaves it as it is. */
export interface NatRange {
  readonly addresses: readonly [Address, Address] | null;
  readonly ports: readonly [number, number] | null;
  /** The kernel draws the port. */
  readonly random: boolean;
  /** `10.0.0.0/24`: the host's bits stay (NETMAP). */
  readonly keptBits: number | null;
}

export type NatEnd = 'src' | 'dst';

/** Of several addresses a hash of the packet's own chooses: by share. */
export function translated(view: PacketView, end: NatEnd, range: NatRange): Ended {
  const { packet } = view;
  const { addresses } = range;
  if (addresses === null) return endingOf(view, end, packet[end], range);
  const [first, last] = addresses;
  // A rule of an inet table for the other family.
  if (first.family !== packet.family) return null;
  if (range.keptBits !== null)
    return endingOf(view, end, withHost(first, packet[end], range.keptBits), range);
  const [lo, hi] = [addressScalar(first), addressScalar(last)];
  if (lo === hi) return endingOf(view, end, first, range);
  if (typeof lo !== 'number' || typeof hi !== 'number' || hi < lo || hi - lo >= MOST_CHOICES)
    return new Unknown('it chooses among many addresses');
  const count = hi - lo + 1;
  return new Choice(
    Array.from({ length: count }, (_, at) => ({
      share: 1 / count,
      value: endingOf(view, end, scalarAddress(lo + at), range),
    })),
  );
}

function endingOf(view: PacketView, end: NatEnd, address: Address, range: NatRange): Ending {
  return { kind: 'translated', packet: withEnd(view, end, address, range) };
}

function withEnd(view: PacketView, end: NatEnd, address: Address, range: NatRange): FilterPacket {
  const { packet } = view;
  const portName = end === 'src' ? 'sport' : 'dport';
  const port = hasPorts(packet.protocol) ? portOf(view, end, packet[portName], range) : packet[portName];
  const same = port === packet[portName] && addressScalar(address) === addressScalar(packet[end]);
  if (same) return packet;
  return {
    ...packet,
    [end]: address,
    [portName]: port,
    connection: { ...packet.connection, [end === 'src' ? 'snat' : 'dnat']: true },
  };
}

function portOf(view: PacketView, end: NatEnd, own: number, { ports, random }: NatRange): number {
  if (random)
    view.presume(
      `The kernel draws the ${end === 'src' ? 'source' : 'destination'} port: another than shown here.`,
    );
  if (ports === null) return own;
  const [from, to] = ports;
  if (own >= from && own <= to) return own;
  if (end === 'src' && to > from)
    view.presume(`The kernel chooses the source port among ${from}-${to}: the first is shown here.`);
  return from;
}

function withHost(net: Address, host: Address, bits: number): Address {
  const words = net.words.map((word, at) => {
    const length = Math.min(32, Math.max(0, bits - at * 32));
    const mask = length === 0 ? 0 : -1 << (32 - length);
    return (word & mask) | ((host.words[at] ?? 0) & ~mask);
  });
  return { family: net.family, words };
}

const LOOPBACK = { 4: parseAddress('127.0.0.1'), 6: parseAddress('::1') };

/** To this machine itself: what it sent by its loopback address, what came in by the first address of the device. */
export function redirected(view: PacketView, range: NatRange): Ended {
  const { packet, context, hook } = view;
  const to =
    hook === 'output'
      ? LOOPBACK[packet.family]
      : packet.iif === null
        ? null
        : context.addressOf(packet.iif, packet.family);
  if (to === 'unknown') return new Unknown(`the addresses of ${packet.iif ?? ''} were not read`);
  return to === null ? { kind: 'drop' } : endingOf(view, 'dst', to, range);
}

export function masqueraded(view: PacketView, range: NatRange): Ended {
  const { packet, context } = view;
  const from = packet.oif === null ? 'unknown' : context.sourceFor(packet.oif, packet.dst);
  if (from === 'unknown')
    return new Unknown(`the address that ${packet.oif ?? 'the device'} lends is not known`);
  return from === null ? { kind: 'drop' } : endingOf(view, 'src', from, range);
}

/** `10.0.0.1-10.0.0.4:80-90`, `[fd00::1]:80`, `:80`, `80-90`, as iptables prints them; null: not understood. */
export function natRange(text: string, options: { readonly random: boolean }): NatRange | null {
  const { random } = options;
  const match =
    /^\[([0-9a-f:.]+)(?:-([0-9a-f:.]+))?\](?::(\d{1,5})(?:-(\d{1,5}))?)?(?:\/\d+)?$/i.exec(text) ??
    /^([0-9.]+)?(?:-([0-9.]+))?(?::(\d{1,5})(?:-(\d{1,5}))?)?$/.exec(text) ??
    /^([0-9a-f:.]+)(?:-([0-9a-f:.]+))?$/i.exec(text);
  if (match === null || text === '') return null;
  const [, from, to = from, low, high = low] = match;
  const first = from === undefined ? null : parseAddress(from);
  const last = to === undefined ? null : parseAddress(to);
  if ((from !== undefined && first === null) || (to !== undefined && last === null)) return null;
  if (first?.family !== last?.family) return null;
  return {
    addresses: first === null || last === null ? null : [first, last],
    ports: low === undefined ? null : [Number(low), Number(high)],
    random,
    keptBits: null,
  };
}
