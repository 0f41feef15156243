import { expect, it } from 'vitest';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import type { ForwardingState } from '../topology/model.ts';
import { route } from '../topology/testing/synthetic-node.ts';
import type { Cluster } from './cluster.ts';
import { lostGateways } from './pod-gateway.ts';
import { caseOf, link, neighbour, POD_A, pods, section, settings } from './testing/case.ts';

const GATEWAY = '192.168.1.1';

/** The Pod of node a behind a bridge, which has no address of the Pod's network. */
function behind(
  sysctls: Readonly<Record<string, string>> | null,
  {
    prefixLength = 24,
    neighbours = [],
  }: { prefixLength?: number; neighbours?: ForwardingState['neighbours'] } = {},
): string[] {
  const { nodes, inventory } = pods({
    a: {
      facts: ({ links }: NodeSnapshot) => ({
        links: section('links', [
          ...(links?.value ?? []).map((one) => (one.name === POD_A ? { ...one, masterName: 'cni0' } : one)),
          link('cni0', { ifindex: 91, kind: 'bridge' }),
        ]),
        settings: sysctls === null ? null : settings(sysctls),
      }),
    },
  });
  const cluster = caseOf(nodes, inventory);
  const node = cluster.node('a');
  const [pod] = node?.pods ?? [];
  if (node === null || pod === undefined) throw new Error('the case has a Pod on a');
  const { topology } = cluster;
  const inside = topology.interfaces[pod.podInterfaceId ?? ''];
  const netnsId = pod.netnsId ?? '';
  const seen: Cluster = {
    ...cluster,
    topology: {
      ...topology,
      interfaces: {
        ...topology.interfaces,
        ...(inside === undefined
          ? {}
          : {
              [inside.id]: {
                ...inside,
                addresses: [{ address: '192.168.1.2', prefixLength, family: 4 as const, scope: 'global' }],
              },
            }),
      },
      forwarding: {
        ...topology.forwarding,
        [netnsId]: {
          ...{ netnsId, nodeId: pod.nodeId ?? '', at: { s: 1000, ns: 0 }, rules: [], evidence: [] },
          routes: [route('0.0.0.0/0', { via: GATEWAY, dev: 'eth0' })],
          neighbours,
        },
      },
    },
  };
  return lostGateways(seen, node).map(({ bridge, gateway }) => `${bridge.name} ${gateway}`);
}

it('the gateway that nobody has is lost', () => {
  expect(behind({ 'ipv4/conf/cni0/proxy_arp': '0' })).toEqual([`cni0 ${GATEWAY}`]);
  expect(behind(null)).toEqual([`cni0 ${GATEWAY}`]);
});

it('not where the node answers for others on that bridge', () => {
  for (const file of ['cni0/proxy_arp', 'all/proxy_arp', 'cni0/proxy_arp_pvlan'])
    expect(behind({ [`ipv4/conf/${file}`]: '1' })).toEqual([]);
  // Whether it does was not read, and a Pod without a network has no gateway in it.
  expect(behind(null, { prefixLength: 32 })).toEqual([]);
  expect(behind({ 'ipv4/ip_forward': '1' }, { prefixLength: 32 })).toEqual([]);
});

it('not where somebody has written its MAC address into the Pod; one that is only remembered runs out', () => {
  const entry = (state: string) => ({ neighbours: [neighbour(GATEWAY, { dev: 'eth0', state })] });
  expect(behind({}, entry('PERMANENT'))).toEqual([]);
  expect(behind({}, entry('STALE'))).toEqual([`cni0 ${GATEWAY}`]);
});
