// nftables' `fib` (net/ipv4/netfilter/nft_fib_ipv4.c, net/ipv6/netfilter/nft_fib_ipv6.c), and with it what iptables' rpfilter asks
// (ipt_rpfilter.c): where a packet of an address would go, and what kind of address it is.
import { Unknown, type Value } from './filter-value.ts';
import { ADDRESS_TYPES } from './nft-names.ts';
import type { PacketView } from './packet-view.ts';
import { INTERFACE_NAME, intType, WORD, type ValueType } from './value-type.ts';

interface FibField {
  readonly type: ValueType;
  read(view: PacketView): Value;
}

const NOT_READ = 'not all routes around it were read';

const KIND: ValueType = {
  scalar: (raw) => (typeof raw === 'number' ? (ADDRESS_TYPES[raw] ?? null) : WORD.scalar(raw)),
};

export function fibField(flags: readonly unknown[], result: unknown): FibField {
  const end = flags.includes('daddr') ? 'dst' : 'src';
  const by = flags.includes('iif') ? 'iif' : flags.includes('oif') ? 'oif' : null;
  if (result === 'type')
    return {
      type: KIND,
      read({ packet, context }) {
        const types = context.addressTypes(packet[end], by === null ? null : packet[by]);
        if (types === 'unknown') return new Unknown(NOT_READ);
        return types.includes('local') ? 'local' : (types[0] ?? 'unspec');
      },
    };
  const found = (view: PacketView): string | Unknown => {
    const { packet } = view;
    if (view.hook === 'prerouting' && packet.iif === 'lo') return 'lo';
    const mark = flags.includes('mark') ? packet.mark : 0;
    return deviceOf(view, end, by === null ? null : packet[by], mark, false);
  };
  if (result === 'oifname') return { type: INTERFACE_NAME, read: found };
  // Whether there is one at all (`exists`, `missing`); an index shows by its name.
  return {
    type: {
      scalar: (raw) => (typeof raw === 'boolean' ? (raw ? 1 : 0) : WORD.scalar(raw)),
      bits: intType().bits ?? 32,
    },
    read: found,
  };
}

/**
 * The device by which the route to the packet's source (or destination) leads; '' where none does.
 * @param only the route must lead by this device, unless `loose`. IPv6 asks among its routes alone.
 */
export function deviceOf(
  { packet, context }: PacketView,
  end: 'src' | 'dst',
  only: string | null,
  mark: number,
  loose: boolean,
): string | Unknown {
  const [to, from] = end === 'src' ? [packet.src, packet.dst] : [packet.dst, packet.src];
  const among = packet.family === 6 && !loose ? only : null;
  const route = context.routeTo(to, from, { mark, tos: packet.tos, packet, device: among });
  if (route === 'unknown') return new Unknown(NOT_READ);
  if (route?.type !== 'unicast') return '';
  if (only === null || loose) return route.devices[0] ?? '';
  return route.devices.includes(only) ? only : '';
}
