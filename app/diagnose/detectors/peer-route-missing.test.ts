import { expect, it } from 'vitest';
import { emptyInventory } from '../../probe/inventory.ts';
import type { KubeNodeFact } from '../../probe/kube-facts.ts';
import { fact, kubeNode } from '../../topology/testing/scenario.ts';
import type { KnownFacts } from '../detected.ts';
import { clusterOf } from '../cluster.ts';
import { diagnose } from '../diagnose.ts';
import { route } from '../../topology/testing/synthetic-node.ts';
import { caseOf, neighbour, section, told, withInventory, withList, type CaseNode } from '../testing/case.ts';
import { BESIDE, threeNodes } from '../testing/three-nodes.ts';
import { destination } from '../destinations.ts';
import { housed } from '../housed-addresses.ts';
import { surveyOf } from '../paths/stops.ts';
import { blackholeShadowsPod } from './blackhole-shadows-pod.ts';
import { peerRouteMissing } from './peer-route-missing.ts';
import { unresolvedNextHop } from './unresolved-next-hop.ts';

const findings = (...asked: Parameters<typeof threeNodes>) => diagnose(threeNodes(...asked));

it('all have routes to all, by their tunnel or by their NICs: nothing', () => {
  expect(told(findings(() => 'over'))).toEqual([]);
  expect(told(findings(() => 'ens192'))).toEqual([]);
});

it('a node that lacks the route to another’s Pods is told of, with what others have, and what its filters then drop under it', () => {
  const lacking = findings((own, peer) => (own === 'a' && peer === 'b' ? null : 'over'));
  expect(told(lacking)).toEqual(['peer-route-missing a (rp-filter-drop)']);
  const [first] = lacking.findings;
  expect(first?.title).toBe('a has no route to Pods of b');
  expect(first?.where.interface).toBe('over');
  expect(first?.because).toContain('c has a route to them: 192.168.2.0/24 via 192.168.2.0 dev over');
  expect(first?.suggestion.commands.join('\n')).toContain(
    'ip route add 192.168.2.0/24 via 192.168.2.0 dev over onlink',
  );
  expect(told(findings((own, peer) => (own === 'a' && peer === 'b' ? null : 'ens192')))).toEqual([
    'peer-route-missing a',
  ]);
});

it('of whose Pods nobody knows, that one is told of; where nobody has routes at all, nothing', () => {
  const untold = findings((_, peer) => (peer === 'b' ? null : 'over'));
  expect(untold.findings.map(({ id, where, title }) => [id, where.node, title])).toEqual([
    ['peer-route-missing', 'b', 'No other node has a route to the Pods of b'],
  ]);
  expect(told(findings(() => null))).toEqual([]);
});

it('of networks behind a router a node need not know the others’', () => {
  const far = { ...BESIDE, c: '10.9.0.3' };
  // The other two know each other, being beside each other; c is elsewhere and sends all to its router.
  expect(told(findings((own, peer) => (own === 'c' || peer === 'c' ? null : 'ens192'), far))).toEqual([]);
});

it('a route past the tunnel is told where a filter drops what then comes by another device than answers leave by', () => {
  const past = findings((own, peer) => (own === 'a' && peer === 'b' ? 'ens192' : 'over'));
  expect(told(past)).toEqual(['peer-route-missing a (rp-filter-drop, rp-filter-drop)']);
  expect(past.findings[0]?.title).toBe(
    'a sends packets for Pods of b past the tunnel: 192.168.2.0/24 by ens192',
  );
});

it('somebody’s own tunnel, into which one node alone is led by another, is no network of Pods', () => {
  const vpn = threeNodes(
    () => 'ens192',
    BESIDE,
    () => ({}),
    {
      tunnelAt: (label) => ({ a: '10.8.0.1', b: '10.8.0.2', c: '10.8.0.3' })[label],
      beside: (label) => (label === 'b' ? [route('10.8.0.0/24', { dev: 'ens192', via: BESIDE.a })] : []),
    },
  );
  expect(told(diagnose(vpn))).toEqual([]);
});

