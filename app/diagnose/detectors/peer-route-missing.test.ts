import { expect, it } from 'vitest';
import { emptyInventory } from '../../probe/inventory.ts';
import { fact, kubeNode } from '../../topology/testing/scenario.ts';
import { diagnose } from '../diagnose.ts';
import { buildTopology, emptyTopology } from '../../topology/build.ts';
import { inputOf, route } from '../../topology/testing/synthetic-node.ts';
import { caseOf, neighbour, section, told, withList, type CaseNode } from '../testing/case.ts';
import { BESIDE, threeNodes } from '../testing/three-nodes.ts';
import { surveyOf } from '../paths/stops.ts';
import { peerRouteMissing } from './peer-route-missing.ts';

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
    const input = { ...inputOf([], { inventory: facts.inventory }), readings: Object.fromEntries(readings) };
    return told(diagnose({ ...facts, readings, topology: buildTopology(emptyTopology('test'), input) }));
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
  const labels = Array.from({ length: 20 }, (_, at) => `n${at + 1}`);
  const nodes = labels.map((label, own): CaseNode => {
    const pods = Array.from({ length: 50 }, (_, at) => ({
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
  const began = process.cpuUsage();
  surveyOf(cluster);
  const followed = process.cpuUsage(began);
  expect(peerRouteMissing.detect(cluster).drafts).toEqual([]);
  const all = process.cpuUsage(began);
  // 1.4 here; going through all routes for each Pod it was more than fifty.
  expect((all.user + all.system) / (followed.user + followed.system)).toBeLessThan(4);
});

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
