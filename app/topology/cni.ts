// Who made a node's Pod network and how it reaches other nodes, from what the node itself shows: devices, routes, files,
// agents. Every word of it has its sign; what is not understood is called so.
import { calicoDigits } from './calico-name.ts';
import type { CniState } from './model.ts';
import type { ObservedInterface, ObservedNode } from './observed.ts';
import type { Pairing } from './pair.ts';

/** How much a sign says: a device of that maker's own, what it configured, a file or process that may be left over. */
type Weight = 4 | 2 | 1;

interface Sign {
  readonly cni: string;
  readonly weight: Weight;
  /** Without numbers that come and go with Pods: it is told again only when something else is true. */
  readonly sentence: string;
}

/** What is seen on the node, gathered once. */
interface View {
  readonly node: ObservedNode;
  readonly devices: readonly ObservedInterface[];
  readonly named: (pattern: RegExp) => ObservedInterface | undefined;
  /** Devices by which routes to networks behind other nodes leave. */
  readonly remote: ReadonlySet<string>;
  /** Bridges with ports that lead into other namespaces. */
  readonly ports: ReadonlySet<string>;
}

const MOST_SENTENCES = 12;

export function cniOf(node: ObservedNode, pairings: ReadonlyMap<string, Pairing>): CniState {
  const view = viewOf(node, pairings);
  const signs = [...deviceSigns(view), ...calicoSigns(view), ...fileSigns(view), ...agentSigns(view)];
  const weights = new Map<string, number>();
  for (const { cni, weight } of signs) weights.set(cni, (weights.get(cni) ?? 0) + weight);
  const [best] = [...weights].sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
  const ways = remoteSentences(view);
  // One weak sign, such as a folder that an uninstalled one left behind, names nobody.
  if (best === undefined || best[1] < 2)
    return unnamed(view, [...ways, ...signs.map(({ cni, sentence }) => `${sentence} (${cni})`)]);
  const [name] = best;
  const how = HOW[name]?.(view) ?? { mode: null, opaque: NOT_KNOWN(name) };
  const sentences = signs
    .filter(({ cni }) => cni === name)
    .sort((a, b) => b.weight - a.weight)
    .map(({ sentence }) => sentence);
  // A plugin may be chained to another (Canal), and files outlive who wrote them: nothing of it is hidden.
  const others = signs.filter(({ cni }) => cni !== name).map(({ cni, sentence }) => `${sentence} (${cni})`);
  return { name, ...how, evidence: [...sentences, ...ways, ...others].slice(0, MOST_SENTENCES) };
}

interface How {
  /** Null where it is not understood. */
  readonly mode: string | null;
  /** What Hopscope cannot see into, a sentence; null where it sees all. */
  readonly opaque: string | null;
}

function viewOf(node: ObservedNode, pairings: ReadonlyMap<string, Pairing>): View {
  const devices = [...node.interfaces.values()].filter(({ netnsId }) => netnsId === node.rootNetns);
  const byIndex = new Map(devices.map((one) => [one.ifindex, one]));
  const ports = new Set<string>();
  for (const [key, pairing] of pairings) {
    const one = node.interfaces.get(key);
    if (one?.netnsId !== node.rootNetns || one.masterIfindex === null) continue;
    const master = byIndex.get(one.masterIfindex);
    const leadsAway = pairing.netnsId !== node.rootNetns && (one.peerNsid !== null || pairing.key !== null);
    if (master?.kind === 'bridge' && leadsAway) ports.add(master.name);
  }
  const remote = new Set<string>();
  for (const route of [...(node.snapshot.routes4?.value ?? []), ...(node.snapshot.routes6?.value ?? [])]) {
    if (route.type !== 'unicast' || route.via === null || route.dev === null) continue;
    if (route.table !== 'main' || route.dst.endsWith('/0')) continue;
    remote.add(route.dev);
  }
  return { node, devices, named: (pattern) => devices.find(({ name }) => pattern.test(name)), remote, ports };
}

/** Devices that only one maker names so. */
const OWN_DEVICES: readonly (readonly [cni: string, pattern: RegExp])[] = [
  ['Calico', /^(vxlan(-v6)?\.calico|wireguard\.cali|wg-v6\.cali|bpf(in|out|natin|natout)\.cali)$/],
  ['Flannel', /^flannel(-v6)?\.\d+$|^flannel-wg(-v6)?$/],
  ['Cilium', /^cilium_(host|net|vxlan|geneve|wg0)$/],
  ['kube-router', /^kube-(bridge|dummy-if)$/],
  ['Weave Net', /^(weave|vethwe-(datapath|bridge)|vxlan-6784)$/],
  ['Antrea', /^antrea-(gw0|tun0)$/],
  ['OVN-Kubernetes', /^ovn-k8s-mp\d+$/],
  ['Kube-OVN', /^ovn0$/],
];

