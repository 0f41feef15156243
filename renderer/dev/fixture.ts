// A made-up cluster for looking at the window without one. Names and numbers as the real classic cluster shows
// them. Development only: nothing outside renderer/dev imports this.
import type {
  BgpSession,
  EvidenceHead,
  ForwardingState,
  InterfaceEntity,
  NetnsEntity,
  NodeEntity,
  PodEntity,
  Route,
  Topology,
} from '../../app/topology/model.ts';
import { route } from '../../app/topology/testing/synthetic-node.ts';
import { parseRulesText } from '../../app/probe/ip-rules.ts';
import { firstEvents, START } from './first-events.ts';
import type { NodePlan } from './plans.ts';

const since = { s: START, ns: 120_000_000 };
const alive = { since, until: null };

export function buildTopology(plans: readonly NodePlan[], cluster: string): Topology {
  const tables: Tables = {
    nodes: {},
    netns: {},
    interfaces: {},
    pods: {},
    bgp: {},
    forwarding: {},
    evidence: {},
  };
  for (const plan of plans) addNode(tables, plan, plans);
  return { schema: 1, cluster, revision: 1, ...tables, events: firstEvents(plans), warnings: [] };
}

interface Tables {
  readonly nodes: Record<string, NodeEntity>;
  readonly netns: Record<string, NetnsEntity>;
  readonly interfaces: Record<string, InterfaceEntity>;
  readonly pods: Record<string, PodEntity>;
  readonly bgp: Record<string, BgpSession>;
  readonly forwarding: Record<string, ForwardingState>;
  readonly evidence: Record<string, EvidenceHead>;
}

