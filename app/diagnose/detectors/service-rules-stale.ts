// The rules of one node translate a Service otherwise than Kubernetes' EndpointSlices say: to somebody who is none of its endpoints, or not
// at all, though other nodes do. kube-proxy there is dead, cannot write, or somebody has changed its rules.
import { wholeFilters } from '../../probe/whole-filters.ts';
import { everywhere, proof, type Cluster } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { packetDestination } from '../paths/packet-ends.ts';
import { surveyOf } from '../paths/stops.ts';
import type { Pair } from '../paths/pair.ts';
import { hasLeft } from '../paths/stopped-path.ts';
import { isUntrackedService } from '../paths/translation.ts';
import { hollowChains } from '../hollow-chains.ts';
import { addressOf } from '../subject.ts';
import type { TracePath } from '../../trace/model.ts';

/** kube-proxy follows within a second or two; what was read of rules may be as old as that. */
const GONE_S = 60;
const EXAMPLES = 3;

interface Translated {
  readonly pair: Pair;
  readonly paths: readonly TracePath[];
  /** `192.168.2.2:8080`, of those that it may lead to. */
  readonly endpoints: readonly string[];
}

export const serviceRulesStale: Detector = {
  id: 'service-rules-stale',
  concludes: 'a node’s rules lead a Service to somebody who is none of its endpoints, or do not translate it',
  explainedBy: ['iptables-backend-split'],
  detect(cluster) {
    const all = surveyOf(cluster).ended.flatMap(({ pair, paths }): Translated[] => {
      const ways = paths.filter(({ share }) => share > 0);
      const endpoints = ways.flatMap((path) => endpointOf(cluster, pair, path));
      return pair.to.startsWith('svc/') && ways.length > 0 ? [{ pair, paths: ways, endpoints }] : [];
    });
    return everywhere(all.flatMap((one) => [...strayed(cluster, one), ...untranslated(cluster, one, all)]));
  },
};

/** Where its own node sent it, `192.168.2.2:8080`: what another one, or a Pod’s sidecar, makes of it is not by these rules. Nothing where it still has the Service's own address. */
function endpointOf({ inventory }: Cluster, { to, fromNode }: Pair, { hops }: TracePath): string[] {
  const [, namespace, name] = to.split('/');
  const own = Object.values(inventory?.services ?? {})
    .filter((service) => service.namespace === namespace && service.name === name)
    .flatMap(({ clusterIps }) => clusterIps);
  const beyond = hops.findIndex(({ node }) => node !== fromNode);
  const near = beyond < 0 ? hops : hops.slice(0, beyond);
  const { packet = '', steps = [] } = near.findLast(({ isPod }) => !isPod) ?? {};
  // Where it stops, or is not known, a hop tells the packet as it came.
  const [, translated] =
    /\bdestination \S+ → ([^ ,]+)/.exec(
      steps.findLast(({ rewrote }) => rewrote?.includes('destination '))?.rewrote ?? '',
    ) ?? [];
  const end = translated ?? packet.split(' → ').at(-1)?.split(/[ ,]/)[0] ?? '';
  return end === '' || own.includes(packetDestination(` → ${end}`)) ? [] : [end];
}

/** Of all its ports, whatever their state: who is not ready was, a moment ago. Where not all were told, or for all ports: none. */
function listed({ inventory }: Cluster, { to }: Pair): ReadonlySet<string> {
  const [, namespace, service] = to.split('/');
  const slices = Object.values(inventory?.endpointSlices ?? {}).filter(
    (slice) => slice.namespace === namespace && slice.service === service,
  );
  if (
    slices.some(({ fromTable, ports }) => fromTable !== undefined || ports.some(({ port }) => port === null))
  )
    return new Set();
  return new Set(
    slices.flatMap(({ endpoints, ports }) =>
      endpoints.flatMap(({ addresses }) =>
        addresses.flatMap((address) =>
          ports.map(({ port }) => `${address.includes(':') ? `[${address}]` : address}:${port ?? ''}`),
        ),
      ),
    ),
  );
}

function strayed(cluster: Cluster, { pair, endpoints }: Translated): Draft[] {
  const right = listed(cluster, pair);
  const wrong = [...new Set(endpoints)].filter((one) => !right.has(one) && !wasThere(cluster, pair, one));
  if (wrong.length === 0 || right.size === 0) return [];
  return [
    staleDraft(cluster, pair, {
      title: `The rules of ${pair.fromNode} lead ${nameOf(pair)} to ${some(wrong)}, which is none of its endpoints`,
      because: `Kubernetes’ EndpointSlices list ${some([...right])}. Who asks for ${nameOf(pair)} on ${pair.fromNode} is sent elsewhere, for a part of all connections.`,
      shows: wrong.map((one) => one.replace(/:\d+$/, '')),
    }),
  ];
}

/** A Pod that has gone just now: kube-proxy may be about to follow. */
function wasThere({ topology, nodes }: Cluster, { fromNode }: Pair, endpoint: string): boolean {
  const address = endpoint.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const now = nodes.find(({ label }) => label === fromNode)?.snapshot.at.s ?? 0;
  return Object.values(topology.pods).some(
    ({ ips, until }) => ips.includes(address) && until !== null && now - until.s < GONE_S,
  );
}

