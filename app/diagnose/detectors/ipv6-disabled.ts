// A device that IPv6 packets of Pods need does not speak it: somebody set disable_ipv6 there, or its MTU is under the 1,280 bytes that every
// link of IPv6 has to take (RFC 8200 §5), whereupon the kernel takes IPv6 off it (net/ipv6/addrconf.c addrconf_notify). Addresses and
// routes of the device go with it; IPv4 goes on.
import { shellWord } from '../../probe/shell-word.ts';
import type { InterfaceEntity, PodEntity } from '../../topology/model.ts';
import { insideOf } from '../../route/namespace-facts.ts';
import { onEachNode, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { settledPods } from '../pods.ts';
import { deviceOf, podCalled, routesOf, wholeNode, type Subject } from '../subject.ts';

const LEAST_MTU = 1280;

type Sysctls = ReadonlyMap<string, string>;

/** Why it does not speak IPv6, a sentence and its mend. */
interface Off {
  readonly because: string;
  readonly setting: string;
}

export const ipv6Disabled: Detector = {
  id: 'ipv6-disabled',
  concludes: 'a device that Pods’ IPv6 packets need has IPv6 switched off, or an MTU below 1,280',
  explainedBy: ['ipv6-disabled'],
  detect: (cluster) =>
    onEachNode(
      cluster,
      'settings',
      ({ snapshot }) => snapshot.settings,
      (node, { sysctls }) => [...ofNode(cluster, node, sysctls), ...ofPods(cluster, node)],
    ),
};

function ofNode(cluster: Cluster, node: DiagnosedNode, sysctls: Sysctls): Draft[] {
  const { label, snapshot } = node;
  const pods = settledPods(cluster, node).filter(({ ips }) => ips.some(isSix));
  if (pods.length === 0) return [];
  return [...node.devices.values()].flatMap((device): Draft[] => {
    const off = offAt(sysctls, device);
    const needs = off === null ? null : neededBy(cluster, node, pods, device);
    if (off === null || needs === null) return [];
    return [
      drafted(label, device, off, {
        pod: needs.pod,
        why: needs.why,
        proofs: [...proof(snapshot.settings, disabledAt(device.name)), ...proof(snapshot.links, device.name)],
        breaks: [deviceOf(label, device.name), ...needs.breaks],
        touches: device.role === 'nic' ? [] : [wholeNode(label)],
        run: '',
      }),
    ];
  });
}

function ofPods(cluster: Cluster, node: DiagnosedNode): Draft[] {
  const { label, snapshot } = node;
  return settledPods(cluster, node).flatMap((pod): Draft[] => {
    const netns = cluster.topology.netns[pod.netnsId ?? ''];
    const inside = netns === undefined ? null : insideOf(snapshot.insides, netns);
    const device = cluster.topology.interfaces[pod.podInterfaceId ?? ''];
    if (device === undefined || !pod.ips.some(isSix)) return [];
    const off = offAt(inside?.sysctls ?? new Map<string, string>(), device);
    if (off === null) return [];
    const who = podName(pod);
    return [
      drafted(label, device, off, {
        pod: who,
        why: `Kubernetes says that ${who} has ${pod.ips.find(isSix) ?? ''}, and ${device.name} is its way out`,
        proofs: (inside?.evidence ?? []).map((id) => ({ id, shows: [disabledAt(device.name)] })),
        breaks: [podCalled(who)],
        touches: [wholeNode(label), podCalled(who)],
        run: 'nsenter -t PID -n ',
      }),
    ];
  });
}

interface Words {
  readonly pod: string | null;
  readonly why: string;
  readonly proofs: Draft['proofs'];
  readonly breaks: readonly Subject[];
  readonly touches: readonly Subject[];
  /** What runs a command there. */
  readonly run: string;
}

function drafted(label: string, { name, mtu }: InterfaceEntity, off: Off, words: Words): Draft {
  const { pod, why, proofs, breaks, touches, run } = words;
  const place = run === '' ? `on ${label}` : `inside ${pod ?? 'the Pod'}`;
  return draft({
    node: label,
    device: name,
    pod,
    title: `${name} ${place} does not speak IPv6: ${off.setting}`,
    because: `${off.because} ${why}. Its IPv6 addresses and routes went with it, and IPv4 goes on.`,
    proofs,
    mend: [
      'Give it IPv6 again, and find who took it; addresses and routes do not come back by themselves: restart what set them (the network service, calico-node), or delete the Pod so that it is wired anew.',
      (mtu ?? LEAST_MTU) < LEAST_MTU
        ? `${run}ip link set dev ${shellWord(name)} mtu ${LEAST_MTU}   # ${place}, or what its network takes`
        : `${run}sysctl -w ${shellWord(`net/${disabledAt(name)}=0`)}   # ${place}`,
      'grep -r disable_ipv6 /etc/sysctl.conf /etc/sysctl.d /usr/lib/sysctl.d',
    ],
    breaks,
    touches,
    family: 6,
  });
}

function disabledAt(name: string): string {
  return `ipv6/conf/${name}/disable_ipv6`;
}

function isSix(ip: string): boolean {
  return ip.includes(':');
}

function offAt(sysctls: Sysctls, { name, mtu }: InterfaceEntity): Off | null {
  const value = sysctls.get(disabledAt(name));
  if (value === '1')
    return { setting: 'disable_ipv6 is 1', because: `net.ipv6.conf.${name}.disable_ipv6 is 1.` };
  // While it has IPv6, its settings are there.
  if (mtu === null || mtu >= LEAST_MTU || value !== undefined) return null;
  return {
    setting: `its MTU is ${mtu}`,
    because: `Every link of IPv6 has to take ${LEAST_MTU} bytes, and ${name} takes ${mtu}: the kernel has taken IPv6 off it.`,
  };
}

interface Needs {
  readonly pod: string | null;
  readonly why: string;
  readonly breaks: readonly Subject[];
}

/** Null where nothing shows that it is needed: a storage network, docker0, a port of a bridge, a bridge to a network beyond the node may well do without. */
function neededBy(
  cluster: Cluster,
  node: DiagnosedNode,
  pods: readonly PodEntity[],
  device: InterfaceEntity,
): Needs | null {
  const { label } = node;
  // Whose ports lead elsewhere, too, passes frames on to routers there, without being one.
  const ports = [...node.devices.values()].filter(({ masterIfindex }) => masterIfindex === device.ifindex);
  if (device.kind === 'bridge' && ports.some(({ role }) => role !== 'workload')) return null;
  const behind = pods.filter(({ hostInterfaceId }) => {
    const cable = cluster.topology.interfaces[hostInterfaceId ?? ''];
    return device.kind === 'bridge'
      ? cable?.masterIfindex === device.ifindex
      : hostInterfaceId === device.id && cable?.masterIfindex === null;
  });
  const [first] = behind;
  if (first !== undefined)
    return {
      pod: behind.length === 1 ? podName(first) : null,
      why: `${podName(first)} (${first.ips.find(isSix) ?? ''})${behind.length > 1 ? ` and ${behind.length - 1} more are` : ' is'} behind it`,
      breaks: behind.map((pod) => podCalled(podName(pod))),
    };
  const whole = [wholeNode(label), routesOf(label)];
  if (device.tunnel?.local?.includes(':') === true || isTunnelOfSix(cluster, node, device))
    return { pod: null, why: 'It is the tunnel for IPv6 to other nodes', breaks: [routesOf(label)] };
  if (device.role !== 'nic') return null;
  // The node's own: gone from every device of it, and this one has its IPv4 address.
  const { address4, address6 } = ownAddresses(cluster, node);
  const holds = (one: InterfaceEntity, ip: string): boolean =>
    one.addresses.some(({ address }) => address === ip);
  const lost = address6.find((ip) => ![...node.devices.values()].some((one) => holds(one, ip)));
  if (lost === undefined || !address4.some((ip) => holds(device, ip))) return null;
  return {
    pod: null,
    why: `${lost} is the address of ${label} in Kubernetes, which no device of it has any more`,
    breaks: whole,
  };
}

/** Tunnels of one name on other nodes have IPv6 addresses. */
function isTunnelOfSix({ nodes }: Cluster, node: DiagnosedNode, { role, name }: InterfaceEntity): boolean {
  const others = nodes.flatMap((one) => (one === node ? [] : (one.devices.get(name) ?? [])));
  const wide = ({ addresses }: InterfaceEntity): boolean =>
    addresses.some(({ family, scope }) => family === 6 && scope === 'global');
  return role === 'tunnel' && others.length > 0 && others.every(wide);
}

function ownAddresses(
  { inventory }: Cluster,
  { entity }: DiagnosedNode,
): { readonly address4: readonly string[]; readonly address6: readonly string[] } {
  const kube = inventory?.nodes[entity.kubernetesName ?? ''];
  const { annotations = {} } = kube ?? {};
  const told = ['projectcalico.org/IPv4Address', 'projectcalico.org/IPv6Address'].flatMap(
    (key) => annotations[key]?.split('/')[0] ?? [],
  );
  const all = [...new Set([...(kube?.addresses ?? []), ...told])];
  return { address4: all.filter((ip) => !isSix(ip)), address6: all.filter(isSix) };
}
