// A route of a node names a source address (`src`) that others cannot answer to: what the node itself sends by it – kubelet's probes, the API
// server's calls into Pods, host-network Pods – arrives, and the answers are lost or leave the cluster. What Pods send is not concerned.
import { shellWord } from '../../probe/shell-word.ts';
import { routeText } from '../../route/route-text.ts';
import type { Route } from '../../topology/model.ts';
import { everywhere, proof, type Cluster } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { stopsClaimedAs } from '../paths/claims.ts';
import { pathDraft, pathNames } from '../paths/path-draft.ts';
import { preferredSource, type PreferredSource } from '../paths/preferred-source.ts';
import type { Stop } from '../paths/stops.ts';

export const preferredSourceLost: Detector = {
  id: 'preferred-source-lost',
  concludes: 'a route makes a node send from an address to which no answer comes back',
  explainedBy: [],
  detect(cluster) {
    const places = new Map<string, { readonly found: PreferredSource; readonly stop: Stop }>();
    // At one place ends what several nodes send so.
    for (const stop of stopsClaimedAs(cluster, 'preferred-source-lost'))
      for (const path of stop.paths) {
        const found = preferredSource(cluster, path);
        if (found === null) continue;
        const key = `${found.node.label} ${found.source}`;
        const before = places.get(key);
        const paths = [...(before?.stop.paths ?? []), path];
        places.set(key, { found: before?.found ?? found, stop: { ...(before?.stop ?? stop), paths } });
      }
    return everywhere([...places.values()].map(({ found, stop }) => lostDraft(cluster, found, stop)));
  },
};

function lostDraft(cluster: Cluster, { node, route, source, own }: PreferredSource, stop: Stop): Draft {
  const { label, snapshot, devices } = node;
  const { hop, step, paths, reason } = stop;
  const holder = [...devices.values()].find(({ addresses }) =>
    addresses.some(({ address }) => address === source),
  );
  const text = routeText(route);
  const read = route.family === 6 ? snapshot.routes6 : snapshot.routes4;
  const ip = route.family === 6 ? 'ip -6' : 'ip';
  const fate =
    reason === 'away' ? `leaves the cluster at ${hop.place}` : `ends at ${hop.place} (${step.sentence})`;
  return pathDraft(cluster, stop, {
    node: label,
    device: route.dev,
    pod: null,
    title: `${label} sends to ${route.dst} from ${source}, to which no answer comes back`,
    because: `The route “${text}” has ${label} send its own packets from ${source}${holder === undefined ? '' : `, an address of ${holder.name},`} and what is to be answered ${fate}: ${pathNames(paths)}. From ${own}, the address of ${route.dev ?? 'the interface'}, answers would take another way.`,
    proofs: [
      ...proof(read, `src ${source}`, `"${source}"`),
      ...step.evidence.map((id) => ({ id, shows: [source, 'default'] })),
    ],
    mend: [
      `Take the source out of the route, or set it to ${own}; see who wrote it (a script, krt_prefsrc in BIRD). If it is meant, tell the others’ routes about ${source}.`,
      `${ip} route get ${paths[0]?.pair.to ?? route.dst}   # on ${label}: src`,
      ...replacing(route, own).map((words) => `${ip} route replace ${words}   # on ${label}`),
      `${ip} route get ${source}   # on ${paths[0]?.pair.toNode ?? 'another node'}: where answers go`,
    ],
    shows: [source],
    explainedBy: [],
  });
}

/** What names it, and what it is to be, for the shell. One with several next hops is written anew by hand. */
function replacing(route: Route, source: string): string[] {
  if (route.nexthops.length > 0) return [];
  const words = routeText({
    ...route,
    prefsrc: source,
    flags: route.flags.filter((flag) => flag === 'onlink'),
  });
  return [words.split(' ').map(shellWord).join(' ')];
}
