// A node does not pass packets on: forwarding is off for all of it, or on the interface where they come in (the kernel asks the ingress
// interface's flag for IPv4; for IPv6 `all` alone, FIELD-NOTES §3, or since Linux 6.17 the interface's force_forwarding).
import { shellWord } from '../../probe/shell-word.ts';
import type { InterfaceEntity, PodEntity } from '../../topology/model.ts';
import { onEachNode, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import { decision, waysOut } from '../destinations.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { packetDestination } from '../paths/packet-ends.ts';
import { surveyOf } from '../paths/stops.ts';
import { deviceOf, podCalled, wholeNode } from '../subject.ts';

type Sysctls = ReadonlyMap<string, string>;

/** What switches it for the whole node, and for one interface. */
const FAMILIES = [
  { family: 4, whole: 'ipv4/ip_forward', one: (name: string) => `ipv4/conf/${name}/forwarding` },
  {
    family: 6,
    whole: 'ipv6/conf/all/forwarding',
    one: (name: string) => `ipv6/conf/${name}/force_forwarding`,
  },
] as const;
type Family = (typeof FAMILIES)[number];

export const ipForwardOff: Detector = {
  id: 'ip-forward-off',
  concludes:
    'a node with Pods does not forward: ip_forward is 0, or forwarding of an interface that needs it',
  explainedBy: [],
  detect: (cluster) =>
    onEachNode(
      cluster,
      'settings',
      ({ snapshot }) => snapshot.settings,
      (node, { sysctls }) => FAMILIES.flatMap((family) => ofFamily(cluster, node, family, sysctls)),
    ),
};

function ofFamily(cluster: Cluster, node: DiagnosedNode, family: Family, sysctls: Sysctls): Draft[] {
  if (!node.pods.some((pod) => addressOf(pod, family.family) !== null)) return [];
  const off = sysctls.get(family.whole) === '0';
  const devices = [...node.devices.values()];
  const exempt = family.family === 6 && devices.some(({ name }) => sysctls.get(family.one(name)) === '1');
  if (off && !exempt) return [wholeNodeOff(node, family)];
  if (family.family === 6 && !off) return [];
  return devices.flatMap((device) =>
    sysctls.get(family.one(device.name)) === '0' ? deviceOff(cluster, node, family, device) : [],
  );
}

/** Of one that is not on the host's network. */
function addressOf({ hostNetwork, ips }: PodEntity, family: 4 | 6): string | null {
  return hostNetwork ? null : (ips.find((ip) => ip.includes(':') === (family === 6)) ?? null);
}

function settingOf(path: string): string {
  return `net.${path.replaceAll('/', '.')}`;
}

function wholeNodeOff({ label, snapshot }: DiagnosedNode, { family, whole }: Family): Draft {
  const name = settingOf(whole);
  return draft({
    node: label,
    title: `${label} forwards no IPv${family} packet: ${name} is 0`,
    because: `Pods live on ${label}, and every packet to or from one of them is forwarded by it. With ${name} at 0 the kernel drops what is not for the node itself, without a word${family === 4 ? ', and answers no ARP for the Pods’ gateway' : ''}.`,
    proofs: proof(snapshot.settings, whole),
    mend: [
      'Switch it on, now and for the next boot; then see who switched it off.',
      `sysctl -w ${name}=1   # on ${label}`,
      `echo '${name} = 1' >/etc/sysctl.d/99-kubernetes.conf`,
      `grep -r forward /etc/sysctl.conf /etc/sysctl.d /usr/lib/sysctl.d`,
    ],
    breaks: [wholeNode(label)],
    family,
  });
}

function deviceOff(cluster: Cluster, node: DiagnosedNode, asked: Family, device: InterfaceEntity): Draft[] {
  const { label, snapshot, pods } = node;
  const { family } = asked;
  const { name, role } = device;
  const path = asked.one(name);
  const pod = pods.find((one) => one.hostInterfaceId === device.id && addressOf(one, family) !== null);
  // A bridge's ports are not asked, but the bridge; a NIC or tunnel matters where Pods' packets come in by it.
  const needed =
    device.masterIfindex === null &&
    ((role === 'workload' && pod !== undefined) ||
      (role === 'bridge' && isPodBridge(cluster, node, device.ifindex)) ||
      ((role === 'nic' || role === 'tunnel') && isPodsWay(cluster, node, family, name)));
  if (!needed) return [];
  const who = pod === undefined ? null : podName(pod);
  const otherwise =
    family === 4
      ? 'though the node forwards otherwise'
      : `and ${settingOf(asked.whole)} is 0, though other interfaces forward`;
  const lost =
    who === null
      ? 'what arrives there for Pods is dropped'
      : `what ${who} sends is dropped${family === 4 ? ', and nobody answers its ARP for the gateway' : ''}`;
  return [
    draft({
      node: label,
      device: name,
      pod: who,
      title: `${label} forwards nothing that comes in by ${name}`,
      because: `${settingOf(path)} is 0, ${otherwise}: ${lost}, without a word.`,
      proofs: proof(snapshot.settings, path),
      mend: [
        'Switch it on, and see who switched it off.',
        `sysctl -w ${shellWord(`net/${path}=1`)}   # on ${label}`,
      ],
      breaks: [
        deviceOf(label, name),
        ...(who === null ? [] : [podCalled(who)]),
        ...(role === 'workload' ? [] : [wholeNode(label)]),
      ],
      family,
    }),
  ];
}

function isPodBridge({ topology }: Cluster, { pods }: DiagnosedNode, ifindex: number): boolean {
  return pods.some(
    ({ hostInterfaceId }) => topology.interfaces[hostInterfaceId ?? '']?.masterIfindex === ifindex,
  );
}

/** What a Pod sends goes out by it, so that answers come in by it, or something for a Pod has been followed there. */
function isPodsWay(cluster: Cluster, node: DiagnosedNode, family: 4 | 6, name: string): boolean {
  const stopped = surveyOf(cluster).stops.some(
    ({ reason, hop }) =>
      reason === 'forwarding-off' &&
      hop.netnsId === node.entity.rootNetns &&
      hop.ingress === name &&
      packetDestination(hop.packet).includes(':') === (family === 6),
  );
  if (stopped) return true;
  const pod = node.pods.find((one) => addressOf(one, family) !== null);
  const from = pod === undefined ? null : addressOf(pod, family);
  if (pod === undefined || from === null) return false;
  const cable = cluster.topology.interfaces[pod.hostInterfaceId ?? ''];
  const bridge = [...node.devices.values()].find(({ ifindex }) => ifindex === cable?.masterIfindex);
  const iif = bridge?.name ?? cable?.name ?? null;
  // To others' Pods, or anywhere: a storage network's routes lead to neither, were there thousands of them.
  const anywhere = family === 4 ? '0.0.0.0' : '::';
  const others = cluster.pods.filter(({ nodeId }) => nodeId !== node.entity.id);
  return [anywhere, ...others.flatMap((other) => addressOf(other, family) ?? [])].some((to) => {
    const answer = decision(node, { from, to, iif });
    return answer !== null && waysOut(answer).includes(name);
  });
}
