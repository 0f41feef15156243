import { describe, expect, it } from 'vitest';
import type { TraceRequest } from '../trace/model.ts';
import { knownCluster } from '../trace/testing/real-cluster.ts';
import { clusterOf } from './cluster.ts';
import { diagnose } from './diagnose.ts';
import { draft } from './draft.ts';
import { FINDING_IDS, type Diagnosis } from './finding.ts';
import { fitOf } from './fit.ts';
import { besideOf, type DiagnoseRequest, type Hint } from './hint.ts';
import { largestOf, pairsOf } from './paths/pairs.ts';
import { routedCluster } from './testing/routed-cluster.ts';

const folder = new URL('../trace/fixtures/vxlan-bridge/', import.meta.url);
const open = [':INPUT ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]'];

function known(...rules: string[]) {
  const filter = ['iptables-save -c', '*filter', ...open, ...rules, 'COMMIT'].join('\n');
  const cluster = knownCluster(folder, (text, file) =>
    file === 'node-A.txt' ? `${text}\nroot@node-A:~# ${filter}\nroot@node-A:~# \n` : text,
  );
  return { ...cluster, ledgers: new Map() };
}

const hinted = (hints: Hint[], asked?: TraceRequest): DiagnoseRequest => ({ hints, asked });
const asked = (facts: ReturnType<typeof known>, request: DiagnoseRequest): Diagnosis =>
  diagnose({ ...facts, ...besideOf(request) });
const fits = ({ findings }: Diagnosis): string[] =>
  findings.map(({ id, fits: all }) => `${id} ${(all ?? []).map(({ fit }) => fit).join(' ')}`);

const dropTcp = '[0:0] -A FORWARD -p tcp -d 10.244.0.0/16 -j DROP';
const dropAll = '[0:0] -A FORWARD -d 10.244.0.0/16 -j DROP';
const dropUdp = '[0:0] -A FORWARD -p udp -d 10.244.0.0/16 -j DROP';

describe('a hint is held against the finding’s own packets', () => {
  it('ping works, TCP does not: a rule of TCP can explain it, one of all protocols contradicts', () => {
    expect(fits(asked(known(dropTcp), hinted([{ kind: 'tcp-only' }])))).toEqual([
      'forward-policy-drop explains',
    ]);
    const contradicted = asked(known(dropAll), hinted([{ kind: 'tcp-only' }]));
    expect(fits(contradicted)).toEqual(['forward-policy-drop contradicts']);
    expect(contradicted.findings[0]?.fits?.[0]?.sentence).toContain('ping would stop there as well');
    expect(contradicted.asked?.hints).toEqual(['ping works, TCP does not']);
  });

  it('only UDP: what takes UDP alone is found because UDP is sent', () => {
    expect(asked(known(dropUdp), undefined).findings).toEqual([]);
    expect(fits(asked(known(dropUdp), hinted([{ kind: 'udp-only' }])))).toEqual([
      'forward-policy-drop explains',
    ]);
    expect(fits(asked(known(dropAll), hinted([{ kind: 'udp-only' }])))).toContain(
      'forward-policy-drop contradicts',
    );
  });

  it('only from one node: whose packets stop', () => {
    const fromA = '[0:0] -A FORWARD -s 10.244.1.0/24 -d 10.244.2.0/24 -m conntrack --ctstate NEW -j DROP';
    const facts = known(fromA);
    expect(fits(asked(facts, hinted([{ kind: 'from-node', node: 'node-A' }])))).toEqual([
      'forward-policy-drop explains',
    ]);
    expect(fits(asked(facts, hinted([{ kind: 'from-node', node: 'node-B' }])))).toEqual([
      'forward-policy-drop contradicts',
    ]);
  });

  it('a healthy cluster stays one, whatever is hinted', () => {
    const hints: Hint[] = [
      { kind: 'tcp-only' },
      { kind: 'udp-only' },
      { kind: 'large-only' },
      { kind: 'service-only' },
      { kind: 'from-node', node: 'node-A' },
      { kind: 'since', at: 1_000 },
    ];
    expect(asked(known(), hinted(hints)).findings).toEqual([]);
  });
});

