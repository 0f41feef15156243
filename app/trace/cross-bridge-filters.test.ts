import { describe, expect, it } from 'vitest';
import { knownCluster } from './testing/real-cluster.ts';
import type { TracePath } from './model.ts';
import { tracePath } from './trace.ts';

const folder = new URL('./fixtures/vxlan-bridge/', import.meta.url);
const LAST = 'root@node-A:~# bridge fdb show';

/** Two Pods of one node behind its bridge, with settings and rules of IP beside. */
function between(
  called: 0 | 1,
  ...rules: readonly string[]
): { readonly path: TracePath; readonly reverse: string | null } {
  const text = [
    'root@node-A:~# sysctl net.bridge',
    `net.bridge.bridge-nf-call-iptables = ${called}`,
    'root@node-A:~# iptables-save -c',
    ...rules,
    'COMMIT',
    LAST,
  ].join('\n');
  const known = knownCluster(folder, (whole, file) =>
    file === 'node-A.txt' ? whole.replace(LAST, text) : whole,
  );
  const answer = tracePath(known, { from: 'q', to: 'p', proto: 'udp', port: 9, size: null });
  const [path] = answer.ok ? answer.paths : [];
  if (!answer.ok || path === undefined) throw new Error(answer.ok ? 'no path' : answer.sentence);
  return { path, reverse: answer.reverse?.verdict ?? null };
}

const DROPPING = ['*filter', ':FORWARD DROP [0:0]'];

describe('frames between two Pods of one bridge', () => {
  it('meet FORWARD where br_netfilter shows them to IP', () => {
    const { path } = between(1, ...DROPPING);
    expect(path.verdict).toBe('dropped');
    expect(path.stopsAt).toMatchObject({ node: 'node-A', interface: 've02', reason: 'filter-drop' });
    expect(path.hops.at(-1)?.because).toBe('the policy of filter FORWARD drops it, and nobody is told.');
  });

  it('and do not where it shows none', () => {
    expect(between(0, ...DROPPING).path.verdict).toBe('delivered');
  });

  it('their answers belong to the connection', () => {
    const rule = (match: string): string => `[0:0] -A FORWARD ${match} -j ACCEPT`;
    const { path, reverse } = between(
      1,
      ...DROPPING,
      rule('-i cni0 -p udp -m udp --dport 9'),
      rule('-m conntrack --ctstate ESTABLISHED'),
    );
    expect([path.verdict, reverse]).toEqual(['delivered', 'delivered']);
    const hop = path.hops.find(({ action }) => action === 'bridge');
    expect(hop?.steps.map(({ sentence }) => sentence)).toEqual(
      expect.arrayContaining([
        'node-A shows what cni0 passes on to its packet filters, too (br_netfilter).',
        'filter FORWARD lets it pass.',
      ]),
    );
    expect(between(1, ...DROPPING, rule('-p udp -m udp --dport 9')).reverse).toBe('dropped');
  });

  it('a rule may lead them elsewhere', () => {
    const { path } = between(
      1,
      '*nat',
      ':PREROUTING ACCEPT [0:0]',
      '[0:0] -A PREROUTING -p udp -m udp --dport 9 -j DNAT --to-destination 10.244.2.2:9',
    );
    expect(path.hops.map(({ place, egress }) => `${place}: ${egress ?? '·'}`)).toContain('node-A: vx0');
  });
});