function deviceSigns({ devices }: View): Sign[] {
  return OWN_DEVICES.flatMap(([cni, pattern]) =>
    devices
      .filter(({ name }) => pattern.test(name))
      .map((one): Sign => ({ cni, weight: 4, sentence: describe(one) })),
  );
}

function describe({ name, kind, kernelKind, tunnel }: ObservedInterface): string {
  const about = [
    ...(typeof tunnel?.vni === 'number' ? [`VNI ${tunnel.vni}`] : []),
    ...(typeof tunnel?.port === 'number' ? [`UDP ${tunnel.port}`] : []),
  ];
  const details = about.length === 0 ? '' : ` (${about.join(', ')})`;
  return `There is a device ${name} of kind ${kernelKind ?? kind}${details}.`;
}

/** Workloads as Felix wires them: a prefix that configuration chooses, a name that only a hash gives, one MAC for all. */
function calicoSigns(view: View): Sign[] {
  const { node, devices } = view;
  const wired = devices.filter(
    ({ name, mac, kind }) =>
      (kind === 'veth' || kind === 'netkit') && mac === 'ee:ee:ee:ee:ee:ee' && calicoDigits(name) !== null,
  );
  const [first] = wired;
  if (first === undefined) return calicoByName(view);
  const prefix = first.name.slice(0, -(calicoDigits(first.name)?.length ?? 0));
  const routed = wired.some(({ name }) => node.hostRouteDevices.has(name));
  const sentence = `Devices are named ${prefix} and a hash and have the MAC ee:ee:ee:ee:ee:ee${routed ? '; routes to single addresses leave by them' : ''}.`;
  return [{ cni: 'Calico', weight: 4, sentence }];
}

/** Of a device that is known by its name alone (from a pasted route) the MAC is not known. */
function calicoByName({ node, devices }: View): Sign[] {
  const named = devices.find(
    ({ name, mac }) => mac === null && /^cali[0-9a-f]{11}$/.test(name) && node.hostRouteDevices.has(name),
  );
  if (named === undefined) return [];
  return [
    {
      cni: 'Calico',
      weight: 2,
      sentence: 'Routes to single addresses leave by devices that are named cali and a hash.',
    },
  ];
}

const FILES: readonly (readonly [cni: string, pattern: RegExp, weight: Weight])[] = [
  ['Calico', /^\/etc\/cni\/net\.d\/[^/]*(calico|canal)/, 2],
  ['Calico', /^\/var\/run\/calico$|^\/sys\/fs\/bpf\/(calico|tc\/globals\/cali_)/, 1],
  ['Flannel', /^\/etc\/cni\/net\.d\/[^/]*(flannel|canal)|^\/run\/flannel\/subnet\.env$/, 2],
  ['Cilium', /^\/etc\/cni\/net\.d\/[^/]*cilium/, 2],
  ['Cilium', /^\/run\/cilium$|^\/sys\/fs\/bpf\/cilium/, 1],
  ['kube-router', /^\/etc\/cni\/net\.d\/[^/]*kuberouter/, 2],
  ['Weave Net', /^\/etc\/cni\/net\.d\/[^/]*weave/, 2],
  ['Antrea', /^\/etc\/cni\/net\.d\/[^/]*antrea/, 2],
  ['kindnet', /^\/etc\/cni\/net\.d\/[^/]*kindnet/, 2],
  ['Amazon VPC CNI', /^\/etc\/cni\/net\.d\/[^/]*aws/, 2],
];

function fileSigns({ node }: View): Sign[] {
  const files = node.snapshot.cni?.value?.files ?? [];
  return FILES.flatMap(([cni, pattern, weight]) => {
    // Calico's maps are many: one of them says it.
    const found = files.find((path) => pattern.test(path));
    return found === undefined ? [] : [{ cni, weight, sentence: `There is a file ${found}.` }];
  });
}

const AGENTS: Readonly<Record<string, string>> = {
  'calico-node': 'Calico',
  flanneld: 'Flannel',
  'cilium-agent': 'Cilium',
  'kube-router': 'kube-router',
  weaver: 'Weave Net',
  kindnetd: 'kindnet',
  'antrea-agent': 'Antrea',
  ovnkube: 'OVN-Kubernetes',
  'aws-k8s-agent': 'Amazon VPC CNI',
  'kube-ovn-daemon': 'Kube-OVN',
};