it('a route by a second NIC, in a network that a node is not in, is none that it lacks', () => {
  const far = { ...BESIDE, b: '10.9.0.2' };
  const isFar = (own: string, peer: string): boolean => own === 'b' || (own === 'a' && peer === 'b');
  expect(told(findings((own, peer) => (isFar(own, peer) ? null : 'ens192'), far))).toEqual([]);
  // A tunnel leads there from everywhere.
  const lacking = told(findings((own, peer) => (own === 'a' && peer === 'b' ? null : 'over'), far));
  expect(lacking).toEqual(['peer-route-missing a (rp-filter-drop)']);
});

it('a node without an address of a family lacks no routes of it', () => {
  const tunnel = (label: string): string => `192.168.${label.charCodeAt(0) - 96}.0`;
  const six = (label: 'a' | 'b' | 'c') => {
    const peer = label === 'b' ? 'c' : 'b';
    const at = (address: string, prefixLength: number) => ({ address, prefixLength, scope: 'global' });
    return {
      addresses: section('addresses', [
        {
          ...{ ifindex: 2, name: 'ens192' },
          addresses: [
            { ...at(BESIDE[label], 24), family: 4 as const },
            { ...at(`fd00::${label}`, 64), family: 6 as const },
          ],
        },
        {
          ...{ ifindex: 9, name: 'over' },
          addresses: [
            { ...at(tunnel(label), 32), family: 4 as const },
            { ...at(`fd00:0:0:${label}::`, 128), family: 6 as const },
          ],
        },
      ]),
      routes6: section('routes6', [
        route('fd00::/64', { family: 6, dev: 'ens192', proto: 'kernel', scope: 'link' }),
        route(`fd00:0:0:${peer}::/64`, { family: 6, dev: 'over', via: `fd00:0:0:${peer}::` }),
      ]),
      neighbours: section('neighbours', [
        ...(['a', 'b', 'c'] as const).flatMap((one) =>
          [tunnel(one), `fd00:0:0:${one}::`].map((dst) =>
            neighbour(dst, { dev: 'over', mac: `66:00:00:00:00:0${one}`, state: 'PERMANENT' }),
          ),
        ),
      ]),
    };
  };
  const ways = () => 'over' as const;
  expect(told(diagnose(threeNodes(ways, BESIDE, (label) => (label === 'a' ? {} : six(label)))))).toEqual([]);
});

it('a node whose router is another node, which knows the way, lacks nothing', () => {
  const facts = threeNodes((own, peer) => (own === 'a' && peer === 'b' ? null : 'ens192'));
  const by = (via: string) => {
    const readings = new Map(
      [...facts.readings].map(([label, reading]) => {
        const { routes4 } = reading.snapshot;
        if (label !== 'a' || routes4 === null || routes4.value === null) return [label, reading];
        const value = routes4.value.map((one) => (one.dst === '0.0.0.0/0' ? { ...one, via } : one));
        return [label, { ...reading, snapshot: { ...reading.snapshot, routes4: { ...routes4, value } } }];
      }),
    );
    return told(diagnose(withInventory({ ...facts, readings }, facts.inventory ?? emptyInventory)));
  };
  expect(by('10.0.0.254')).toEqual(['peer-route-missing a']);
  expect(by(BESIDE.c)).toEqual([]);
});

it('where routes were not read in full none is lacking', () => {
  const lacking = (own: string, peer: string) => (own === 'a' && peer === 'b' ? null : 'ens192');
  const cut = threeNodes(lacking, BESIDE, () => ({}));
  const readings = new Map(
    [...cut.readings].map(([label, { snapshot, ...reading }]) => {
      const { routes4 } = snapshot;
      const part = routes4 === null || label !== 'a' ? routes4 : { ...routes4, state: 'truncated' as const };
      return [label, { ...reading, snapshot: { ...snapshot, routes4: part } }];
    }),
  );
  expect(told(diagnose({ ...cut, readings }))).toEqual([]);
});

