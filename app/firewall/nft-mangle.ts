// `meta mark set …`, `ct mark set …`, `ip dscp set …`, `ip daddr set …` of nftables: what they change of a packet that decides its fate.
import type { FirewallTable } from '../probe/firewall-facts.ts';
import { nftExpression } from '../probe/nft-expression.ts';
import type { FilterPacket } from './filter-packet.ts';
import { Choice, Unknown, type Scalar, type Value } from './filter-value.ts';
import { payloadField } from './nft-fields.ts';
import { fieldOf, mapReader } from './nft-value.ts';
import { hasPorts, recordOf, scalarAddress, type PacketView } from './packet-view.ts';
import { change, withConnectionMark, withMark, withZone, type Step } from './rule-program.ts';
import { isObject, spanOf, type ValueType } from './value-type.ts';

type Writer = (packet: FilterPacket, value: Scalar, view: PacketView) => FilterPacket;

/** Numbers only; what is written otherwise changes nothing of ours. */
const number =
  (write: (packet: FilterPacket, value: number, view: PacketView) => FilterPacket): Writer =>
  (packet, value, view) =>
    typeof value === 'number' ? write(packet, value >>> 0, view) : packet;
const address =
  (end: 'src' | 'dst', family: 4 | 6): Writer =>
  (packet, value) =>
    packet.family === family ? { ...packet, [end]: scalarAddress(value) } : packet;
const port = (end: 'sport' | 'dport'): Writer =>
  number((packet, value) => (hasPorts(packet.protocol) ? { ...packet, [end]: value & 0xffff } : packet));
const ttl = number((packet, value) => ({ ...packet, ttl: value & 0xff }));
const dscp = number((packet, value) => ({ ...packet, tos: (packet.tos & 3) | ((value & 63) << 2) }));

const WRITERS: Readonly<Record<string, Writer>> = {
  'meta mark': number(withMark),
  'ct mark': number((packet, value, view) =>
    recordOf(view) === null ? packet : withConnectionMark(packet, value),
  ),
  'ct zone': number((_packet, value, view) => withZone(view, value & 0xffff)),
  'ip dscp': dscp,
  'ip6 dscp': dscp,
  'ip ttl': ttl,
  'ip6 hoplimit': ttl,
  'ip saddr': address('src', 4),
  'ip daddr': address('dst', 4),
  'ip6 saddr': address('src', 6),
  'ip6 daddr': address('dst', 6),
  ...Object.fromEntries(
    ['tcp', 'udp', 'sctp', 'dccp', 'udplite', 'th'].flatMap((name) => [
      [`${name} sport`, port('sport')],
      [`${name} dport`, port('dport')],
    ]),
  ),
};

export function mangleStep(fields: Readonly<Record<string, unknown>>, table: FirewallTable): Step {
  const { key, value } = fields;
  const what = nftExpression(key);
  const write = WRITERS[what];
  // Priorities, helpers, labels: nothing that decides where it goes.
  if (write === undefined) return change(({ packet }) => packet);
  const { type } = fieldOf(key, table);
  const payload = isObject(key) && isObject(key['payload']) ? key['payload'] : null;
  const there = payload === null ? null : payloadField(payload['protocol'], payload['field']);
  const read = valueReader(value, type, table);
  return change((view) => {
    const { packet } = view;
    if (there !== null && there.read(view) === undefined) return null;
    const written = read(view);
    if (written === undefined) return null;
    if (written instanceof Unknown) return new Unknown(`${what} becomes what is not known: ${written.why}`);
    if (written instanceof Choice) return written.map((each) => write(packet, each, view));
    return write(packet, written, view);
  });
}

function valueReader(value: unknown, type: ValueType, table: FirewallTable): (view: PacketView) => Value {
  const constant = spanOf(value, type);
  if (constant !== null) return () => constant.lo;
  const map = isObject(value) && isObject(value['map']) ? mapReader(value['map'], table) : null;
  if (map === null) {
    const field = fieldOf(value, table);
    return (view) => field.read(view);
  }
  const of = (found: { readonly to: unknown } | null | Unknown): Scalar | undefined | Unknown => {
    if (found instanceof Unknown) return found;
    return found === null ? undefined : (spanOf(found.to, type)?.lo ?? new Unknown('a map’s value'));
  };
  return (view) => {
    const found = map(view);
    if (!(found instanceof Choice)) return of(found);
    const values = found.map(of);
    const known = values.ways.flatMap(({ share, value: each }) =>
      each === undefined || each instanceof Unknown ? [] : [{ share, value: each }],
    );
    return known.length === values.ways.length
      ? new Choice(known)
      : new Unknown('a map that does not have every key');
  };
}
