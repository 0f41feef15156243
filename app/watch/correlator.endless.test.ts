// Packets of ever new flows, for minutes: what is settled leaves nothing behind, and numbers are never used again.
import { expect, it } from 'vitest';
import { PacketStore } from '../packet/store/packet-store.ts';
import { LinkType } from '../packet/testing/packets/link.ts';
import { pcap } from '../packet/testing/pcap.ts';
import { Correlator } from './correlator.ts';
import type { Way } from './model.ts';
import { networkOf } from './testing/network.ts';
import { frameOf, tagged } from './testing/packets.ts';
import { BASE, PLACES } from './testing/watched.ts';

const FLOWS_A_SECOND = 5;
const SECONDS = 90;
/** s until a flow is forgotten, and until somebody looks for idle ones. */
const REMEMBERED = 60 + 5 + 5;

it('keeps what a minute brings, whatever came before', () => {
  const network = networkOf('routed', 'none');
  const [path] = network.paths;
  const correlator = new Correlator({ baseSecond: BASE });
  for (const node of [1, 2]) correlator.clocks.set(node, 0, 0);
  for (const place of PLACES) {
    const node = network.nodes.get(place) ?? 0;
    const common = {
      addresses: null,
      peers: null,
      outside: [],
      seesCarried: true,
      receives: new Set<string>(),
    };
    correlator.capture(place, { place, node, ifindex: null, ...common });
    correlator.tick(place, { s: BASE - 5, ns: 0 }, 0);
  }
  const way: Way = {
    visits: path.map(({ place, ifindex, way: to }) => ({
      ...{ visit: correlator.visits.of(place, ifindex, to), ends: null, carried: false },
    })),
    end: 'delivered',
    takes: {},
  };
  const verdicts = new Map<string, number>();
  let [sent, foretold] = [0, 0];
  for (let second = 0; second < SECONDS; second += 1) {
    const store = new PacketStore({ maxBytes: 4_000_000 });
    const first = sent;
    sent += FLOWS_A_SECOND;
    for (const place of PLACES) {
      const packets = Array.from({ length: FLOWS_A_SECOND }, (_, index) => first + index).flatMap(
        (tag, index) =>
          path.flatMap((hop, step) => {
            // One of ten is lost on the wire.
            if (hop.place !== place || (tag % 10 === 0 && step > 2)) return [];
            const content = {
              ...{ kind: 'udp' as const, ports: { client: 1024 + tag, server: 53 }, payload: tagged(tag) },
            };
            const bytes = frameOf(network, hop, { content, payload: 0, direction: 0, id: 0 });
            return [{ bytes, seconds: BASE + second, fraction: index * 10_000 + step * 10 }];
          }),
      );
      store.decoder(place).push(pcap(LinkType.linuxSll2, packets));
    }
    for (const segment of store.segments) correlator.take(segment, 0, segment.count);
    while (correlator.flows.tuple(foretold + 1) !== null) correlator.expect((foretold += 1), way);
    for (const place of PLACES) correlator.tick(place, { s: BASE + second + 1, ns: 0 }, 0);
    for (const { final, verdict } of correlator.look())
      if (final) verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
    expect(correlator.flows.size).toBeLessThanOrEqual(FLOWS_A_SECOND * REMEMBERED);
    // Lost ones wait five seconds, the others one.
    expect(correlator.waiting).toBeLessThanOrEqual(FLOWS_A_SECOND * 6 * 3);
  }
  for (const place of PLACES) correlator.tick(place, { s: BASE + SECONDS + 6, ns: 0 }, 0);
  for (const { final, verdict } of [...correlator.look(), ...correlator.finish()])
    if (final) verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
  expect(correlator.waiting).toBe(0);
  expect(foretold).toBe(sent);
  expect(Object.fromEntries(verdicts)).toEqual({ delivered: sent * 0.9, dropped: sent * 0.1 });
});
