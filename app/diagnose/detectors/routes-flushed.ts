// Most routes that a node should have are gone at once, while its links are up: a network service was restarted and flushed them
// (calico#4779), or somebody did.
import { everywhere, podName, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import { hasAllRoutes } from '../destinations.ts';
import type { Detector, Draft } from '../detector.ts';
import { draft } from '../draft.ts';
import { calicoNamespace, isRouted, settledPods } from '../pods.ts';
import { routeChanges } from '../route-changes.ts';
import { podCalled, prefixOf, routesOf, wholeNode } from '../subject.ts';

/** One Pod's route may go by itself. */
const LOST_FROM = 2;

export const routesFlushed: Detector = {
  id: 'routes-flushed',
  concludes: 'most routes that Pods, BGP and addresses of a node ask for are gone from its kernel at once',
  explainedBy: ['link-down'],
  detect: (cluster) => everywhere(cluster.nodes.flatMap((node) => flushed(cluster, node))),
};

function flushed(cluster: Cluster, node: DiagnosedNode): Draft[] {
  const { label, snapshot, routes } = node;
  if (!hasAllRoutes(node, 4)) return [];
  const has = new Set(routes.filter(({ table }) => table !== 'local').map(({ dst }) => dst));
  const wanted = wantedRoutes(cluster, node);
  const lost = wanted.filter(({ dst }) => !has.has(dst));
  const ofPods = wanted.filter(({ pod }) => pod !== null);
  // What BIRD’s scan or Felix’s put back meanwhile hides the rest.
  const allPods = ofPods.length >= LOST_FROM && ofPods.every(({ dst }) => !has.has(dst));
  if (lost.length < LOST_FROM || (lost.length * 2 <= wanted.length && !allPods)) return [];
  const owners = [...new Set(lost.map(({ owner }) => owner))];
  const ended = routeChanges(cluster, node).filter(({ kind }) => kind === 'route-ended').length;
  const restarts = cluster.topology.events.filter(
    ({ nodeLabel, kind, sentence, at }) =>
      nodeLabel === label &&
      kind === 'log-message' &&
      snapshot.at.s - at.s < 600 &&
      /networkd|NetworkManager|network\.service|netplan/i.test(sentence),
  );
  return [
    draft({
      confidence: owners.length > 1 || ended >= LOST_FROM || restarts.length > 0 ? 'certain' : 'likely',
      surer:
        owners.length > 1 || ended >= LOST_FROM || restarts.length > 0
          ? null
          : 'Look at what the network services logged: journalctl -u systemd-networkd -u NetworkManager.',
      node: label,
      title: `${lost.length} of ${wanted.length} routes that ${label} should have are gone`,
      because: `${lost
        .slice(0, 4)
        .map(({ dst, owner }) => `${dst} (${owner})`)
        .join(
          ', ',
        )}${lost.length > 4 ? ', …' : ''} should be in its kernel and are not, while its links are up: somebody has flushed routes that are not his.${restarts[0] === undefined ? '' : ` ${restarts[0].sentence}`}`,
      proofs: proof(snapshot.routes4, ...lost.slice(0, 3).map(({ dst }) => dst)),
      mend: [
        'Restart calico-node (Felix and BIRD put theirs back), and keep the network service from flushing what it does not own: ManageForeignRoutes=no in networkd.conf, or cali* as unmanaged devices in NetworkManager.',
        `journalctl -u systemd-networkd -u NetworkManager --since -1h   # on ${label}`,
        `kubectl -n ${calicoNamespace(cluster)} delete pod CALICO-NODE-POD   # of ${label}; it is made anew`,
      ],
      breaks: [
        routesOf(label),
        ...lost.map(({ dst }) => prefixOf(dst)),
        ...lost.flatMap(({ pod }) => (pod === null ? [] : [podCalled(pod)])),
      ],
      touches: [wholeNode(label)],
    }),
  ];
}

interface WantedRoute {
  readonly dst: string;
  readonly owner: string;
  readonly pod: string | null;
}

/** IPv4 alone: IPv6 has its link-local routes beside, whatever is flushed. */
function wantedRoutes(cluster: Cluster, node: DiagnosedNode): WantedRoute[] {
  const pods = settledPods(cluster, node)
    .filter((pod) => isRouted(cluster, node, pod) && pod.hostInterfaceId !== null)
    .flatMap((pod) =>
      pod.ips.flatMap((ip) =>
        ip.includes(':') ? [] : [{ dst: `${ip}/32`, owner: podName(pod), pod: podName(pod) }],
      ),
    );
  const { bird, routes4 } = node.snapshot;
  const told = bird?.value?.routes;
  const [asked, read] = [bird?.at ?? null, routes4?.at ?? null];
  const fresh = asked !== null && read !== null && asked.s - read.s < 30;
  const learned = fresh
    ? (told?.routes ?? [])
        .filter(
          ({ primary, source, type, dst }) =>
            primary && source === 'BGP' && type === 'unicast' && !dst.includes(':'),
        )
        .map(({ dst }) => ({ dst, owner: 'BIRD', pod: null }))
    : [];
  const all = [...pods, ...learned];
  return [...new Map(all.map((one) => [one.dst, one])).values()];
}
