// For tests: a node described in a few words, as the snapshot that a discovery by root would give.
import type { BgpProtocol, BirdReading, Route } from '../../probe/facts.ts';
import type { NodeSnapshot, Section } from '../../probe/snapshot.ts';
import type { TopologyInput } from '../input.ts';

export interface SyntheticPod {
  readonly inode: number;
  readonly nsid: number;
  readonly pid: number;
  readonly startTicks: number;
  readonly ip: string;
  readonly ifindex: number;
  readonly hostIfindex: number;
  readonly hostName: string;
  readonly mac: string;
}

export interface SyntheticNode {
  readonly label: string;
  readonly bootId?: string;
  /** Seconds of the node's clock. */
  readonly at: number;
  readonly address?: string;
  readonly pods?: readonly SyntheticPod[];
  readonly routes?: readonly Route[];
  readonly bird?: Partial<BirdReading>;
  /** What a plain user sees: nothing inside other namespaces. */
  readonly blind?: boolean;
}

export function route(dst: string, extra: Partial<Route> = {}): Route {
  return {
    dst,
    family: 4,
    type: 'unicast',
    dev: null,
    via: null,
    proto: 'boot',
    scope: 'global',
    table: 'main',
    metric: 0,
    prefsrc: null,
    flags: [],
    nexthops: [],
    ...extra,
  };
}

export const BIRD_SOCKET = '/var/run/calico/bird.ctl';

export function bgp(name: string, extra: Partial<BgpProtocol> = {}): BgpProtocol {
  return {
    socket: BIRD_SOCKET,
    name,
    state: 'up',
    since: '10:00:00',
    sinceAt: null,
    info: 'Established',
    bgpState: 'Established',
    description: null,
    localAddress: null,
    neighbourAddress: null,
    localAs: 64512,
    neighbourAs: 64512,
    neighbourId: null,
    session: ['internal', 'multihop', 'AS4'],
    capabilities: { own: [], neighbour: [] },
    lastError: null,
    imported: 1,
    exported: 1,
    channels: [],
    neighbourRestarting: false,
    restartTimer: null,
    holdTimer: 200,
    holdTime: 240,
    keepaliveTimer: 40,
    keepaliveTime: 80,
    ...extra,
  };
}

export function snapshotOf(node: SyntheticNode): NodeSnapshot {
  const at = { s: node.at, ns: 0 };
  const pods = node.pods ?? [];
  const blind = node.blind ?? false;
  const section = <T>(name: string, value: T, hidden = false): Section<T> => ({
    state: hidden ? 'not-permitted' : 'ok',
    evidence: [`${node.label}/${name}`],
    at,
    value,
    sentence: hidden ? `This login may not see ${name}.` : null,
  });
  const base = {
    peerName: null,
    peerNetnsName: null,
    masterName: null,
    adminUp: true,
    carrier: true,
    operstate: 'UP',
    mtu: 1500,
  };
  return {
    nodeLabel: node.label,
    seenAt: node.at * 1000,
    at,
    meta: {
      bootId: node.bootId ?? 'boot-1',
      hostname: node.label,
      kernel: '6.18',
      uid: blind ? 1000 : 0,
      rootInode: 1,
      tools: [],
    },
    links: section('links', [
      {
        ...base,
        ifindex: 2,
        name: 'ens192',
        kind: 'veth',
        mac: '02:00:00:00:00:02',
        peerIfindex: 100,
        peerNsid: 0,
      },
      ...pods.map((pod) => ({
        ...base,
        ifindex: pod.hostIfindex,
        name: pod.hostName,
        kind: 'veth' as const,
        mac: 'ee:ee:ee:ee:ee:ee',
        peerIfindex: pod.ifindex,
        peerNsid: pod.nsid,
      })),
    ]),
    addresses: section('addresses', [
      {
        ifindex: 2,
        name: 'ens192',
        addresses: [{ address: node.address ?? '10.0.0.1', prefixLength: 24, family: 4, scope: 'global' }],
      },
    ]),
    routes4: section('routes4', [
      route('0.0.0.0/0', { dev: 'ens192', via: '10.0.0.254' }),
      ...pods.map((pod) => route(`${pod.ip}/32`, { dev: pod.hostName, proto: '80', scope: 'link' })),
      ...(node.routes ?? []),
    ]),
    routes6: section('routes6', []),
    rules4: section('rules4', []),
    rules6: section('rules6', []),
    neighbours: section('neighbours', []),
    fdb: section('fdb', []),
    cni: section('cni', { files: [], flannel: null, agents: [] }),
    kernelLog: null,
    logs: null,
    tracked: null,
    insides: null,
    nsids: section(
      'nsids',
      {
        byInode: blind ? [] : pods.map(({ nsid, inode }) => ({ nsid, inode })),
        byName: [],
        lsnsFailed: false,
      },
      blind,
    ),
    netns: section(
      'netns',
      {
        namespaces: blind
          ? []
          : pods.map(({ inode, pid, startTicks }) => ({
              inode,
              process: { pid, comm: 'pause', startTicks },
            })),
        named: [],
        hiddenProcesses: blind ? pods.length : 0,
      },
      blind,
    ),
    pods: section(
      'pods',
      blind
        ? []
        : pods.map((pod) => ({
            pid: pod.pid,
            addresses: [pod.ip],
            links: [
              {
                name: 'eth0',
                ifindex: pod.ifindex,
                peerIfindex: pod.hostIfindex,
                mtu: 1500,
                mac: pod.mac,
                operstate: 'UP',
                adminUp: true,
                carrier: true,
                addresses: [{ address: pod.ip, prefixLength: 32, family: 4 as const, scope: 'global' }],
              },
            ],
          })),
      blind,
    ),
    counters: null,
    settings: null,
    cost: null,
    firewall: null,
    bird: section('birds', {
      state: 'absent',
      version: null,
      protocols: [],
      daemons: [],
      routes: null,
      sockets: node.bird?.state === 'running' ? [{ socket: BIRD_SOCKET, state: 'running' }] : [],
      sentence: null,
      ...node.bird,
    }),
    cutOff: null,
    evidence: [],
    outputs: [],
  };
}

export function inputOf(nodes: readonly SyntheticNode[], extra: Partial<TopologyInput> = {}): TopologyInput {
  return {
    cluster: 'test',
    readings: Object.fromEntries(
      nodes.map((node) => [
        node.label,
        { snapshot: snapshotOf(node), hostKeyFingerprint: `SHA256:${node.label}` },
      ]),
    ),
    inventory: null,
    deletions: [],
    endedLabels: [],
    evidence: [],
    warnings: [],
    ...extra,
  };
}