it('of many nodes with many Pods and routes each, in a moment', () => {
  const labels = Array.from({ length: 16 }, (_, at) => `n${at + 1}`);
  const nodes = labels.map((label, own): CaseNode => {
    const pods = Array.from({ length: 40 }, (_, at) => ({
      ...{ inode: 100 + at, nsid: at, pid: 1000 + at, startTicks: 1, ifindex: 3, hostIfindex: 100 + at },
      ...{ ip: `192.168.${own + 1}.${at + 2}`, hostName: `veth${at}`, mac: '02:00:00:00:00:aa' },
    }));
    const others = Array.from({ length: 500 }, (_, at) =>
      route(`172.${16 + (at >> 8)}.${at & 255}.0/24`, { dev: 'ens192', via: '10.0.0.254' }),
    );
    const peers = labels.flatMap((_, at) =>
      at === own ? [] : route(`192.168.${at + 1}.0/24`, { dev: 'ens192', via: `10.0.0.${at + 1}` }),
    );
    const [at, address] = [1000, `10.0.0.${own + 1}`];
    return {
      label,
      at,
      address,
      bootId: label,
      pods,
      routes: [...others, ...peers],
      bird: { state: 'absent' },
    };
  });
  const named = nodes.map(({ label, address = '' }) => kubeNode(label, address));
  const running = nodes.flatMap(({ label, pods = [] }) =>
    pods.map(({ ip }) => fact({ uid: ip, name: `p-${ip}`, nodeName: label, ips: [ip] })),
  );
  const cluster = caseOf(nodes, withList(withList(emptyInventory, 'nodes', named), 'pods', running));
  // Ways are followed once for all detectors.
  const followed = cpuOf(() => surveyOf(cluster));
  const all = followed + cpuOf(() => expect(peerRouteMissing.detect(cluster).drafts).toEqual([]));
  // 1.4 here; going through all routes for each Pod it was more than fifty.
  expect(all / followed).toBeLessThan(4);
  // What refuses nothing is not asked for each Pod.
  const asking = cpuOf(() => {
    for (const node of cluster.nodes) for (const { ip } of housed(cluster)) destination(node, ip);
  });
  const refused = cpuOf(() => {
    for (const detector of [blackholeShadowsPod, unresolvedNextHop])
      expect(detector.detect(cluster).drafts).toEqual([]);
  });
  // 0.2 to 0.3 here; where each is, 1.
  expect(refused / asking).toBeLessThan(0.7);
});

/** µs of this process, all its threads. */
function cpuOf(work: () => void): number {
  const began = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(began);
  return user + system;
}

