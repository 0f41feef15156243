// Connections that conntrack has, told beside a new one: over what two nodes print.
import { describe, expect, it } from 'vitest';
import { parseConntrackEntries } from '../probe/conntrack-entries.ts';
import type { ConntrackReading, TraceAnswer, TraceRequest } from './model.ts';
import { knownCluster } from './testing/real-cluster.ts';
import { tracePath } from './trace.ts';

const folder = new URL('./fixtures/vxlan-bridge/', import.meta.url);
const LAST = 'root@node-A:~# bridge fdb show';

const known = knownCluster(folder, (whole, file) =>
  file === 'node-A.txt'
    ? whole.replace(
        LAST,
        `root@node-A:~# iptables-save -c
*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -d 10.96.0.10/32 -p udp -m udp --dport 53 -j DNAT --to-destination 10.244.2.2:53
COMMIT
*filter
:FORWARD ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -p tcp -j DROP
COMMIT
${LAST}`,
      )
    : whole,
);
const nodeA = Object.values(known.topology.nodes).find(({ label }) => label === 'node-A')?.rootNetns ?? '';

function traced(asked: Partial<TraceRequest>, lines: readonly string[]): Extract<TraceAnswer, { ok: true }> {
  const { entries, unreadCount } = parseConntrackEntries(lines.join('\n'));
  expect(unreadCount).toBe(0);
  const conntrack: ConntrackReading[] = [{ netnsId: nodeA, entries: [...entries], sentence: null }];
  const request = { from: 'q', to: '10.96.0.10', proto: 'udp', port: 53, size: null, ...asked } as const;
  const answer = tracePath(known, { ...request, conntrack });
  if (!answer.ok) throw new Error(answer.sentence);
  return answer;
}

/** From q by node-A, translated to an endpoint. */
const udp = (sport: number, endpoint: string, more = ''): string =>
  `udp 17 29 src=10.244.1.3 dst=10.96.0.10 sport=${String(sport)} dport=53 ${more} src=${endpoint} dst=10.244.1.3 sport=53 dport=${String(sport)} mark=0 use=1`;
const tcp = (state: string, sport: number): string =>
  `tcp 6 100 ${state} src=10.244.1.3 dst=10.244.2.2 sport=${String(sport)} dport=80 src=10.244.2.2 dst=10.244.1.3 sport=80 dport=${String(sport)} [ASSURED] mark=0 use=1`;

describe('connections that conntrack has', () => {
  it('go on to the endpoint that is gone, and it is said that a new one does not', () => {
    const { paths, flows } = traced({}, [udp(4001, '10.244.1.99'), udp(4002, '10.244.1.99', '[UNREPLIED]')]);
    expect(paths[0]?.verdict).toBe('delivered');
    expect(flows).toHaveLength(1);
    const [flow] = flows;
    expect(flow).toMatchObject({ count: 2, differs: true, packet: 'udp 10.244.1.3:4001 → 10.96.0.10:53' });
    expect(flow?.path.verdict).not.toBe('delivered');
    expect(flow?.sentence).toContain('2 connections that conntrack has go another way than a new one');
    expect(flow?.sentence).toContain('10.244.1.99:53');
    expect(flow?.sentence).toContain('A new one arrives: It arrives at r on node-B.');
    const quotes = flow?.path.hops.flatMap(({ steps }) => steps.flatMap(({ quote }) => quote ?? []));
    expect(quotes).toEqual([expect.stringContaining('src=10.244.1.99')]);
  });

  it('are a line where they go as a new one does', () => {
    const { flows } = traced({}, [udp(4001, '10.244.2.2')]);
    expect(flows.map(({ differs, sentence }) => [differs, sentence])).toEqual([
      [false, 'A connection that conntrack has goes the way of a new one.'],
    ]);
    expect(flows[0]?.reverse?.verdict).toBe('delivered');
  });

  it('pass where a new one is dropped, in both directions; those that are over begin anew', () => {
    const web = { to: 'r', proto: 'tcp', port: 80 } as const;
    const { paths, flows } = traced(web, [tcp('ESTABLISHED', 4001), tcp('TIME_WAIT', 4002)]);
    expect(paths[0]).toMatchObject({ verdict: 'dropped', stopsAt: { reason: 'filter-drop' } });
    expect(flows.map(({ count, differs, path }) => [count, differs, path.verdict])).toEqual([
      [1, true, 'delivered'],
    ]);
    // Whoever answers is asked about without its client's port.
    const back = traced({ from: 'r', to: 'q', proto: 'tcp', port: null }, [tcp('ESTABLISHED', 4001)]);
    expect(back.paths[0]?.verdict).toBe('dropped');
    expect(back.flows[0]).toMatchObject({ differs: true, packet: 'tcp 10.244.2.2:80 → 10.244.1.3:4001' });
    expect(back.flows[0]?.path.verdict).toBe('delivered');
  });

  it('without a port in the question its own is no other way', () => {
    const line =
      'udp 17 29 src=10.244.1.3 dst=10.244.2.2 sport=4001 dport=53 src=10.244.2.2 dst=10.244.1.3 sport=53 dport=4001 mark=0 use=1';
    const { flows } = traced({ from: 'r', to: 'q', port: null }, [line]);
    expect(flows.map(({ packet, differs }) => [packet, differs])).toEqual([
      ['udp 10.244.2.2:53 → 10.244.1.3:4001', false],
    ]);
  });

  it('of one port are its own alone, and of other addresses nobody’s', () => {
    const lines = [udp(4001, '10.244.1.99'), udp(4002, '10.244.2.2')];
    expect(traced({ sport: 4002 }, lines).flows.map(({ packet }) => packet)).toEqual([
      'udp 10.244.1.3:4002 → 10.96.0.10:53',
    ]);
    expect(traced({ port: 54 }, lines).flows).toEqual([]);
    expect(traced({ proto: 'tcp' }, lines).flows).toEqual([]);
  });

  it('are asked for in each namespace on the way, by what the packet is there', () => {
    const asked = traced({}, []).tracked.map(
      ({ node, isPod, source, destination }) =>
        `${node}${isPod ? ' Pod' : ''} ${String(source)} → ${destination}`,
    );
    expect(asked).toEqual(
      expect.arrayContaining([
        'node-A Pod 10.244.1.3 → 10.96.0.10',
        'node-A 10.244.1.3 → 10.96.0.10',
        'node-B 10.244.1.3 → 10.244.2.2',
        'node-A 10.244.2.2 → 10.244.1.3',
      ]),
    );
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('why they were not read is said', () => {
    const sentence = 'Which connections node-A tracks was not read: only root may.';
    const answer = tracePath(known, {
      ...{ from: 'q', to: 'r', proto: 'udp', port: 9, size: null },
      conntrack: [{ netnsId: nodeA, entries: [], sentence }],
    });
    expect(answer.ok && answer.missing).toContain(sentence);
  });
});
