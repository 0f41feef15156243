// Flows that come for ever: numbers are never used again, and what is idle leaves nothing behind.
import { describe, expect, it } from 'vitest';
import { Connections } from './connections.ts';
import { FlowTable, NO_FLOW, type FlowTuple } from './flow-table.ts';
import { idleFlows } from './idle-flows.ts';
import { LinkType } from '../packet/testing/packets/link.ts';
import { ipPacket, pcap } from '../packet/testing/pcap.ts';
import { PacketStore } from '../packet/store/packet-store.ts';

const tuple = (index: number): FlowTuple => ({
  ...{ family: 4, protocol: 6, source: `10.0.${String(index >> 8)}.${String(index & 255)}` },
  ...{ destination: '10.9.9.9', sourcePort: 1000 + (index % 7), destinationPort: 80 },
});

/** A segment of one packet of that flow. */
function packetOf(index: number) {
  const store = new PacketStore({ maxBytes: 100_000 });
  const bytes = ipPacket({
    source: [10, 0, index >> 8, index & 255],
    destination: [10, 9, 9, 9],
    ports: [1000 + (index % 7), 80],
  });
  store.decoder(1).push(pcap(LinkType.linuxSll2, [{ bytes }]));
  const [segment] = store.segments;
  if (segment === undefined) throw new Error('no packet was decoded');
  return segment;
}

describe('a flow table', () => {
  it('knows a flow by its packets and by its ends alike, and its way back', () => {
    const flows = new FlowTable();
    const flow = flows.of(packetOf(300), 0, 5);
    expect(flows.ofTuple(tuple(300))).toBe(flow);
    expect(flows.tuple(flow)).toEqual(tuple(300));
    expect(flows.reverse(flows.reverse(flow))).toBe(flow);
    expect(flows.reverse(flow)).not.toBe(flow);
  });

  it('forgets what is idle, keeps what is not, and never gives a number twice', () => {
    const flows = new FlowTable();
    const connections = new Connections(flows, () => undefined);
    const old = Array.from({ length: 3000 }, (_, index) => flows.ofTuple(tuple(index)));
    const living = flows.of(packetOf(7), 0, 100);
    expect(living).toBe(old[7]);
    // The other address of one connection lives as long as it does.
    connections.alike(living, old[8] ?? 0, 1, true);
    expect([
      connections.of(old[8] ?? 0),
      connections.isSeveral(living),
      connections.isSeveral(old[9] ?? 0),
    ]).toEqual([...[living, true, false]]);
    const idle = idleFlows(flows, connections, 120);
    expect(idle.size).toBe(2998);
    flows.forget(idle);
    connections.forget(idle);
    // With their ways back.
    expect(flows.size).toBe(4);
    expect(flows.tuple(old[9] ?? 0)).toBeNull();
    expect(flows.ofTuple(tuple(7))).toBe(living);
    const again = flows.ofTuple(tuple(9));
    expect(old).not.toContain(again);
    expect(flows.ofTuple(tuple(9))).toBe(again);
  });

  it('refuses more than it can hold, and takes more when there is room again', () => {
    const flows = new FlowTable(100);
    for (let index = 0; index < 100; index += 1) flows.ofTuple(tuple(index));
    expect(flows.ofTuple(tuple(100))).toBe(NO_FLOW);
    expect(flows.refused).toBe(1);
    const all = new Set<number>();
    flows.seen((flow) => all.add(flow));
    flows.forget(all);
    expect(flows.size).toBe(0);
    expect(flows.ofTuple(tuple(100))).toBe(101);
  });
});