function agentSigns({ node }: View): Sign[] {
  return (node.snapshot.cni?.value?.agents ?? []).flatMap(({ pid, comm }): Sign[] => {
    const cni = Object.hasOwn(AGENTS, comm) ? AGENTS[comm] : undefined;
    return cni === undefined ? [] : [{ cni, weight: 2, sentence: `${comm} runs (process ${pid}).` }];
  });
}

/** By which devices routes to networks of other nodes leave. */
function remoteSentences({ remote }: View): string[] {
  return [...remote].sort().map((dev) => `Routes to networks of other nodes leave by ${dev}.`);
}

const HOW: Readonly<Record<string, (view: View) => How>> = {
  Calico: (view) => {
    const { node, named, remote } = view;
    const bird = (node.snapshot.bird?.value?.protocols ?? []).length > 0;
    const over = (pattern: RegExp): boolean => [...remote].some((dev) => pattern.test(dev));
    const modes = [
      ...(over(/^vxlan(-v6)?\.calico$/) || (named(/^vxlan(-v6)?\.calico$/) !== undefined && !bird)
        ? ['VXLAN']
        : []),
      ...(over(/^tunl0$/) ? ['IPIP'] : []),
      ...(named(/^(wireguard|wg-v6)\.cali$/) === undefined ? [] : ['WireGuard']),
      ...(bird ? ['BGP'] : []),
    ];
    const maps = (node.snapshot.cni?.value?.files ?? []).some((path) => path.startsWith('/sys/fs/bpf/'));
    const ebpf = named(/^bpf(in|out|natin|natout)\.cali$/) !== undefined || maps;
    return {
      mode: [...modes, ...(ebpf ? ['eBPF'] : [])].join(', ') || 'routes',
      opaque: ebpf
        ? 'Calico’s eBPF programs decide here what iptables decides elsewhere: routing, NAT and policies in them are not seen. On the node, calico-node -bpf shows them.'
        : null,
    };
  },
  Flannel: (view) => {
    const { named } = view;
    const tunnel = named(/^flannel(-v6)?\.\d+$/);
    if (tunnel !== undefined) return { mode: 'VXLAN', opaque: null };
    if (named(/^flannel-wg/) !== undefined) return { mode: 'WireGuard', opaque: null };
    return { mode: view.remote.size > 0 ? 'host-gw' : 'bridge', opaque: null };
  },
  Cilium: ({ named, remote }) => {
    const vxlan = named(/^cilium_vxlan$/) !== undefined;
    const geneve = named(/^cilium_geneve$/) !== undefined;
    const mode = vxlan ? 'VXLAN' : geneve ? 'Geneve' : remote.size > 0 ? 'native routing' : 'routes';
    return {
      mode,
      opaque:
        'Cilium’s eBPF programs forward, translate and filter between these devices, and may pass routes and iptables by: what they do is not seen. On the node, cilium-dbg shows it.',
    };
  },
  'kube-router': ({ named }) => ({
    mode: named(/^tun-/) === undefined ? 'BGP' : 'BGP, IPIP',
    opaque: null,
  }),
  'Weave Net': ({ named }) => ({
    mode: named(/^vxlan-6784$/) === undefined ? null : 'VXLAN (fast datapath)',
    opaque:
      'Weave’s Open vSwitch datapath forwards between nodes by flows of its own, which are not seen: its devices are drawn as they are.',
  }),
};

const NOT_KNOWN = (name: string): string =>
  `Hopscope does not know how ${name} forwards: its devices and routes are shown as the kernel has them.`;

/** Nobody's mark: a bridge with Pods at its ports, host routes, or neither. */
function unnamed({ node, ports, remote }: View, ways: readonly string[]): CniState {
  const bridges = [...ports]
    .sort()
    .map((name) => `Ports of the bridge ${name} lead into other network namespaces.`);
  if (bridges.length > 0) {
    const mode = remote.size > 0 ? 'host-gw' : null;
    return { name: 'bridge', mode, opaque: null, evidence: [...bridges, ...ways].slice(0, MOST_SENTENCES) };
  }
  const [routed] = node.hostRouteDevices;
  if (routed === undefined) return { name: null, mode: null, opaque: null, evidence: [] };
  const evidence = ['Routes to single addresses leave by devices of this node.', ...ways];
  const opaque =
    'No device, file or process tells who made this Pod network: it is shown as the kernel has it.';
  return { name: null, mode: 'routes', opaque, evidence: evidence.slice(0, MOST_SENTENCES) };
}
