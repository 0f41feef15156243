// A node does not pass packets on: forwarding is off for all of it, or on the interface where they come in (the kernel asks the ingress
// interface's flag for IPv4; for IPv6 `all` alone, FIELD-NOTES §3).
import { shellWord } from '../../probe/shell-word.ts';
import { onEachNode, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { overlap } from '../prefixes.ts';
import { deviceOf, podCalled, wholeNode } from '../subject.ts';

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
      (node, { sysctls }) => [
        ...wholeNodeOff(node, sysctls),
        ...(sysctls.get('ipv4/ip_forward') === '0' ? [] : devicesOff(cluster, node, sysctls)),
      ],
    ),
};

function hasPods({ pods }: DiagnosedNode, family: 4 | 6): boolean {
  return pods.some(
    ({ hostNetwork, ips }) => !hostNetwork && ips.some((ip) => ip.includes(':') === (family === 6)),
  );
}

function wholeNodeOff(node: DiagnosedNode, sysctls: ReadonlyMap<string, string>): Draft[] {
  const { label, snapshot } = node;
  const families = [
    { family: 4, path: 'ipv4/ip_forward', name: 'net.ipv4.ip_forward' },
    { family: 6, path: 'ipv6/conf/all/forwarding', name: 'net.ipv6.conf.all.forwarding' },
  ] as const;
  return families.flatMap(({ family, path, name }): Draft[] => {
    if (sysctls.get(path) !== '0' || !hasPods(node, family)) return [];
    return [
      draft({
        node: label,
        title: `${label} forwards no IPv${family} packet: ${name} is 0`,
        because: `Pods live on ${label}, and every packet to or from one of them is forwarded by it. With ${name} at 0 the kernel drops what is not for the node itself, without a word${family === 4 ? ', and answers no ARP for the Pods’ gateway' : ''}.`,
        proofs: proof(snapshot.settings, path),
        mend: [
          'Switch it on, now and for the next boot; then see who switched it off.',
          `sysctl -w ${name}=1   # on ${label}`,
          `echo '${name} = 1' >/etc/sysctl.d/99-kubernetes.conf`,
          `grep -r forward /etc/sysctl.conf /etc/sysctl.d /usr/lib/sysctl.d`,
        ],
        breaks: [wholeNode(label)],
      }),
    ];
  });
}

function devicesOff(cluster: Cluster, node: DiagnosedNode, sysctls: ReadonlyMap<string, string>): Draft[] {
  const { label, devices, snapshot, pods } = node;
  return [...devices.values()].flatMap((device): Draft[] => {
    const { name, role } = device;
    const path = `ipv4/conf/${name}/forwarding`;
    if (sysctls.get(path) !== '0') return [];
    const pod = pods.find(
      ({ hostInterfaceId, ips }) => hostInterfaceId === device.id && ips.some((ip) => !ip.includes(':')),
    );
    // A bridge's ports are not asked, but the bridge; a NIC or tunnel matters where Pods' packets come in by it.
    const needed =
      device.masterIfindex === null &&
      ((role === 'workload' && pod !== undefined) ||
        (role === 'bridge' && isPodBridge(cluster, node, device.ifindex)) ||
        ((role === 'nic' || role === 'tunnel') && hasPods(node, 4) && carriesPods(cluster, node, name)));
    if (!needed) return [];
    const who = pod === undefined ? null : podName(pod);
    return [
      draft({
        node: label,
        device: name,
        pod: who,
        title: `${label} forwards nothing that comes in by ${name}`,
        because: `net.ipv4.conf.${name}.forwarding is 0, though the node forwards otherwise: ${who === null ? 'what arrives there for Pods is dropped' : `what ${who} sends is dropped, and nobody answers its ARP for the gateway`}, without a word.`,
        proofs: proof(snapshot.settings, path),
        mend: [
          'Switch it on, and see who switched it off.',
          `sysctl -w ${shellWord(`net/ipv4/conf/${name}/forwarding=1`)}   # on ${label}`,
        ],
        breaks: [
          deviceOf(label, name),
          ...(who === null ? [] : [podCalled(who)]),
          ...(role === 'workload' ? [] : [wholeNode(label)]),
        ],
      }),
    ];
  });
}

function isPodBridge({ topology }: Cluster, { pods }: DiagnosedNode, ifindex: number): boolean {
  return pods.some(
    ({ hostInterfaceId }) => topology.interfaces[hostInterfaceId ?? '']?.masterIfindex === ifindex,
  );
}

/** What Pods of this node send to others, or to anywhere, goes by it, and the answers come in there: a storage network's routes lead to neither. */
function carriesPods({ pods: all }: Cluster, { entity, routes }: DiagnosedNode, name: string): boolean {
  const others = all.filter(({ nodeId }) => nodeId !== entity.id).flatMap(({ ips }) => ips);
  return routes.some(
    ({ dst, dev, nexthops, table, type }) =>
      table !== 'local' &&
      type === 'unicast' &&
      (dev === name || nexthops.some((hop) => hop.dev === name)) &&
      (dst === '0.0.0.0/0' || others.some((ip) => overlap(dst, ip))),
  );
}
