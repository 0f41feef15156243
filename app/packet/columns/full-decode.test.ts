// What columns tell of a packet is what its full decode tells, unless they say that they do not.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { fieldNamed } from '../dissect/catalogue.ts';
import { dissect } from '../dissect/dissect.ts';
import { Dissection } from '../dissect/dissection.ts';
import { fieldText } from '../dissect/field-text.ts';
import { rowPacket } from '../dissect/row.ts';
import { Layer, Mark, TunnelKind } from '../store/marks.ts';
import type { PacketSegment } from '../store/packet-segment.ts';
import { everyPacket } from '../testing/packets/every-packet.ts';
import { cells, decoded, pcap } from '../testing/pcap.ts';

const packets = everyPacket();
const d = new Dissection();

function texts(name: string): readonly string[] {
  const field = fieldNamed(name);
  const found: string[] = [];
  for (let index = 0; index < d.count; index += 1) {
    if (field !== null && d.fields[index] === field) found.push(fieldText(field, d.values[index] ?? null));
  }
  return found;
}

/** Of the outermost flow and the innermost, in the packet's order; the same fields that full decode repeats. */
function told(segment: PacketSegment, row: number): Readonly<Record<string, readonly string[]>> {
  const outer = segment.outer(row);
  const inner = {
    family: segment.family[row] ?? 0,
    protocol: segment.protocol[row] ?? 0,
    source: segment.source[row] ?? 0,
    destination: segment.destination[row] ?? 0,
    sourcePort: segment.sourcePort[row] ?? 0,
    destinationPort: segment.destinationPort[row] ?? 0,
  };
  const flows = outer === null ? [inner] : [outer, inner];
  const of = (
    wanted: (flow: typeof inner) => boolean,
    part: (flow: typeof inner) => number | string,
  ): readonly string[] => flows.filter(wanted).map((flow) => `${part(flow)}`);
  const has = (layer: number): boolean => ((segment.layers[row] ?? 0) & layer) !== 0;
  const four = ({ family }: typeof inner): boolean => family === 4;
  const six = ({ family }: typeof inner): boolean => family === 6;
  const later = ((segment.marks[row] ?? 0) & Mark.laterFragment) !== 0;
  const carries =
    (number: number, layer: number) =>
    (flow: typeof inner): boolean =>
      flow.family !== 0 && flow.protocol === number && has(layer) && !(later && flow === inner);
  const tcp = carries(6, Layer.tcp);
  const udp = carries(17, Layer.udp);
  const innerTcp = tcp(inner);
  const arp = has(Layer.arp) && inner.family === 0 && segment.address(inner.source).includes('.');
  return {
    'ip.src': of(four, ({ source }) => segment.address(source)),
    'ip.dst': of(four, ({ destination }) => segment.address(destination)),
    'ip.proto': of(four, ({ protocol }) => protocol),
    'ipv6.src': of(six, ({ source }) => segment.address(source)),
    'ipv6.dst': of(six, ({ destination }) => segment.address(destination)),
    'tcp.srcport': of(tcp, ({ sourcePort }) => sourcePort),
    'tcp.dstport': of(tcp, ({ destinationPort }) => destinationPort),
    'udp.srcport': of(udp, ({ sourcePort }) => sourcePort),
    'udp.dstport': of(udp, ({ destinationPort }) => destinationPort),
    'tcp.seq_raw': innerTcp ? [`${segment.sequence[row] ?? 0}`] : [],
    'tcp.ack_raw': innerTcp ? [`${segment.acknowledgement(row)}`] : [],
    // Of a fragment's payload tshark tells no length.
    'tcp.len':
      innerTcp && ((segment.marks[row] ?? 0) & Mark.firstFragment) === 0
        ? [`${segment.payloadLength[row] ?? 0}`]
        : [],
    'arp.src.proto_ipv4': arp ? [segment.address(inner.source)] : texts('arp.src.proto_ipv4'),
    ...(outer?.tunnel === TunnelKind.vxlan ? { 'vxlan.vni': [`${outer.network}`] } : {}),
  };
}

function agrees(linkType: number, bytes: Uint8Array, len: number, name: string): void {
  const [cell] = cells(decoded(pcap(linkType, [{ bytes, len }])));
  if (cell === undefined) throw new Error('no packet');
  const { segment, row } = cell;
  if (((segment.marks[row] ?? 0) & (Mark.truncated | Mark.broken | Mark.deeper)) !== 0) return;
  dissect(rowPacket(segment, row), d);
  const columns = told(segment, row);
  const full = Object.fromEntries(Object.keys(columns).map((field) => [field, texts(field)]));
  expect({ name, ...columns }).toEqual({ name, ...full });
  const layers = Object.entries(Layer).filter(([, bit]) => ((segment.layers[row] ?? 0) & bit) !== 0);
  const names = new Set(d.fields.filter(({ type }) => type === 'protocol').map((field) => field.name));
  expect({ name, layers: layers.map(([layer]) => layer) }).toEqual({
    name,
    layers: Object.keys(Layer).filter((layer) => names.has(layer)),
  });
}

describe('columns and full decode', () => {
  it.each(packets.map((packet) => [packet.name, packet] as const))('agree on %s', (name, packet) => {
    agrees(packet.linkType, packet.bytes, packet.bytes.length, name);
  });

  it('agree on packets with bytes changed, or cut', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...packets),
        fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 3 }),
        fc.option(fc.nat(200)),
        ({ name, linkType, bytes }, changes, cut) => {
          const copy = bytes.slice();
          for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
          agrees(linkType, copy.subarray(0, cut ?? copy.length), copy.length, name);
        },
      ),
      { numRuns: runs(2000) },
    );
  });
});
