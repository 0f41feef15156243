// Who sends in a pair and who is sent to, and by what: a port that somebody serves or listens on, where one is known.
import type { Inventory } from '../../probe/inventory.ts';
import type { ServicePort } from '../../probe/kube-facts.ts';
import type { PodEntity } from '../../topology/model.ts';
import { podName, type Cluster, type DiagnosedNode } from '../cluster.ts';
import { knownPort } from './known-port.ts';
import type { Pair } from './pair.ts';

export interface End {
  readonly asked: string;
  readonly name: string;
  readonly pod: string | null;
  readonly node: string;
  readonly families: ReadonlySet<4 | 6>;
}

export function podEnd({ label }: DiagnosedNode, pod: PodEntity): End {
  const [ip = ''] = pod.ips;
  return {
    asked: pod.namespace === null ? ip : `pod/${podName(pod)}`,
    name: ip,
    pod: podName(pod),
    node: label,
    families: familiesOf(pod.ips),
  };
}

export function nodeEnd({ label, entity }: DiagnosedNode): End {
  return {
    asked: `node/${label}`,
    name: label,
    pod: null,
    node: label,
    families: familiesOf(entity.addresses),
  };
}

function familiesOf(addresses: readonly string[]): ReadonlySet<4 | 6> {
  return new Set(addresses.map((one) => (one.includes(':') ? 6 : 4)));
}

/** In each family that both have. */
export function toPod(cluster: Cluster, from: End, node: DiagnosedNode, pod: PodEntity): Pair[] {
  const { label } = node;
  return pod.ips
    .filter((ip) => from.families.has(ip.includes(':') ? 6 : 4))
    .map((ip) => ({
      from: from.asked,
      to: ip,
      proto: 'tcp',
      port: knownPort(cluster, node, pod, ip),
      size: null,
      name: `${from.name} → ${ip}`,
      fromPod: from.pod,
      toPod: podName(pod),
      fromNode: from.node,
      toNode: label,
      toNetns: pod.netnsId,
    }));
}

export function toNode(from: End, { label, entity }: DiagnosedNode, ips: readonly string[]): Pair[] {
  const [address] = entity.addresses.filter((one) => familiesOf(ips).has(one.includes(':') ? 6 : 4));
  if (address === undefined) return [];
  return [
    {
      from: from.asked,
      to: address,
      proto: 'icmp',
      port: null,
      size: null,
      name: `${from.name} → ${label}`,
      fromPod: from.pod,
      toPod: null,
      fromNode: from.node,
      toNode: label,
      toNetns: entity.rootNetns,
    },
  ];
}

/** RFC 1035 §4.2.1. */
const DNS_PORT = 53;

export function isDnsPort({ protocol, port }: ServicePort): boolean {
  return port === DNS_PORT && protocol.toLowerCase() === 'udp';
}

/** A question to the cluster's DNS: to a Service with its port, whatever that is called. */
export function isDns({ service, proto, port }: Pair): boolean {
  return service !== undefined && proto === 'udp' && port === DNS_PORT;
}

const known = new WeakMap<Inventory, ReadonlySet<string>>();

/** Services behind which somebody is ready, `namespace/name`: each node's ways to all of them are asked for. */
export function servedOf(inventory: Inventory): ReadonlySet<string> {
  const served =
    known.get(inventory) ??
    new Set(
      Object.values(inventory.endpointSlices).flatMap(({ namespace, service, endpoints }) =>
        service !== null && endpoints.some(({ ready }) => ready) ? [`${namespace}/${service}`] : [],
      ),
    );
  known.set(inventory, served);
  return served;
}

/** Whether a Service that has nobody behind it is wrong, service-without-endpoints decides. */
export function toServices({ inventory }: Cluster, from: End, ips: readonly string[]): Pair[] {
  if (inventory === null) return [];
  const served = servedOf(inventory);
  return Object.values(inventory.services).flatMap(({ namespace, name, clusterIps, ports, type }): Pair[] => {
    const usable = clusterIps.some((ip) => ip !== 'None' && familiesOf(ips).has(ip.includes(':') ? 6 : 4));
    const usual = ports.filter(({ protocol }) => /^(tcp|udp)$/i.test(protocol));
    // Who serves DNS serves it by UDP first.
    const port = usual.find(isDnsPort) ?? usual[0];
    if (!usable || port === undefined || type === 'ExternalName') return [];
    return [
      {
        from: from.asked,
        to: `svc/${namespace}/${name}`,
        proto: port.protocol.toLowerCase() === 'udp' ? 'udp' : 'tcp',
        port: port.port,
        size: null,
        name: `${from.name} → Service ${namespace}/${name}`,
        fromPod: from.pod,
        toPod: null,
        fromNode: from.node,
        toNode: null,
        toNetns: null,
        service: `${namespace}/${name}`,
        ...(served.has(`${namespace}/${name}`) ? {} : { unserved: true as const }),
      },
    ];
  });
}
