// Whom Pods ask for names, by their own resolv.conf: an address of the Services' network that is no Service's, one whose Service serves no
// DNS, or a link-local one (NodeLocal DNSCache) that their node does not have. The kubelet writes it, as its clusterDNS says.
import { inPrefix, parseAddress, parsePrefix } from '../route/address.ts';
import type { PodEntity } from '../topology/model.ts';
import { podName, proof, type Cluster, type DiagnosedNode } from './cluster.ts';
import type { Draft } from './detector.ts';
import { draft } from './draft.ts';
import { isDnsPort } from './paths/pair-ends.ts';
import { settledPods } from './pods.ts';
import { podCalled } from './subject.ts';

interface Asking {
  readonly pod: PodEntity;
  readonly evidence: readonly string[];
  /** It asks others beside. */
  readonly others: boolean;
}

const EXAMPLES = 3;

/** Per node and address one. */
export function wrongResolvers(cluster: Cluster): Draft[] {
  const { inventory } = cluster;
  if (inventory?.kinds.services.state !== 'listed') return [];
  return cluster.nodes.flatMap((node) => {
    const found = new Map<string, { readonly why: string; readonly asking: Asking[] }>();
    for (const pod of settledPods(cluster, node)) {
      const inode = cluster.topology.netns[pod.netnsId ?? '']?.inode;
      const inside = node.snapshot.insides?.value?.read.find((one) => one.inode === inode);
      const asked = inside?.nameservers ?? [];
      const wrong = asked.flatMap((address) => {
        const why = whyNobody(cluster, node, address);
        return why === null ? [] : [{ address, why }];
      });
      for (const { address, why } of wrong) {
        const before = found.get(address) ?? { why, asking: [] };
        const evidence = (inside?.evidence ?? []).filter((id) => id.endsWith(':resolver'));
        before.asking.push({ pod, evidence, others: wrong.length < asked.length });
        found.set(address, before);
      }
    }
    return [...found].map(([address, { why, asking }]) => drafted(cluster, node, address, { why, asking }));
  });
}

/** Null: somebody answers there, or may. */
function whyNobody(cluster: Cluster, { devices, label }: DiagnosedNode, text: string): string | null {
  const { inventory, pods } = cluster;
  const address = parseAddress(text);
  const services = Object.values(inventory?.services ?? {});
  const own = services.find(({ clusterIps, externalIps, loadBalancerIps }) =>
    [clusterIps, externalIps, loadBalancerIps].some((ips) => ips.includes(text)),
  );
  if (own !== undefined)
    return own.ports.some(isDnsPort) || own.type === 'LoadBalancer' || !own.clusterIps.includes(text)
      ? null
      : `that is the address of Service ${own.namespace}/${own.name}, which has no UDP port 53`;
  if (address === null || cluster.nodesAt(text).length > 0 || pods.some(({ ips }) => ips.includes(text)))
    return null;
  const isLocal = [...devices.values()].some(({ addresses }) =>
    addresses.some((one) => one.address === text),
  );
  if (isLocal) return null;
  if (LINK_LOCAL !== null && inPrefix(address, LINK_LOCAL))
    return `no interface of ${label} has that address, as NodeLocal DNSCache would give it one`;
  const near = services.find(({ clusterIps }) =>
    clusterIps.some((ip) => {
      const net = parsePrefix(`${ip}/${ip.includes(':') ? '112' : '16'}`);
      return net?.family === address.family && inPrefix(address, net);
    }),
  );
  return near === undefined
    ? null
    : `that is of the Services’ network (${near.clusterIps[0] ?? ''} is ${near.namespace}/${near.name}), and no Service has it`;
}

const LINK_LOCAL = parsePrefix('169.254.0.0/16');

function drafted(
  { inventory }: Cluster,
  node: DiagnosedNode,
  address: string,
  { why, asking }: { readonly why: string; readonly asking: readonly Asking[] },
): Draft {
  const [first] = asking;
  const names = asking.map(({ pod }) => podName(pod));
  const who = `${names.slice(0, EXAMPLES).join(', ')}${names.length > EXAMPLES ? ` and ${String(names.length - EXAMPLES)} more` : ''}`;
  const right = Object.values(inventory?.services ?? {}).find(
    ({ ports, clusterIps }) => ports.some(isDnsPort) && (clusterIps[0] ?? 'None') !== 'None',
  );
  const others = asking.every((one) => one.others);
  return draft({
    severity: others ? 'warning' : 'error',
    confidence: 'likely',
    surer: `Ask it: nslookup kubernetes.default ${address}   # inside the Pod`,
    node: node.label,
    pod: names.length === 1 ? (names[0] ?? null) : null,
    title: `${who} on ${node.label} ${asking.length === 1 ? 'asks' : 'ask'} ${address} for names, where nobody answers`,
    because: `The resolv.conf inside says “nameserver ${address}”: ${why}.${right === undefined ? '' : ` The cluster’s DNS (${right.namespace}/${right.name}) is ${right.clusterIps[0] ?? ''}.`} ${others ? 'They ask others as well: each name takes seconds longer.' : 'No name resolves; addresses work.'}`,
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
