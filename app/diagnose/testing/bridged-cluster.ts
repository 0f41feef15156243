// For tests: three nodes on one wire, each the gateway to its Pods, which are on a bridge of its own; the Pods were looked into.
import type { Link, Neighbour, Route } from '../../probe/facts.ts';
import type { NamespaceInside } from '../../probe/inside-facts.ts';
import { parseRulesText } from '../../probe/ip-rules.ts';
import { applyList, type Inventory, emptyInventory } from '../../probe/inventory.ts';
import type { NodeSnapshot } from '../../probe/snapshot.ts';
import { fact, kubeNode } from '../../topology/testing/scenario.ts';
import { route } from '../../topology/testing/synthetic-node.ts';
import type { KnownFacts } from '../detected.ts';
import { known, link, nicMac, section, settings, type CaseNode } from './case.ts';

const LABELS = ['a', 'b', 'c'] as const;
type Label = (typeof LABELS)[number];

/** What a test changes of a node, or of a Pod; `pod-a-1` is 192.168.1.2 of `a`, `pod-a-2` 192.168.1.3. */
export interface BridgedChange {
  readonly nic?: { readonly prefixLength: number; readonly routes?: readonly Route[] };
  readonly bridge?: { readonly prefixLength?: number; readonly mac?: string };
  readonly neighbours?: readonly Neighbour[];
  readonly links?: (link: Link) => Link;
  readonly pods?: Readonly<Record<string, PodChange>>;
  readonly facts?: (snapshot: NodeSnapshot) => Partial<NodeSnapshot>;
}

interface PodChange {
  readonly prefixLength?: number;
  /** Beside its own. */
  readonly addresses?: readonly string[];
  readonly routes?: readonly Route[];
  readonly neighbours?: readonly Neighbour[];
}

const hostEnd = (label: string, pod: number): string => `veth${label}${String(pod)}`;
export const podMac = (at: number, pod: number): string =>
  `0a:58:c0:a8:0${String(at + 1)}:0${String(pod + 1)}`;
export const bridgeMac = (at: number): string => `02:00:00:00:0c:0${String(at + 1)}`;
export const portMac = (at: number, pod: number): string => `02:00:00:0${String(pod)}:0d:0${String(at + 1)}`;

export function bridgedCluster(change: Partial<Record<Label, BridgedChange>> = {}): KnownFacts {
  const nodes = LABELS.map((label, at) => nodeOf(label, at, change[label] ?? {}));
  return known([nodes], inventoryOf());
}

function nodeOf(label: string, at: number, change: BridgedChange): CaseNode {
  const { nic, bridge, pods = {} } = change;
  const own = `10.0.0.${String(at + 1)}`;
  const length = nic?.prefixLength ?? 24;
  const gateway = `192.168.${String(at + 1)}.1`;
  const bridgeLength = bridge?.prefixLength ?? 24;
  const routes = [
    route('0.0.0.0/0', { dev: 'ens192', via: '10.0.0.254' }),
    ...(nic?.routes ?? connected(own, length, 'ens192')),
    ...connected(gateway, bridgeLength, 'cni0'),
    ...LABELS.flatMap((_, peer) =>
      peer === at
        ? []
        : [route(`192.168.${String(peer + 1)}.0/24`, { dev: 'ens192', via: `10.0.0.${String(peer + 1)}` })],
    ),
  ];
  return {
    ...{ label, at: 1000, address: own, bootId: `boot-${label}` },
    pods: [1, 2].map((pod) => ({
      ...{ inode: 100 + pod, nsid: pod, pid: 50 + pod, startTicks: 7, ip: podAddress(at, pod), ifindex: 3 },
      ...{ hostIfindex: 10 + pod, hostName: hostEnd(label, pod), mac: podMac(at, pod) },
    })),
    facts: (snapshot) => {
      const facts: Partial<NodeSnapshot> = {
        links: section(
          'links',
          [
            ...(snapshot.links?.value ?? []).map((one) =>
              one.name.startsWith('veth')
                ? { ...one, masterName: 'cni0', mac: portMac(at, Number(one.name.slice(-1))) }
                : one,
            ),
            link('cni0', { kind: 'bridge', ifindex: 9, mac: bridge?.mac ?? bridgeMac(at) }),
          ].map((one) => change.links?.(one) ?? one),
        ),
        addresses: section('addresses', [
          { ifindex: 2, name: 'ens192', addresses: [address4(own, length)] },
          { ifindex: 9, name: 'cni0', addresses: [address4(gateway, bridgeLength)] },
        ]),
        routes4: section('routes4', routes),
        rules4: section('rules4', RULES),
        neighbours: section('neighbours', [
          ...LABELS.flatMap((peer, index): Neighbour[] =>
            index === at ? [] : [entry(`10.0.0.${String(index + 1)}`, 'ens192', nicMac(peer))],
          ),
          ...(change.neighbours ?? []),
        ]),
        settings: settings(sysctls('1', 'ens192', 'cni0')),
        insides: section('insides', {
          read: [1, 2].map((pod) => insideOf(at, pod, pods[`pod-${label}-${String(pod)}`] ?? {})),
          unread: [],
        }),
        pods: section(
          'pods',
          (snapshot.pods?.value ?? []).map((one, index) => {
            const { prefixLength = 24, addresses = [] } = pods[`pod-${label}-${String(index + 1)}`] ?? {};
            return {
              ...one,
              addresses: [...one.addresses, ...addresses],
              links: one.links.map((each) => ({
                ...each,
                addresses: [podAddress(at, index + 1), ...addresses].map((ip) => address4(ip, prefixLength)),
              })),
            };
          }),
        ),
      };
      return { ...facts, ...change.facts?.({ ...snapshot, ...facts }) };
    },
  };
}

