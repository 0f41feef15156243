// For tests: what the kernel says and counts when a packet stops for a reason (FIELD-NOTES §7): ICMP's type and code, what the sender's
// socket is told, counters of the namespace where it stops.
import type { StopReason } from '../passage.ts';

export interface Telling {
  /** `3/1`, `errno 113`, `reset`. */
  readonly told: readonly string[];
  readonly counted: readonly string[];
}

const NOTHING: Telling = { told: [], counted: [] };
const errno = {
  perm: 'errno 1',
  access: 'errno 13',
  invalid: 'errno 22',
  size: 'errno 90',
  network: 'errno 101',
  buffers: 'errno 105',
  refused: 'errno 111',
  host: 'errno 113',
};
const UNREACHABLE = {
  4: { told: ['3/1', errno.host], counted: [] },
  6: { told: ['1/3', errno.host], counted: [] },
};

const TELLINGS: Partial<Record<StopReason, Readonly<Record<4 | 6, Telling>>>> = {
  'no-route': {
    4: { told: ['3/0', errno.network], counted: ['IpExt InNoRoutes', 'Ip OutNoRoutes'] },
    6: { told: ['1/0', errno.network], counted: ['Ip6InNoRoutes', 'Ip6OutNoRoutes'] },
  },
  blackhole: { 4: { told: [errno.invalid], counted: [] }, 6: { told: [errno.invalid], counted: [] } },
  unreachable: {
    // A rule says it of the net (net/ipv4/fib_rules.c fib4_rule_action), a route of the host.
    4: { told: ['3/1', '3/0', errno.host, errno.network], counted: [] },
    6: { told: ['1/3', '1/0', errno.host], counted: ['Ip6InNoRoutes'] },
  },
  prohibit: {
    4: { told: ['3/13', errno.access, errno.host], counted: [] },
    6: { told: ['1/1', errno.access], counted: [] },
  },
  'forwarding-off': { 4: { told: [], counted: ['Ip InAddrErrors'] }, 6: NOTHING },
  'reverse-path': { 4: { told: [], counted: ['TcpExt IPReversePathFilter'] }, 6: NOTHING },
  'filter-drop': { 4: { told: [errno.perm], counted: [] }, 6: { told: [errno.perm], counted: [] } },
  'filter-reject': {
    4: { told: ['3/3', errno.refused, errno.perm, 'reset'], counted: [] },
    6: { told: ['1/4', errno.refused, errno.perm, 'reset'], counted: [] },
  },
  'ttl-exceeded': {
    4: { told: ['11/0', errno.host], counted: ['Ip InHdrErrors'] },
    6: { told: ['3/0', errno.host], counted: ['Ip6InHdrErrors'] },
  },
  'too-big': {
    4: { told: ['3/4', errno.size], counted: ['Ip FragFails'] },
    6: { told: ['2/0', errno.size], counted: ['Ip6InTooBigErrors', 'Ip6FragFails'] },
  },
  // Who has the neighbour's address already is told that the device took nothing (ENOBUFS).
  'peer-mtu': { 4: { told: [errno.buffers], counted: [] }, 6: { told: [errno.buffers], counted: [] } },
  // The other node's host is told, not the sender.
  'vni-unknown': { 4: { told: ['3/3'], counted: [] }, 6: { told: ['1/4'], counted: [] } },
  // Of those that are asked for by it.
  'no-carrier': UNREACHABLE,
  'neighbour-failed': UNREACHABLE,
  'nobody-has-address': UNREACHABLE,
};

export function tellings(family: 4 | 6, proto: number, reason: StopReason): Telling {
  if (reason === 'no-socket')
    return proto === 6
      ? { told: ['reset', errno.refused], counted: ['Tcp OutRsts'] }
      : {
          told: [family === 4 ? '3/3' : '1/4', errno.refused],
          counted: [family === 4 ? 'Udp NoPorts' : 'Udp6NoPorts'],
        };
  return TELLINGS[reason]?.[family] ?? NOTHING;
}
