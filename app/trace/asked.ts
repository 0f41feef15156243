// The packet that a question is about: of which family, from which address to which, and what of it was not said.
import type { Tuple } from '../firewall/filter-packet.ts';
import { fail, ok, type Result } from '../result.ts';
import { addressText, parseAddress, type Address } from '../route/address.ts';
import type { PodEntity } from '../topology/model.ts';
import { blankPacket } from './blank-packet.ts';
import { endNamed, type TraceEnd } from './ends.ts';
import type { TraceKnown } from './known.ts';
import type { TraceRequest } from './model.ts';
import { namespaceOf } from './namespaces.ts';
import type { TracedPacket } from './packet.ts';

export interface AskedTrace {
  readonly from: TraceEnd;
  readonly to: TraceEnd;
  readonly packet: TracedPacket;
  /** As the answer names them: `default/web-1 (192.168.1.3)`. */
  readonly fromText: string;
  readonly toText: string;
  /** What was taken because it was not said, a sentence each. */
  readonly notes: readonly string[];
}

const PROTOCOLS = {
  tcp: { 4: 6, 6: 6 },
  udp: { 4: 17, 6: 17 },
  icmp: { 4: 1, 6: 58 },
} as const;
/** An echo request (RFC 792, RFC 4443). */
const ECHO = { 4: 8, 6: 128 } as const;
/** A client's port: within what Linux gives out unless it is told otherwise (ip_local_port_range). */
const CLIENT_PORT = 40_000;
/** Of the first packet, bytes: a SYN with its options, a small datagram, what ping sends. */
const LENGTHS = { tcp: { 4: 60, 6: 80 }, udp: { 4: 60, 6: 80 }, icmp: { 4: 84, 6: 104 } } as const;
const SYN = 0x02;

export interface AskOptions {
  /** From a Pod whose routes are read: not from the address that Kubernetes knows, but from the one that its kernel takes. */
  readonly kernelsSource?: boolean;
}

/** The failure is a sentence. */
export function askedTrace(
  known: TraceKnown,
  request: TraceRequest,
  { kernelsSource = false }: AskOptions = {},
): Result<AskedTrace, string> {
  const from = endNamed(known, request.from);
  if (!from.ok) return from;
  if (from.value.kind === 'service')
    return fail(`${from.value.label} is a Service and sends nothing itself: say one of its Pods.`);
  const to = endNamed(known, request.to);
  if (!to.ok) return to;
  const family = familyOf(from.value, to.value, request.family ?? null);
  const destination = family === null ? null : addressOf(to.value, family);
  if (family === null || destination === null)
    return fail(
      `${from.value.label} and ${to.value.label} have no addresses of one family: ${familiesOf(from.value)} and ${familiesOf(to.value)}.`,
    );
  const port = portOf(to.value, request);
  if (!port.ok) return port;
  const isKernels = kernelsSource && from.value.kind === 'pod' && hasRoutes(known, from.value.pod, family);
  const source = isKernels ? unchosen(family) : sourceOf(from.value, request.from, family);
  const { proto, size } = request;
  const ported = proto !== 'icmp';
  const ends: Tuple = {
    src: source,
    dst: destination,
    sport: ported ? (request.sport ?? CLIENT_PORT) : 0,
    dport: ported ? (port.value.port ?? 0) : 0,
  };
  const named = (end: TraceEnd, address: string): string =>
    end.label === address ? address : `${end.label} (${address})`;
  const isChosen = source.words.some((word) => word !== 0);
  return ok({
    from: from.value,
    to: to.value,
    fromText: isChosen ? named(from.value, addressText(source)) : from.value.label,
    toText: named(to.value, addressText(destination)),
    notes: port.value.notes,
    packet: {
      ...blankPacket(ends),
      protocol: PROTOCOLS[proto][family],
      icmp: ported ? null : { type: ECHO[family], code: 0 },
      tcpFlags: proto === 'tcp' ? SYN : 0,
      length: size ?? LENGTHS[proto][family],
    },
  });
}

/** The first of the destination's in which the sender has an address, too; of one family alone where that was asked for. */
function familyOf(from: TraceEnd, to: TraceEnd, asked: 4 | 6 | null): 4 | 6 | null {
  const families = new Set(from.addresses.map(familyOfText));
  const found = to.addresses
    .map(familyOfText)
    .find((family) => families.has(family) && (asked === null || asked === family));
  return found ?? null;
}

function familyOfText(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

function familiesOf({ addresses }: TraceEnd): string {
  return addresses.join(', ') || 'no address';
}

function addressOf({ addresses }: TraceEnd, family: 4 | 6): Address | null {
  return parseAddress(addresses.find((one) => familyOfText(one) === family) ?? '');
}

/** A node has several addresses: unless one was said, its kernel chooses by the route. */
function sourceOf(end: TraceEnd, said: string, family: 4 | 6): Address {
  if (end.kind === 'node' && parseAddress(said.trim()) === null) return unchosen(family);
  return addressOf(end, family) ?? unchosen(family);
}

function unchosen(family: 4 | 6): Address {
  return { family, words: new Uint32Array(family === 4 ? 1 : 4) };
}

function hasRoutes(known: TraceKnown, { netnsId }: PodEntity, family: 4 | 6): boolean {
  return netnsId !== null && (namespaceOf(known, netnsId)?.fib[family] ?? null) !== null;
}

function portOf(
  to: TraceEnd,
  { proto, port }: TraceRequest,
): Result<{ readonly port: number | null; readonly notes: readonly string[] }, string> {
  if (proto === 'icmp')
    return ok({ port: null, notes: port === null ? [] : ['ICMP has no ports: the port was left out.'] });
  if (to.kind === 'service') {
    const { ports } = to.service;
    const own = ports.filter(({ protocol }) => protocol.toLowerCase() === proto);
    const has = `${to.label} has ${ports.map((one) => `${one.protocol.toLowerCase()} ${String(one.port)}`).join(', ') || 'no port'}`;
    const [first] = own;
    if (first === undefined) return fail(`${has}, and none of ${proto}: say --proto.`);
    if (port === null)
      return ok({
        port: first.port,
        notes:
          own.length > 1
            ? [`No port was said: ${String(first.port)}, the first of ${to.label}, was taken.`]
            : [],
      });
    const notes = own.some((one) => one.port === port)
      ? []
      : [`${has}: ${proto} ${String(port)} is none of its own.`];
    return ok({ port, notes });
  }
  return ok({
    port,
    notes:
      port === null
        ? [
            'No port was said: rules that ask for one are taken not to match, and whether somebody listens is not asked.',
          ]
        : [],
  });
}
