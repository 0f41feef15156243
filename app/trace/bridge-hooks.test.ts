// Rules that a frame meets at a bridge on its way up to the bridge's own node, and what is never asked of them.
import { describe, expect, it } from 'vitest';
import { knownCluster } from './testing/real-cluster.ts';
import type { TracePath } from './model.ts';
import { tracePath } from './trace.ts';

const folder = new URL('./fixtures/vxlan-bridge/', import.meta.url);
const LAST = 'root@node-A:~# bridge fdb show';

interface Chain {
  readonly family: 'bridge' | 'netdev';
  readonly hook: string;
  readonly dev?: string;
}

/** As `nft -j list ruleset` prints a chain that drops UDP. */
function dropping({ family, hook, dev }: Chain): string {
  const place = { family, table: 't' };
  const protocol = { payload: { protocol: 'ip', field: 'protocol' } };
  return JSON.stringify({
    nftables: [
      { metainfo: { version: '1.0.6', json_schema_version: 1 } },
      { table: { family, name: 't', handle: 1 } },
      { chain: { ...place, name: 'c', handle: 1, type: 'filter', hook, prio: 0, policy: 'accept', dev } },
      {
        rule: {
          ...place,
          chain: 'c',
          handle: 2,
          expr: [{ match: { op: '==', left: protocol, right: 'udp' } }, { drop: null }],
        },
      },
    ],
  });
}

function traced(from: string, to: string, chain: Chain): TracePath {
  const known = knownCluster(folder, (text, file) =>
    file === 'node-A.txt'
      ? text.replace(LAST, `root@node-A:~# nft -j list ruleset\n${dropping(chain)}\n${LAST}`)
      : text,
  );
  const answer = tracePath(known, { from, to, proto: 'udp', port: 9, size: null });
  const [path] = answer.ok ? answer.paths : [];
  if (path === undefined) throw new Error(answer.ok ? 'no path' : answer.sentence);
  return path;
}

const end = ({ verdict, stopsAt }: TracePath) =>
  stopsAt === null ? verdict : `${verdict} ${stopsAt.reason} ${stopsAt.node} ${stopsAt.interface ?? ''}`;

describe('what a Pod sends to its gateway meets', () => {
  it.each<[Chain, string]>([
    [{ family: 'bridge', hook: 'input' }, 'dropped filter-drop node-A ve01'],
    [{ family: 'bridge', hook: 'prerouting' }, 'dropped filter-drop node-A ve01'],
    [{ family: 'netdev', hook: 'ingress', dev: 've01' }, 'dropped filter-drop node-A ve01'],
    [{ family: 'netdev', hook: 'ingress', dev: 've02' }, 'delivered'],
    [{ family: 'bridge', hook: 'forward' }, 'delivered'],
    [{ family: 'bridge', hook: 'output' }, 'delivered'],
  ])('%o: %s', (chain, expected) => {
    expect(end(traced('p', 'r', chain))).toBe(expected);
  });
});

describe('what comes from elsewhere to a Pod meets', () => {
  it.each<[Chain, string]>([
    [{ family: 'bridge', hook: 'output' }, 'dropped filter-drop node-A ve01'],
    [{ family: 'bridge', hook: 'postrouting' }, 'dropped filter-drop node-A ve01'],
    [{ family: 'netdev', hook: 'egress', dev: 've01' }, 'dropped filter-drop node-A ve01'],
    [{ family: 'bridge', hook: 'input' }, 'delivered'],
  ])('%o: %s', (chain, expected) => {
    expect(end(traced('r', 'p', chain))).toBe(expected);
  });
});

it('a question for an address is no packet of IP: rules for those do not see it', () => {
  // Neither knows the other's MAC address yet.
  const path = traced('q', 'p', { family: 'bridge', hook: 'forward' });
  expect(end(path)).toBe('dropped filter-drop node-A ve02');
});
