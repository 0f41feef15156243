// Whom Pods ask for names, by their own resolv.conf: an address of the Services' network that no Service has, one whose Service serves no
// DNS, or one of NodeLocal DNSCache that other nodes have and theirs does not. Of those that ask whom the kubelet's clusterDNS names
// (dnsPolicy), on nodes where what becomes of a packet is seen.
import { inPrefix, parseAddress, parsePrefix } from '../route/address.ts';
import type { InterfaceKind } from '../probe/facts.ts';
import type { FirewallReading } from '../probe/firewall-facts.ts';
import type { NamespaceInside } from '../probe/inside-facts.ts';
import type { PodEntity } from '../topology/model.ts';
import { podName, proof, type Cluster, type DiagnosedNode } from './cluster.ts';
import type { Draft } from './detector.ts';
import { draft } from './draft.ts';
import { isDnsPort } from './paths/pair-ends.ts';
import { factOf, settledPods } from './pods.ts';
import { podCalled } from './subject.ts';

interface Asking {
  readonly pod: PodEntity;
  readonly evidence: readonly string[];
  /** All whom it asks. */
  readonly asked: readonly string[];
}

interface Wrong {
  readonly why: string;
  /** False: that nobody answers there follows from what is usual. */
  readonly sure: boolean;
}

const EXAMPLES = 3;

/** Per node and address one. */
export function wrongResolvers(cluster: Cluster): Draft[] {
  const services = cluster.inventory?.kinds.services;
  if (services?.state !== 'listed' || services.sentence !== null) return [];
  return cluster.nodes.flatMap((node) => {
    if (node.entity.cni.opaque !== null) return [];
    const asking = new Map<string, Asking[]>();
    for (const pod of settledPods(cluster, node)) {
      const { dnsPolicy, nameservers: own = [] } = factOf(cluster, pod) ?? {};
      const inode = cluster.topology.netns[pod.netnsId ?? '']?.inode;
      const inside = node.snapshot.insides?.value?.read.find((one) => one.inode === inode);
      if (inside === undefined || dnsPolicy?.startsWith('ClusterFirst') !== true || answersItself(inside))
        continue;
      const { nameservers: asked = [] } = inside;
      const evidence = inside.evidence.filter((id) => id.endsWith(':resolver'));
      for (const address of asked.filter((one) => !own.includes(one) && !has(inside, one)))
        asking.set(address, [...(asking.get(address) ?? []), { pod, evidence, asked }]);
    }
    const wrong = new Map([...asking.keys()].map((address) => [address, whyNobody(cluster, node, address)]));
    return [...asking].flatMap(([address, those]) => {
      const why = wrong.get(address) ?? null;
      const others = those.every(({ asked }) => asked.some((one) => (wrong.get(one) ?? null) === null));
      return why === null ? [] : [drafted(cluster, node, address, { ...why, asking: those, others })];
    });
  });
}

/** It has rules of its own, as a mesh's that take questions for names, or whether it has was not read. */
function answersItself({ filters }: NamespaceInside): boolean {
  const reading = filters?.value ?? null;
  return (
    reading === null ||
    reading.rulesMissing !== undefined ||
    reading.tables.some(({ chains }) => chains.some(({ rules }) => rules.length > 0))
  );
}

/** Or whether was not read. */
function has({ addresses }: NamespaceInside, text: string): boolean {
  return addresses?.value?.some((link) => link.addresses.some(({ address }) => address === text)) ?? true;
}