function addNode(tables: Tables, plan: NodePlan, all: readonly NodePlan[]): void {
  const id = `node:${plan.label}`;
  const root = `netns:${plan.label}/4026531840@boot`;
  const evidence = (what: string, command: string): string => {
    const key = `${plan.label}:${what}`;
    tables.evidence[key] = {
      id: key,
      nodeLabel: plan.label,
      command,
      at: { s: START + 7, ns: 0 },
      seenAt: (START + 7) * 1000,
      state: 'ok',
      exitStatus: 0,
      bytes: 1873,
    };
    return key;
  };
  const links = evidence('links', 'ip -j -d addr show');
  const routes = evidence('routes', 'ip -j route show table all');
  const birdc = evidence('bird', 'birdcl -s /var/run/calico/bird.ctl show protocols all');
  const kubectl = evidence('kubectl', 'kubectl get --raw /api/v1/pods');
  tables.nodes[id] = {
    id,
    label: plan.label,
    hostname: plan.label,
    hostKeyFingerprint: 'SHA256:9mWvQk1nX4T7vB0m3pYcJ6rU2sLdF8hGa5eKtZiOqNE',
    bootId: '6e1f3c52-8f1d-4d0a-9c3c-0c5b8a7d2e41',
    kernel: '6.1.0-28-amd64',
    addresses: [plan.address],
    rootNetns: root,
    bird: { state: 'running', version: '2.0.12', kernelRoutes: all.length - 1, sentence: null },
    unknowns: [],
    unread: { routes: null, insidesOfPods: null },
    cni: { name: 'Calico', mode: 'BGP', opaque: null, evidence: [] },
    contradictions: [],
    kubernetesName: plan.label,
    ...alive,
    evidence: [links],
  };
  tables.netns[root] = {
    id: root,
    nodeId: id,
    inode: 4026531840,
    root: true,
    nsid: null,
    process: { pid: 1, comm: 'systemd', startTicks: 1 },
    podId: null,
    ...alive,
    evidence: [],
  };
  const add = (
    part: Partial<InterfaceEntity> & Pick<InterfaceEntity, 'name' | 'ifindex' | 'kind' | 'role'>,
    netnsId = root,
  ): string => {
    const ifId = `if:${netnsId}/${String(part.ifindex)}@1`;
    tables.interfaces[ifId] = {
      id: ifId,
      nodeId: id,
      netnsId,
      mac: 'ee:ee:ee:ee:ee:ee',
      mtu: 1500,
      operstate: 'UP',
      adminUp: true,
      carrier: true,
      addresses: [],
      peer: null,
      masterIfindex: null,
      ...alive,
      evidence: [links],
      ...part,
    };
    return ifId;
  };
  add({
    name: 'lo',
    ifindex: 1,
    kind: 'loopback',
    role: 'loopback',
    mac: '00:00:00:00:00:00',
    mtu: 65_536,
    operstate: 'UNKNOWN',
    addresses: [{ address: '127.0.0.1', prefixLength: 8, family: 4, scope: 'host' }],
  });
  add({
    name: 'ens192',
    ifindex: 2,
    kind: 'physical',
    role: 'nic',
    mac: '00:50:56:9a:1c:07',
    addresses: [{ address: plan.address, prefixLength: 16, family: 4, scope: 'global' }],
  });
  add({
    name: 'docker0',
    ifindex: 3,
    kind: 'bridge',
    role: 'bridge',
    mac: '02:42:8a:41:07:cc',
    operstate: 'DOWN',
    carrier: false,
    addresses: [{ address: '172.17.0.1', prefixLength: 16, family: 4, scope: 'global' }],
  });
  (plan.more ?? []).forEach((each, index) => add({ ifindex: 500 + index, ...each }));
  const table: Route[] = [
    route('0.0.0.0/0', { via: '10.12.0.1', dev: 'ens192', proto: 'static' }),
    route('10.12.0.0/16', { dev: 'ens192', proto: 'kernel', scope: 'link', prefsrc: plan.address }),
    route('172.17.0.0/16', {
      dev: 'docker0',
      proto: 'kernel',
      scope: 'link',
      prefsrc: '172.17.0.1',
      flags: ['linkdown'],
    }),
  ];
  if (plan.block !== null) table.push(route(plan.block, { type: 'blackhole', proto: 'bird' }));
  for (const other of all) {
    if (other.label === plan.label) continue;
    const bgpId = `bgp:${plan.label}/${meshName(other.address)}`;
    if (all.length <= 12) {
      tables.bgp[bgpId] = {
        id: bgpId,
        nodeId: id,
        name: meshName(other.address),
        peerAddress: other.address,
        peerNodeId: `node:${other.label}`,
        protocolState: 'up',
        info: 'Established',
        changed: '10:24:51.338',
        imported: other.block === null ? 0 : 1,
        exported: plan.block === null ? 0 : 1,
        stale: null,
        ...alive,
        evidence: [birdc],
      };
    }
    if (other.block !== null)
      table.push(route(other.block, { via: other.address, dev: 'ens192', proto: 'bird' }));
  }
  plan.pods.forEach((pod, index) => {
    const podId = `pod:${plan.label}-${pod.name}`;
    const netns = `netns:${plan.label}/${String(4026532200 + index)}@${String(4000 + index)}`;
    const hostId = `if:${root}/${String(10 + index)}@1`;
    const innerId = `if:${netns}/3@1`;
    tables.netns[netns] = {
      id: netns,
      nodeId: id,
      inode: 4026532200 + index,
      root: false,
      nsid: index,
      process: { pid: 4000 + index, comm: 'pause', startTicks: 9 },
      podId,
      ...alive,
      evidence: [],
    };
    add({
      name: pod.veth,
      ifindex: 10 + index,
      kind: 'veth',
      role: 'workload',
      mtu: 1440,
      peer: {
        interfaceId: innerId,
        podId,
        ifindex: 3,
        proofs: ['link-netnsid', 'calico-name-hash', 'host-route'],
        why: null,
      },
      addresses: [{ address: 'fe80::ecee:eeff:feee:eeee', prefixLength: 64, family: 6, scope: 'link' }],
    });
    add(
      {
        name: 'eth0',
        ifindex: 3,
        kind: 'veth',
        role: 'pod',
        mtu: 1440,
        mac: '7e:14:9b:0a:22:51',
        peer: { interfaceId: hostId, podId: null, ifindex: 10 + index, proofs: ['link-netnsid'], why: null },
        addresses: [{ address: pod.ip, prefixLength: 32, family: 4, scope: 'global' }],
      },
      netns,
    );
    tables.pods[podId] = {
      id: podId,
      namespace: pod.namespace,
      name: pod.name,
      nodeId: id,
      nodeName: plan.label,
      ips: [pod.ip],
      phase: 'Running',
      ready: { containers: 1, ready: 1 },
      hostNetwork: false,
      labels: {
        app: pod.name,
        'app.kubernetes.io/managed-by': 'Helm',
        // As hostile and as long as a label may be.
        'odd.example.org/\u001b[31m<img>': `<b onload=alert(1)>${'x'.repeat(44)}`,
        'pod-template-hash': '7c5ddbdf54',
      },
      moreLabels: index === 0 ? 17 : 0,
      netnsId: netns,
      podInterfaceId: innerId,
      hostInterfaceId: hostId,
      contradictions: [],
      ...alive,
      evidence: [kubectl],
    };
    table.push(route(`${pod.ip}/32`, { dev: pod.veth, proto: '80', scope: 'link' }));
    if (index < 40) {
      tables.forwarding[netns] = {
        netnsId: netns,
        nodeId: id,
        at: since,
        routes: [
          route('0.0.0.0/0', { via: '169.254.1.1', dev: 'eth0', proto: 'boot' }),
          route('169.254.1.1/32', { dev: 'eth0', proto: 'boot', scope: 'link' }),
        ],
        rules: [],
        neighbours: [{ dst: '169.254.1.1', dev: 'eth0', mac: 'ee:ee:ee:ee:ee:ee', state: 'REACHABLE' }],
        evidence: [routes],
      };
    }
  });
  tables.forwarding[root] = {
    netnsId: root,
    nodeId: id,
    at: since,
    routes: table,
    rules: parseRulesText(
      '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default',
      4,
    ).entries,
    neighbours: all
      .filter((other) => other.label !== plan.label)
      .map((other) => ({ dst: other.address, dev: 'ens192', mac: '00:50:56:9a:33:1f', state: 'REACHABLE' })),
    evidence: [routes],
  };
}

function meshName(address: string): string {
  return `Mesh_${address.replaceAll('.', '_')}`;
}