function untranslated(
  cluster: Cluster,
  { pair, paths, endpoints }: Translated,
  all: readonly Translated[],
): Draft[] {
  // A rule that refuses, what somebody drops before it is translated, and a Pod that does not send it, others tell. A node that has the
  // Service's address itself (NodeLocal DNSCache) takes it untranslated.
  // What conntrack is kept from (NOTRACK), nat-diverts tells. Of what a rule does that was not understood nobody knows whether it translates.
  const astray = paths.filter(
    (path) =>
      hasLeft(path) &&
      isOn(pair.fromNode, path.hops.at(-1)) &&
      endpointOf(cluster, pair, path).length === 0 &&
      !isUntrackedService({ path }),
  );
  const [first] = astray;
  const others = all.filter(
    (other) =>
      other.pair.to === pair.to && other.pair.fromNode !== pair.fromNode && other.endpoints.length > 0,
  );
  const { firewall = null } = cluster.node(pair.fromNode)?.snapshot ?? {};
  const share = astray.reduce((sum, path) => sum + path.share, 0);
  const isPart = endpoints.length > 0;
  if (wholeFilters(firewall) === null) return [];
  if (first === undefined) return hollow(cluster, { pair, paths, endpoints });
  // Of a part the others' translation is proof enough; of all, other nodes'.
  const left = astray.every(({ hops }) => hops.at(-1)?.action === 'forward');
  const [other] = others;
  const chains = hollowOf(cluster, pair);
  const unproven = other === undefined && chains.length === 0;
  if (isPart ? share < LEAST_SHARE || !left : unproven || astray.length < paths.length) return [];
  const elsewhere =
    other === undefined ? '' : `On ${other.pair.fromNode} it leads to ${some(other.endpoints)}. `;
  const empty =
    chains.length === 0 ? '' : ` ${some(chains)} of nat, where a rule leads it, translates nothing.`;
  return [
    staleDraft(cluster, pair, {
      title: isPart
        ? `The rules of ${pair.fromNode} do not translate ${Math.round(share * 100)} of 100 connections to ${nameOf(pair)}`
        : `No rule of ${pair.fromNode} translates ${nameOf(pair)}`,
      because: isPart
        ? `Others of them lead to ${some(endpoints)}; of these nothing changes the address, and ${lowerFirst(first.sentence)}${empty}`
        : `${elsewhere}On ${pair.fromNode} nothing changes its address, and ${lowerFirst(first.sentence)}${empty}`,
      shows: ['KUBE-SERVICES', ...chains],
    }),
  ];
}

/** Nothing is lost by it: others of the Service's endpoints get what that one would. */
function hollow(cluster: Cluster, { pair }: Translated): Draft[] {
  const chains = hollowOf(cluster, pair);
  if (chains.length === 0) return [];
  return [
    {
      ...staleDraft(cluster, pair, {
        title: `The rules of ${pair.fromNode} never lead ${nameOf(pair)} to one of its endpoints: ${some(chains)} translates nothing`,
        because: `A rule leads to ${some(chains)} of nat for a part of all connections, and that chain translates nothing: they fall to the other endpoints. kube-proxy does not leave a chain so.`,
        shows: chains,
      }),
      severity: 'warning',
    },
  ];
}

/** Names of chains of that Service that kube-proxy would not leave so. */
function hollowOf(cluster: Cluster, { fromNode, to }: Pair): string[] {
  const { firewall = null } = cluster.node(fromNode)?.snapshot ?? {};
  return hollowChains(firewall?.value ?? null)
    .filter(({ service }) => service === to.replace(/^svc\//, ''))
    .map(({ chain }) => chain);
}

/** As much may be a rounding of chances. */
const LEAST_SHARE = 0.02;

function lowerFirst(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
}

/** It has got as far as the node's own rules. */
function isOn(node: string, hop: TracePath['hops'][number] | undefined): boolean {
  return hop !== undefined && !hop.isPod && hop.node === node;
}

function staleDraft(
  cluster: Cluster,
  pair: Pair,
  { title, because, shows }: { readonly title: string; readonly because: string; readonly shows: string[] },
): Draft {
  const node = cluster.node(pair.fromNode);
  return draft({
    confidence: 'likely',
    surer: `Ask the rules themselves on ${pair.fromNode}, and the log of its kube-proxy.`,
    node: pair.fromNode,
    title,
    because,
    proofs: [
      ...proof(node?.snapshot.firewall, ...shows),
      ...proof(cluster.inventory?.kinds.endpointSlices, pair.to.split('/').at(-1) ?? ''),
    ],
    mend: [
      `See whether kube-proxy runs on ${pair.fromNode} and what it says; started again, it writes all its rules anew.`,
      `kubectl -n kube-system get pods -l k8s-app=kube-proxy -o wide --field-selector spec.nodeName=${node?.entity.kubernetesName ?? pair.fromNode}`,
      `iptables-save -t nat | grep -e KUBE-SERVICES -e ${nameOf(pair).split(' ').at(-1) ?? ''}   # on ${pair.fromNode}; or: ipvsadm -Ln, nft list table ip kube-proxy`,
    ],
    breaks: [addressOf(pair.to)],
  });
}

function nameOf({ to }: Pair): string {
  return `Service ${to.replace(/^svc\//, '')}`;
}

function some(texts: readonly string[]): string {
  return `${texts.slice(0, EXAMPLES).join(', ')}${texts.length > EXAMPLES ? ', …' : ''}`;
}