/** Null: somebody answers there, or may. */
function whyNobody(cluster: Cluster, node: DiagnosedNode, text: string): Wrong | null {
  const services = Object.values(cluster.inventory?.services ?? {});
  const own = services.find(({ clusterIps, externalIps, loadBalancerIps }) =>
    [clusterIps, externalIps, loadBalancerIps].some((ips) => ips.includes(text)),
  );
  if (own !== undefined) {
    if (own.ports.some(isDnsPort) || own.type === 'LoadBalancer' || !own.clusterIps.includes(text))
      return null;
    return {
      why: `that is the address of Service ${own.namespace}/${own.name}, which has no UDP port 53`,
      sure: true,
    };
  }
  const address = parseAddress(text);
  const { firewall } = node.snapshot;
  const isTaken =
    hasDevice(node, text) ||
    cluster.pods.some(({ ips }) => ips.includes(text)) ||
    firewall?.state !== 'ok' ||
    firewall.value === null ||
    firewall.value.rulesMissing !== undefined;
  if (address === null || isTaken) return null;
  if (LINK_LOCAL !== null && inPrefix(address, LINK_LOCAL)) {
    // A cloud's own need no interface, or have one that is no dummy.
    const where = cluster.nodes.find((other) => hasDevice(other, text, 'dummy'));
    if (where === undefined || node.snapshot.addresses?.state !== 'ok' || isNamed(firewall.value, text))
      return null;
    return {
      why: `no interface of ${node.label} has that address, as ${where.label} has it (NodeLocal DNSCache)`,
      sure: true,
    };
  }
  if (cluster.nodesAt(text).length > 0) return null;
  const near = services.find(({ clusterIps }) =>
    clusterIps.some((ip) => {
      const net = parsePrefix(`${ip}/${ip.includes(':') ? '120' : '24'}`);
      return net?.family === address.family && inPrefix(address, net);
    }),
  );
  if (near === undefined || isNamed(firewall.value, text)) return null;
  return {
    why: `no Service has it, and it is of the Services’ network (${near.clusterIps[0] ?? ''} is ${near.namespace}/${near.name})`,
    sure: false,
  };
}

const written = new WeakMap<FirewallReading, string>();

/** In whatever rule, set or virtual server; dear, so it is asked last. */
function isNamed(reading: FirewallReading, address: string): boolean {
  const text = written.get(reading) ?? JSON.stringify(reading);
  written.set(reading, text);
  for (let at = text.indexOf(address); at >= 0; at = text.indexOf(address, at + 1)) {
    const [before, behind] = [text[at - 1] ?? '', text.slice(at + address.length, at + address.length + 2)];
    if (!/[\da-f.:]/.test(before) && !/^(?:[\da-f]|\.\d|:[\da-f:])/.test(behind)) return true;
  }
  return false;
}

const LINK_LOCAL = parsePrefix('169.254.0.0/16');

function hasDevice({ devices }: DiagnosedNode, text: string, kind?: InterfaceKind): boolean {
  return [...devices.values()].some(
    (one) =>
      (kind === undefined || one.kind === kind) && one.addresses.some(({ address }) => address === text),
  );
}

function drafted(
  { inventory }: Cluster,
  node: DiagnosedNode,
  address: string,
  { why, sure, asking, others }: Wrong & { readonly asking: readonly Asking[]; readonly others: boolean },
): Draft {
  const [first] = asking;
  const names = asking.map(({ pod }) => podName(pod));
  const who = `${names.slice(0, EXAMPLES).join(', ')}${names.length > EXAMPLES ? ` and ${String(names.length - EXAMPLES)} more` : ''}`;
  const right = Object.values(inventory?.services ?? {}).find(
    ({ ports, clusterIps }) => ports.some(isDnsPort) && (clusterIps[0] ?? 'None') !== 'None',
  );
  const outcome = others
    ? 'They ask others as well: each name takes seconds longer.'
    : `${sure ? 'No' : 'Where nobody answers, no'} name resolves; addresses work.`;
  return draft({
    severity: others || !sure ? 'warning' : 'error',
    confidence: 'likely',
    surer: `Ask it: nslookup kubernetes.default ${address}   # inside the Pod`,
    node: node.label,
    pod: names.length === 1 ? (names[0] ?? null) : null,
    title: `${who} on ${node.label} ${asking.length === 1 ? 'asks' : 'ask'} ${address} for names: ${why}`,
    because: `The resolv.conf inside says “nameserver ${address}”.${right === undefined ? '' : ` The cluster’s DNS (${right.namespace}/${right.name}) is ${right.clusterIps[0] ?? ''}.`} ${outcome}`,
    proofs: [
      ...(first?.evidence ?? []).map((id) => ({ id, shows: [address] })),
      ...proof(inventory?.kinds.services, right?.clusterIps[0] ?? address),
    ],
    mend: [
      'Set clusterDNS in the kubelet’s configuration to the address of the DNS Service, start the kubelet again, and have the Pods made anew: resolv.conf is written once.',
      `grep -A2 clusterDNS /var/lib/kubelet/config.yaml   # on ${node.label}`,
      'kubectl get svc -A | grep -E "dns|53/UDP"',
      `kubectl -n ${first?.pod.namespace ?? 'default'} exec ${first?.pod.name ?? 'POD'} -- cat /etc/resolv.conf`,
    ],
    touches: names.map(podCalled),
  });
}
