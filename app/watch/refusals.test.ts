// Refusals of any bytes: nothing throws, and what is kept is bounded.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketStore } from '../packet/store/packet-store.ts';
import { EtherType, LinkType, sll2 } from '../packet/testing/packets/link.ts';
import { icmp, ipv4, tcp, udp } from '../packet/testing/packets/network.ts';
import { join, u32 } from '../packet/testing/packets/parts.ts';
import { pcap } from '../packet/testing/pcap.ts';
import { runs } from '../testing/runs.ts';
import { FlowTable, type FlowTuple } from './flow-table.ts';
import { PacketIdentity } from './packet-identity.ts';
import { Refusals, type Refused } from './refusals.ts';

const [CLIENT, SERVER] = ['10.0.0.1', '10.0.0.2'];
const back = { source: SERVER, destination: CLIENT };

function noticed(ips: readonly Uint8Array[]): { refusals: Refusals; flows: FlowTable } {
  const store = new PacketStore({ maxBytes: 1_000_000 });
  const packets = ips.map((ip) => ({ bytes: sll2(EtherType.ipv4, ip, { packetType: 4 }) }));
  store.decoder(1).push(pcap(LinkType.linuxSll2, packets));
  const [refusals, flows, identity] = [new Refusals(), new FlowTable(), new PacketIdentity()];
  for (const segment of store.segments)
    for (let row = 0; row < segment.count; row += 1) {
      if (!identity.read(segment, row)) continue;
      const flow = flows.of(segment, row);
      refusals.notice(segment, row, flows, { flow, visit: 1, node: 1, at: row * 1e6, ttl: identity.ttl });
    }
  return { refusals, flows };
}

const refused = (flows: FlowTable, protocol: number, of: Partial<Refused> = {}): Refused => {
  const ends = { source: CLIENT, destination: SERVER, sourcePort: 4000, destinationPort: 81 };
  const tuple: FlowTuple = { family: 4, protocol, ...ends };
  const common = { sequence: 10, sequenceEnd: 11, acknowledgement: null, identification: 7, payload: 0 };
  return { flows: [flows.ofTuple(tuple)], ...common, ...of };
};

describe('a reset', () => {
  const reset = (sequence: number, acknowledgement: number, flags: number) =>
    noticed([ipv4(6, tcp(81, 4000, [], { sequence, acknowledgement, flags }), back)]);

  it('without a sequence answers the one whose end it acknowledges', () => {
    const { refusals, flows } = reset(0, 11, 0x14);
    expect(refusals.of(refused(flows, 6), 0, 1e9)).toMatchObject({
      isSure: true,
      refusal: { kind: 'reset' },
    });
    expect(refusals.of(refused(flows, 6, { sequenceEnd: 12 }), 0, 1e9)).toBeNull();
    expect(refusals.of(refused(flows, 6, { acknowledgement: 5 }), 0, 1e9)).toBeNull();
    // It was sent before.
    expect(refusals.of(refused(flows, 6), 1, 1e9)).toBeNull();
  });

  it('that acknowledges nothing answers what acknowledged its sequence, if that did not arrive', () => {
    const { refusals, flows } = reset(99, 0, 0x04);
    expect(refusals.of(refused(flows, 6, { acknowledgement: 99 }), 0, 1e9)?.isSure).toBe(false);
    expect(refusals.of(refused(flows, 6), 0, 1e9)).toBeNull();
  });

  it('that ends a connection answers nothing', () => {
    const { refusals, flows } = reset(99, 11, 0x14);
    expect(refusals.of(refused(flows, 6), 0, 1e9)).toBeNull();
  });
});

describe('an ICMP error', () => {
  const quoted = (bytes: number) =>
    ipv4(17, udp(4000, 81, 'hello'), { source: CLIENT, destination: SERVER, id: 7 }).slice(0, bytes);
  const error = (bytes: number) => ipv4(1, icmp(3, 1, join(u32(0), quoted(bytes))), back);

  it('answers the packet that it quotes', () => {
    const { refusals, flows } = noticed([error(28)]);
    const answer = refusals.of(refused(flows, 17, { payload: 5 }), 0, 1e9);
    expect(answer?.refusal).toMatchObject({ kind: 'icmp', family: 4, type: 3, code: 1 });
    expect(refusals.of(refused(flows, 17, { payload: 6 }), 0, 1e9)).toBeNull();
    expect(refusals.of(refused(flows, 17, { payload: 5, identification: 8 }), 0, 1e9)).toBeNull();
  });

  it('that quotes too little answers nothing', () => {
    const { refusals, flows } = noticed([error(27)]);
    expect(refusals.of(refused(flows, 17, { payload: 5 }), 0, 1e9)).toBeNull();
  });

  it('may be anything', () => {
    const anything = fc.uint8Array({ maxLength: 60 });
    const type = fc.constantFrom(3, 4, 5, 11, 12);
    fc.assert(
      fc.property(type, anything, fc.nat(60), fc.constantFrom(1, 58), (of, bytes, cut, protocol) => {
        const head = quoted(28).slice(0, cut);
        noticed([ipv4(protocol, icmp(of, 0, join(u32(0), head, bytes)), back)]);
      }),
      { numRuns: runs(100) },
    );
  });
});

it('a flood of resets is kept in bounds, and forgotten', () => {
  const many = Array.from({ length: 300 }, (_, index) =>
    ipv4(6, tcp(81, 4000, [], { sequence: 0, acknowledgement: index, flags: 0x14 }), back),
  );
  const { refusals, flows } = noticed(many);
  const kept = many.filter(
    (_, index) => refusals.of(refused(flows, 6, { sequenceEnd: index }), 0, 1e9) !== null,
  );
  expect(kept).toHaveLength(64);
  refusals.forgetBefore(1e9);
  expect(refusals.has(refused(flows, 6).flows[0] ?? 0)).toBe(false);
});