describe('what such a condition does at all', () => {
  const cluster = clusterOf(routedCluster({ labels: ['a', 'b'], sessions: ['a-b'], podsEach: 1 }));
  const fit = (id: (typeof FINDING_IDS)[number], hint: Hint): string =>
    fitOf(
      cluster,
      {
        id,
        draft: draft({ title: '', because: '', mend: [''], node: 'a' }),
        explainedBy: [],
        consequences: [],
      },
      hint,
    ).fit;

  it.each([
    ['vxlan-checksum-offload', 'tcp-only', 'explains'],
    ['mtu-mismatch', 'tcp-only', 'explains'],
    ['link-down', 'tcp-only', 'contradicts'],
    ['policy-drop', 'tcp-only', 'open'],
    ['stale-udp-conntrack', 'tcp-only', 'contradicts'],
    ['stale-udp-conntrack', 'udp-only', 'explains'],
    ['listen-overflow', 'udp-only', 'contradicts'],
    ['mtu-mismatch', 'large-only', 'explains'],
    ['pod-route-missing', 'large-only', 'contradicts'],
    ['nic-drops', 'large-only', 'open'],
    ['service-without-endpoints', 'service-only', 'explains'],
    ['pod-route-missing', 'service-only', 'contradicts'],
  ] as const)('%s, %s: %s', (id, kind, expected) => {
    expect(fit(id, { kind })).toBe(expected);
  });

  it('every finding has an answer to every hint, in a sentence', () => {
    for (const id of FINDING_IDS)
      for (const kind of ['tcp-only', 'udp-only', 'large-only', 'service-only'] as const)
        expect(['explains', 'contradicts', 'open']).toContain(fit(id, { kind }));
  });

  it('since: a change at its place at that time; none although somebody looked; nobody looked', () => {
    const [event] = cluster.topology.events;
    const at = event?.at.s ?? 0;
    const changed = {
      ...cluster,
      topology: {
        ...cluster.topology,
        events: [
          {
            id: 9,
            at: { s: at, ns: 0 },
            nodeLabel: 'a',
            kind: 'route-ended' as const,
            sentence: 'gone',
            about: [],
          },
        ],
      },
    };
    const since = (seconds: number): string =>
      fitOf(
        changed,
        {
          ...{ id: 'link-down', explainedBy: [], consequences: [] },
          draft: draft({ title: '', because: '', mend: [''], node: 'a' }),
        },
        { kind: 'since', at: seconds },
      ).fit;
    expect(since(at)).toBe('explains');
    expect(since(at - 10_000)).toBe('open');
  });
});

it('one way alone: what touches it comes first, the rest is elsewhere; what was not understood is said', () => {
  const facts = known('[0:0] -A FORWARD -s 10.244.1.2 -d 10.244.2.0/24 -j DROP');
  const about = (from: string, to: string) =>
    asked(facts, hinted([], { from, to, proto: 'tcp', port: null, size: null }));
  const touched = about('10.244.1.2', '10.244.2.2');
  expect(touched.findings.map(({ id, onPath }) => [id, onPath])).toEqual([['forward-policy-drop', true]]);
  expect(touched.asked?.about).toMatchObject({ name: 'default/p → default/r', way: 'stops' });
  const other = about('10.244.1.3', '10.244.1.2');
  expect(other.findings.map(({ onPath }) => onPath)).toEqual([false]);
  expect(other.asked?.about?.way).toBe('arrives');
  expect(about('nobody', '10.244.2.2').asked?.failure).toContain('nobody');
});

it('large packets are as large as their sender sends them', () => {
  const cluster = clusterOf(routedCluster({ labels: ['a', 'b'], sessions: ['a-b'], podsEach: 1 }));
  const [pair] = pairsOf(cluster).pairs;
  expect(pair === undefined ? null : largestOf(cluster, pair)).toBe(1500);
});
