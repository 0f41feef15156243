import { expect, it } from 'vitest';
import { PacketStore } from '../packet/store/packet-store.ts';
import { EtherType, ethernet, LinkType, sll2 } from '../packet/testing/packets/link.ts';
import { ipv4, udp, vxlan } from '../packet/testing/packets/network.ts';
import { pcap } from '../packet/testing/pcap.ts';
import { CarriedFlows } from './carried-flows.ts';
import { FlowTable } from './flow-table.ts';

const plain = (port: number): Uint8Array =>
  ipv4(17, udp(port, 53, new Uint8Array(8)), { source: '10.0.0.1', destination: '10.0.0.2' });
const carried = (port: number): Uint8Array =>
  ipv4(17, udp(50_000, 4789, vxlan(4096, ethernet(EtherType.ipv4, plain(port)))), {
    ...{ source: '10.1.0.1', destination: '10.1.0.2' },
  });

it('knows flows of which a packet was in a tunnel, by their connection, and as many as it may', () => {
  const store = new PacketStore({ maxBytes: 100_000 });
  const sent = [plain(1), carried(2), plain(2), carried(3), carried(4)];
  store.decoder(1).push(
    pcap(
      LinkType.linuxSll2,
      sent.map((bytes) => ({ bytes: sll2(EtherType.ipv4, bytes, {}) })),
    ),
  );
  const [segment] = store.segments;
  if (segment === undefined) throw new Error('no packet was decoded');
  const flows = new FlowTable();
  const numbers = sent.map((_, row) => flows.of(segment, row));
  expect(numbers).toEqual([1, 2, 2, 3, 4]);
  const known = new CarriedFlows({ flows, connectionOf: (flow) => 10 + flow }, 2);
  const all = (): readonly number[] => numbers.filter((flow) => known.has(10 + flow));
  known.take(segment, 0, 3);
  expect(all()).toEqual([2, 2]);
  known.take(segment, 3, 5);
  expect(all()).toEqual([3, 4]);
  // It turns out to be a part of another connection.
  known.join(5, 13);
  expect(all()).toEqual([4]);
  expect(known.has(5)).toBe(true);
});
