// An interface that packets need is down, or its other end is: the node's NIC, a Pod's cable, a Pod's own eth0, a tunnel, a bridge of Pods.
import { shellWord } from '../../probe/shell-word.ts';
import { everywhere, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { settledPods } from '../pods.ts';
import { deviceOf, podCalled, routesOf, wholeNode } from '../subject.ts';
import type { InterfaceEntity } from '../../topology/model.ts';

export const linkDown: Detector = {
  id: 'link-down',
  concludes: 'an interface that packets need is down, has no carrier, or has lost its other end',
  explainedBy: ['link-down', 'duplicate-pod-ip'],
  detect: (cluster) =>
    everywhere(
      cluster.nodes.flatMap((node) => [
        ...[...node.devices.values()].flatMap((device) => outward(cluster, node, device)),
        ...[...node.devices.values()].flatMap((device) => ofBridge(cluster, node, device)),
        ...settledPods(cluster, node).flatMap((pod) => ofPod(cluster, node, pod)),
      ]),
    ),
};

/** Null while it is up. UNKNOWN is up: most tunnels never say more. */
function trouble({ adminUp, carrier, operstate }: InterfaceEntity): 'down' | 'no carrier' | null {
  if (adminUp === false) return 'down';
  return carrier === false || operstate === 'DOWN' || operstate === 'LOWERLAYERDOWN' ? 'no carrier' : null;
}

/** NICs and tunnels; one that nobody uses (docker0, tunl0 without an address, a spare NIC) may be down. */
function outward(cluster: Cluster, node: DiagnosedNode, device: InterfaceEntity): Draft[] {
  const state = trouble(device);
  if (state === null || (device.role !== 'nic' && device.role !== 'tunnel' && device.kind !== 'bond'))
    return [];
  const { label, snapshot } = node;
  const { name } = device;
  const uses = usesOf(cluster, node, device);
  if (uses === null) return [];
  const nic = device.role !== 'tunnel';
  return [
    draft({
      node: label,
      device: name,
      title: `${name} on ${label} ${state === 'down' ? 'is down' : 'has no carrier'}`,
      because: `${uses}. ${
        state === 'down'
          ? 'Somebody has set it down (ip link set down, or a network service), and the kernel has flushed its routes.'
          : 'Cable, switch port or its lower device: the other end is down. Routes through it stay, and what takes them is lost.'
      }`,
      proofs: [...proof(snapshot.links, name), ...proof(snapshot.routes4, 'linkdown')],
      mend: [
        state === 'down'
          ? `Set it up again, and give back the routes that went with it.`
          : 'Look at the other end: cable, switch port, the hypervisor’s virtual NIC.',
        ...(state === 'down'
          ? [
              `ip link set dev ${shellWord(name)} up   # on ${label}`,
              'ip route   # is the default route back?',
            ]
          : [`ip -d link show dev ${shellWord(name)}   # on ${label}`, `ethtool ${shellWord(name)}`]),
      ],
      breaks: nic
        ? [wholeNode(label), deviceOf(label, name), routesOf(label)]
        : [deviceOf(label, name), routesOf(label)],
      touches: nic ? [] : [wholeNode(label)],
    }),
  ];
}

/** One that Pods' cables are in. Without a carrier it is where all of them are down: those are told. */
function ofBridge(cluster: Cluster, node: DiagnosedNode, device: InterfaceEntity): Draft[] {
  if (device.kind !== 'bridge' || device.adminUp !== false) return [];
  const { label, snapshot } = node;
  const { name, ifindex } = device;
  const behind = node.pods.filter(
    ({ hostInterfaceId }) => cluster.topology.interfaces[hostInterfaceId ?? '']?.masterIfindex === ifindex,
  );
  const [first] = behind;
  if (first === undefined) return [];
  const who = behind.length === 1 ? podName(first) : `${String(behind.length)} Pods`;
  return [
    draft({
      node: label,
      device: name,
      title: `${name} on ${label}, the bridge of ${who}, is down`,
      because: `The ${behind.length === 1 ? 'cable' : 'cables'} of ${who} ${behind.length === 1 ? 'is a port' : 'are ports'} of it. Somebody has set it down (ip link set down, or a network service): it passes nothing on, answers for no gateway, and the kernel has flushed its routes.`,
      proofs: proof(snapshot.links, name),
      mend: [
        'Set it up again; the route of its own network comes back with it.',
        `ip link set dev ${shellWord(name)} up   # on ${label}`,
        'ip route   # do all routes by it stand?',
      ],
      breaks: [deviceOf(label, name), routesOf(label), ...behind.map((pod) => podCalled(podName(pod)))],
      touches: [wholeNode(label)],
    }),
  ];
}

/** Why it is needed, a sentence; null where nothing shows that it is. */
function usesOf(cluster: Cluster, node: DiagnosedNode, device: InterfaceEntity): string | null {
  const { name } = device;
  for (const route of node.routes) {
    const { dst, table, type, nexthops } = route;
    if (type !== 'unicast' || table === 'local' || table === '255') continue;
    const hop = [route, ...nexthops].find((one) => one.dev === name && one.via !== null);
    if (hop !== undefined) return `The route ${dst} via ${hop.via ?? ''} leaves by it`;
  }
  const own = device.addresses.filter(({ scope }) => scope === 'global').map(({ address }) => address);
  if (device.role === 'tunnel')
    return own.length > 0 && device.kind !== 'ipip'
      ? `It is the tunnel to other nodes (${own.join(', ')})`
      : null;
  const kube = cluster.inventory?.nodes[node.entity.kubernetesName ?? ''];
  const known = own.find(
    (address) =>
      kube?.addresses.includes(address) === true ||
      Object.entries(kube?.annotations ?? {}).some(([, value]) => value.split('/')[0] === address),
  );
  if (known !== undefined) return `${known} of it is the address of ${node.label} in Kubernetes`;
  const peers = cluster.bgp.pairs.filter(
    ({ ends, sides }) =>
      ends.some(
        (end) => end !== null && end.nodeLabel !== node.label && own.includes(end.neighbourAddress ?? ''),
      ) ||
      sides.some(
        ({ nodeId }) =>
          nodeId === node.entity.id && own.some((one) => ends.some((end) => end?.localAddress === one)),
      ),
  );
  return peers.length > 0 ? `${own[0] ?? name} of it is where BGP peers look for ${node.label}` : null;
}

function ofPod(cluster: Cluster, node: DiagnosedNode, pod: DiagnosedNode['pods'][number]): Draft[] {
  const { interfaces } = cluster.topology;
  const host = interfaces[pod.hostInterfaceId ?? ''];
  const inside = interfaces[pod.podInterfaceId ?? ''];
  const who = podName(pod);
  const { label, snapshot, entity } = node;
  if (host === undefined && inside === undefined) {
    // Only who sees all namespaces may say that none has it.
    const seen = entity.unread.insidesOfPods === null && entity.unread.routes === null;
    if (!seen || pod.netnsId !== null || entity.cni.name === null || entity.cni.opaque !== null) return [];
    return [
      draft({
        confidence: 'likely',
        surer: 'Look from within: kubectl exec, then ip addr.',
        node: label,
        pod: who,
        title: `${who} has lost its interface, or its address`,
        because: `Kubernetes says that it runs on ${label} with ${pod.ips.join(', ')}, but no network namespace there has that address, and no device of the host leads to it: its cable was deleted, or its address taken away.`,
        proofs: [...proof(snapshot.links, ...pod.ips), ...proof(cluster.inventory?.kinds.pods, ...pod.ips)],
        mend: [
          'Delete the Pod: the CNI plugin wires the new one.',
          `kubectl -n ${pod.namespace ?? 'default'} delete pod ${pod.name}`,
        ],
        breaks: [podCalled(who)],
        touches: [wholeNode(label), podCalled(who)],
      }),
    ];
  }
  const outside = host === undefined || host.adminUp !== false ? null : 'down';
  const within = inside === undefined ? null : inside.adminUp === false ? 'down' : null;
  const cut = host !== undefined && trouble(host) === 'no carrier';
  if (outside === null && within === null && !cut) return [];
  const device = outside === null && inside !== undefined ? inside : (host ?? inside);
  const name = device?.name ?? '';
  const isInside = device === inside;
  return [
    draft({
      confidence: outside === null && within === null ? 'likely' : 'certain',
      surer:
        outside === null && within === null
          ? 'Look at the Pod’s end of the cable: ip link in its namespace.'
          : null,
      node: label,
      device: name,
      pod: who,
      title: isInside ? `${name} inside ${who} is down` : `${name}, the cable of ${who} on ${label}, is down`,
      because: isInside
        ? `The host’s end ${host?.name ?? ''} is up and has no carrier, since the Pod’s end is down: nothing comes in or out.`
        : 'Its route went with it, and nothing comes in or out of the Pod.',
      proofs: [...proof(snapshot.links, host?.name ?? name), ...(isInside ? proof(snapshot.pods, name) : [])],
      mend: [
        'Set it up again; where its route went, too, restart calico-node, or delete the Pod so that it is wired anew.',
        isInside
          ? `nsenter -t PID -n ip link set dev ${shellWord(name)} up   # PID: a process of the Pod, on ${label}`
          : `ip link set dev ${shellWord(name)} up   # on ${label}`,
      ],
      breaks: [podCalled(who), deviceOf(label, host?.name ?? name)],
      touches: [],
    }),
  ];
}