const podAddress = (at: number, pod: number): string => `192.168.${String(at + 1)}.${String(pod + 1)}`;

function sysctls(forwarding: string, ...devices: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    ['all', ...devices].flatMap((name) => [
      [`ipv4/conf/${name}/forwarding`, forwarding],
      [`ipv4/conf/${name}/proxy_arp`, '0'],
    ]),
  );
}

const RULES = parseRulesText(
  '0: from all lookup local\n32766: from all lookup main\n32767: from all lookup default',
  4,
).entries;

function address4(address: string, prefixLength: number) {
  return { address, prefixLength, family: 4 as const, scope: 'global' };
}

/** As the kernel makes them of an address. */
export function connected(address: string, length: number, dev: string): Route[] {
  const words = address.split('.').map(Number);
  const bits = words.reduce((sum, word) => sum * 256 + word, 0);
  const size = 2 ** (32 - length);
  const network = Math.floor(bits / size) * size;
  const text = [24, 16, 8, 0].map((shift) => Math.floor(network / 2 ** shift) % 256).join('.');
  return [
    route(`${address}/32`, {
      type: 'local',
      table: 'local',
      dev,
      proto: 'kernel',
      scope: 'host',
      prefsrc: address,
    }),
    ...(length === 32
      ? []
      : [route(`${text}/${String(length)}`, { dev, proto: 'kernel', scope: 'link', prefsrc: address })]),
  ];
}

export const entry = (dst: string, dev: string, mac: string | null, state = 'REACHABLE'): Neighbour => ({
  dst,
  dev,
  mac,
  state,
});

function insideOf(at: number, pod: number, change: PodChange): NamespaceInside {
  const ip = podAddress(at, pod);
  const { prefixLength = 24, addresses = [], routes, neighbours = [] } = change;
  return {
    links: section('links', [
      link('eth0', { kind: 'veth', ifindex: 3, mac: podMac(at, pod), peerIfindex: 10 + pod, peerNsid: 0 }),
    ]),
    addresses: section('addresses', [
      { ifindex: 3, name: 'eth0', addresses: [ip, ...addresses].map((one) => address4(one, prefixLength)) },
    ]),
    routes4: section('routes4', [
      ...(routes ?? [
        route('0.0.0.0/0', { dev: 'eth0', via: `192.168.${String(at + 1)}.1` }),
        ...connected(ip, prefixLength, 'eth0'),
      ]),
      ...addresses.flatMap((one) => connected(one, 32, 'eth0')),
    ]),
    routes6: section('routes6', []),
    rules4: section('rules4', RULES),
    rules6: section('rules6', []),
    neighbours: section('neighbours', [...neighbours]),
    ...{
      fdb: null,
      filters: null,
      pid: 50 + pod,
      inode: 100 + pod,
      startTicks: 7,
      sysctls: new Map(Object.entries(sysctls('0', 'eth0'))),
      sockets: null,
    },
    ...{ socketsCut: [], unanswered: [], at: null, evidence: [], sentence: null },
  };
}

function inventoryOf(): Inventory {
  const list = { resourceVersion: '1', next: null, unread: { count: 0, first: null } };
  const nodes = LABELS.map((label, at) => kubeNode(label, `10.0.0.${String(at + 1)}`));
  const pods = LABELS.flatMap((nodeName, at) =>
    [1, 2].map((pod) =>
      fact({
        uid: `u-${nodeName}-${String(pod)}`,
        name: `pod-${nodeName}-${String(pod)}`,
        nodeName,
        ips: [podAddress(at, pod)],
      }),
    ),
  );
  const named = applyList(emptyInventory, [{ ...list, kind: 'nodes', facts: nodes }]);
  return applyList(named, [{ ...list, kind: 'pods', facts: pods }]);
}