it('a router that was not read may know the way, but for what goes by a tunnel', () => {
  const gateway = () => [route('0.0.0.0/0', { dev: 'ens192', via: '10.0.0.254' })];
  const lacking = (dev: 'ens192' | 'over') =>
    diagnose(
      threeNodes(
        (own, peer) => (own === 'a' && peer === 'b' ? null : dev),
        BESIDE,
        () => ({}),
        { beside: gateway },
      ),
    ).findings.map(({ id, confidence, surer }) => [id, confidence, surer]);
  expect(lacking('ens192')).toEqual([
    ['peer-route-missing', 'likely', expect.stringMatching(/traceroute -n 192\.168\.2\.\d+ {3}# on a$/)],
  ]);
  expect(lacking('over')).toEqual([['peer-route-missing', 'certain', null]]);
});

it('an address outside of the Pods’ networks, or a wide route of somebody’s, hides no route that is missing', () => {
  const lacks = (own: string, peer: string) => (own === 'a' && peer === 'b' ? null : 'over');
  const titles = peerRouteMissing.detect(clusterOf(withOdd(threeNodes(lacks), '10.85.0.7'))).drafts;
  expect(titles.map(({ title }) => title)[0]).toBe('a has no route to Pods of b');
  const wide = (dst: string, via = '10.0.0.254') =>
    diagnose(
      threeNodes(lacks, BESIDE, () => ({}), {
        beside: (label) => (label === 'a' ? [route(dst, { dev: 'ens192', via, proto: 'static' })] : []),
      }),
    );
  const [first] = wide('192.168.0.0/16').findings;
  expect([first?.id, first?.confidence, first?.title]).toEqual([
    'peer-route-missing',
    'likely',
    'a has no route to Pods of b but 192.168.0.0/16 by 10.0.0.254',
  ]);
  // One of a block's own length is the route that somebody meant; one to another node is not past them.
  expect(told(wide('192.168.2.0/24'))[0]).not.toMatch(/^peer-route-missing/);
  expect(told(wide('192.168.0.0/16', BESIDE.c))[0] ?? '').not.toMatch(/^peer-route-missing/);
});

it('a Pod whose address no node’s Pod network holds is told of at its node, and the others’ routes are not', () => {
  const odd = clusterOf(
    withOdd(
      threeNodes(() => 'over'),
      '10.85.0.7',
    ),
  );
  const [first, ...others] = peerRouteMissing.detect(odd).drafts;
  expect(others).toEqual([]);
  expect([first?.where.node, first?.where.pod, first?.confidence]).toEqual([
    'b',
    'default/c2c-network-demo-w2',
    'likely',
  ]);
  expect(first?.title).toContain('10.85.0.7');
  // In a network of the Pods' it is the route that is missing.
  const usual = clusterOf(
    withOdd(
      threeNodes(() => 'over'),
      '192.168.3.7',
    ),
  );
  expect(peerRouteMissing.detect(usual).drafts.map(({ title }) => title)).not.toContain(first?.title);
});

it('a node that has joined just now, or is none of the cluster’s, lacks nothing yet', () => {
  const facts = threeNodes((own, peer) => (own === 'a' && peer === 'b' ? null : 'over'));
  const at = (nodes: readonly KubeNodeFact[]) => {
    const inventory = withList({ ...(facts.inventory ?? emptyInventory), nodes: {} }, 'nodes', nodes);
    return told(diagnose(withInventory(facts, inventory)));
  };
  const [a, b, c] = (['a', 'b', 'c'] as const).map((label) => kubeNode(label, BESIDE[label]));
  if (a === undefined || b === undefined || c === undefined) throw new Error('three nodes');
  const lacking = ['peer-route-missing a (rp-filter-drop)'];
  expect(at([{ ...a, readySince: 970 }, b, c])).toEqual(lacking);
  expect(at([{ ...a, readySince: 971 }, b, c])).toEqual([]);
  expect(at([a, { ...b, readySince: 971 }, c])).toEqual([]);
  // The control plane's clock is another.
  expect(at([{ ...a, readySince: 5_000 }, b, c])).toEqual(lacking);
  expect(at([b, c]).filter((one) => one.startsWith('peer-route-missing'))).toEqual([]);
});

/** Kubernetes says that the Pod on b has that address as well. */
function withOdd(facts: KnownFacts, ip: string): KnownFacts {
  const before = facts.inventory ?? emptyInventory;
  const cidr = { a: '192.168.1.0/24', b: '192.168.2.0/24', c: '192.168.3.0/24' } as const;
  const nodes = (['a', 'b', 'c'] as const).map((label) => ({
    ...kubeNode(label, BESIDE[label]),
    podCidrs: [cidr[label]],
  }));
  const pods = Object.values(before.pods).map((pod) =>
    pod.nodeName === 'b' ? { ...pod, ips: [...pod.ips, ip] } : pod,
  );
  return withInventory(facts, withList(withList(before, 'nodes', nodes), 'pods', pods));
}
