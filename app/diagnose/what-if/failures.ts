// What fails, found in what is known, and all that is known as it would be afterwards: when BGP has noticed, too.
import type { Route } from '../../probe/facts.ts';
import { fail, ok, type Result } from '../../result.ts';
import { routeText } from '../../route/route-text.ts';
import type { TraceKnown } from '../../trace/known.ts';
import type { BgpMatrixPair } from '../../topology/bgp-matrix-model.ts';
import type { InterfaceEntity, InterfaceId, NetnsId, NodeEntity } from '../../topology/model.ts';
import { endsOf } from '../bgp-pairs.ts';
import { podName, type Cluster, type DiagnosedNode } from '../cluster.ts';
import { bgpAfter, sessionsOf, sessionsWith } from './bgp-after.ts';
import { withoutNode } from './changed-facts.ts';
import { linkDown } from './link-down.ts';
import type { BrokenSession, ChangedRoute, Failure, WhatIfAnswer } from './model.ts';
import { brokenSession, sessionsLost } from './sessions-lost.ts';

export interface Afterwards {
  readonly failed: Extract<WhatIfAnswer, { ok: true }>['failed'];
  readonly known: TraceKnown;
  /** Namespaces in which anything is another: what passes none of them goes on as before. */
  readonly changed: ReadonlySet<NetnsId>;
  /** Those of them in which it is more than routes that BGP told: devices, or all of it. */
  readonly rebuilt: ReadonlySet<NetnsId>;
  /** To where routes are others in the rest of them. */
  readonly prefixes: ReadonlySet<string>;
  readonly devices: ReadonlySet<InterfaceId>;
  /** The node that is gone; null: none is. */
  readonly ended: NodeEntity | null;
  readonly routes: readonly ChangedRoute[];
  readonly sessions: readonly BrokenSession[];
  readonly effects: readonly string[];
  readonly missing: readonly string[];
}

/** The failure is a sentence. */
export function afterwards(cluster: Cluster, fails: Failure): Result<Afterwards, string> {
  const found = nodeCalled(cluster, fails.node);
  if (!found.ok) return found;
  switch (fails.kind) {
    case 'link':
      return linkFails(cluster, found.value, fails.device);
    case 'session':
      return sessionFails(cluster, found.value, fails.peer);
    case 'node':
      return ok(nodeFails(cluster, found.value));
  }
}

function nodeCalled({ nodes, known }: Cluster, name: string): Result<DiagnosedNode, string> {
  const named = nodes.find(
    ({ entity }) => entity.label === name || entity.hostname === name || entity.kubernetesName === name,
  );
  if (named !== undefined) return ok(named);
  const there = Object.values(known.topology.nodes).find(
    ({ label, until }) => until === null && label === name,
  );
  return fail(
    there === undefined
      ? `No node is called ${name}; there are: ${nodes.map(({ label }) => label).join(', ') || 'none'}.`
      : `${name} was not read: what hangs on it is not known.`,
  );
}

function linkFails(cluster: Cluster, node: DiagnosedNode, name: string): Result<Afterwards, string> {
  const { entity, label } = node;
  const device = node.devices.get(name);
  if (device === undefined)
    return fail(
      `${label} has no interface ${name}; it has: ${[...node.devices.keys()].slice(0, 20).join(', ') || 'none that was read'}.`,
    );
  if (device.kind === 'loopback') return fail(`${name} leads nowhere: it is the loopback device.`);
  if (device.adminUp === false) return fail(`${name} of ${label} is down already: nothing would change.`);
  const { known, down, dark, routes } = linkDown(cluster.known, entity, device);
  const lost = sessionsLost(cluster, known, node);
  const gone = new Set(down.map((one) => one.name));
  const usable = (at: NodeEntity, dev: string | null): boolean =>
    at.id !== entity.id || dev === null || !gone.has(dev);
  const bgp = bgpAfter(cluster.known, known, cutBy(cluster, lost), usable);
  const others = down.filter((one) => one !== device).map((one) => one.name);
  return ok({
    failed: titled('link', `${name} of ${label}`, entity, device),
    known: bgp.known,
    ...changedIn(cluster, [entity.rootNetns, ...dark.map(({ netnsId }) => netnsId)], bgp.changes),
    devices: new Set([...down, ...dark].map(({ id }) => id)),
    ended: null,
    routes: [...flushed(label, routes, bgp.changes, name), ...bgp.changes],
    sessions: lost.map((pair) => brokenSession(pair, entity.id)),
    effects: [
      `${name} of ${label} is switched off: the kernel takes away the routes that leave by it${others.length === 0 ? '' : `; ${others.join(', ')} on top of it ${others.length === 1 ? 'goes' : 'go'} down as well`}.`,
      ...dark.map((one) => `${one.name} of ${placeOf(cluster, one)} loses its carrier.`),
    ],
    missing: [
      'A cable that is pulled leaves the routes where they are (linkdown): then packets are lost also where another route stands ready behind, until somebody takes the first away.',
      ...bgp.missing,
    ],
  });
}

function sessionFails(
  cluster: Cluster,
  { entity, label }: DiagnosedNode,
  peer: string,
): Result<Afterwards, string> {
  const own = cluster.bgp.pairs.filter(({ sides }) => sides.some(({ nodeId }) => nodeId === entity.id));
  const named = own.filter((pair) => namesOf(cluster, pair, entity).includes(peer));
  const [first] = named;
  if (first === undefined) {
    const peers = [
      ...new Set(own.map(({ sides }) => sides.find(({ nodeId }) => nodeId !== entity.id)?.name ?? '')),
    ];
    return fail(
      own.length === 0
        ? `${label} has no BGP session that is known${entity.bird.sentence === null ? '' : ` (${entity.bird.sentence})`}.`
        : `${label} has no BGP session with ${peer}; it has some with ${peers.join(', ')}.`,
    );
  }
  const up = named.filter((pair) =>
    endsOf(pair).some(({ health }) => health === 'established' || health === 'stale'),
  );
  if (up.length === 0)
    return fail(
      `The session of ${label} with ${peer} is not up (${endsOf(first)[0]?.state ?? first.verdict}): nothing would change.`,
    );
  const bgp = bgpAfter(cluster.known, cluster.known, cutBy(cluster, up), () => true);
  const far = first.sides.find(({ nodeId }) => nodeId !== entity.id)?.name ?? peer;
  return ok({
    failed: { ...titled('session', `the BGP session ${label} – ${far}`, entity, null), peer: far },
    known: bgp.known,
    ...changedIn(cluster, [], bgp.changes),
    devices: new Set(),
    ended: null,
    routes: bgp.changes,
    sessions: up.map((pair) => brokenSession(pair, null)),
    effects: bgp.changes.length > 0 ? [] : ['No route in any node’s kernel rests on it alone.'],
    missing: bgp.missing,
  });
}

function nodeFails(cluster: Cluster, { entity, label, pods }: DiagnosedNode): Afterwards {
  const without = withoutNode(cluster.known, entity);
  const cut = sessionsWith(cluster.known, entity.id);
  const bgp = bgpAfter(cluster.known, without, cut, () => true);
  const lost = cluster.bgp.pairs.filter(
    (pair) =>
      pair.sides.some(({ nodeId }) => nodeId === entity.id) &&
      endsOf(pair).some(({ health }) => health === 'established'),
  );
  const own = Object.values(cluster.topology.netns).filter(({ nodeId }) => nodeId === entity.id);
  const onHost = pods.filter(({ hostNetwork }) => hostNetwork);
  const count = (many: number, what: string): string => `${many} ${many === 1 ? what : `${what}s`}`;
  return {
    failed: titled('node', label, entity, null),
    known: bgp.known,
    ...changedIn(
      cluster,
      own.map(({ id }) => id),
      bgp.changes,
    ),
    devices: new Set(),
    ended: entity,
    routes: bgp.changes,
    sessions: lost.map((pair) => brokenSession(pair, null)),
    effects: [
      `${label} is gone, and ${count(pods.length, 'Pod')} with it${onHost.length === 0 ? '' : `, on its own network ${onHost.slice(0, 8).map(podName).join(', ')}${onHost.length > 8 ? ` and ${onHost.length - 8} more` : ''}`}.`,
      ...reflection(cluster, entity),
    ],
    missing: bgp.missing,
  };
}

/** What it reflects for others, and who else does. */
function reflection({ bgp }: Cluster, { id, label }: NodeEntity): string[] {
  const isReflector = bgp.nodes.some(({ nodeId, reflector }) => nodeId === id && reflector);
  if (!isReflector) return [];
  const clients = (of: string): string[] =>
    bgp.pairs.flatMap(({ sides, ends }) =>
      ends.flatMap((end, at) => (end?.nodeId === of && end.reflects ? [sides[1 - at]?.name ?? ''] : [])),
    );
  const own = clients(id);
  const others = bgp.nodes.filter((one) => one.reflector && one.nodeId !== id);
  const left = own.filter((client) => !others.some(({ nodeId }) => clients(nodeId).includes(client)));
  const who = own.length === 0 ? '' : ` for ${own.join(', ')}`;
  const then =
    left.length === 0 && own.length > 0
      ? `${others.map((one) => one.label).join(', ')} ${others.length === 1 ? 'goes' : 'go'} on reflecting for all of them.`
      : left.length === 0
        ? 'Its clients are not known.'
        : `${left.join(', ')} ${left.length === 1 ? 'has' : 'have'} no other reflector.`;
  return [`${label} is a BGP route reflector${who}. ${then}`];
}

function titled(
  kind: Failure['kind'],
  title: string,
  { id, label }: NodeEntity,
  device: InterfaceEntity | null,
): Afterwards['failed'] {
  return {
    kind,
    title,
    node: label,
    nodeId: id,
    interface: device?.name ?? null,
    interfaceId: device?.id ?? null,
    peer: null,
  };
}

function cutBy({ known }: Cluster, pairs: readonly BgpMatrixPair[]) {
  return sessionsOf(
    known,
    pairs.flatMap((pair) => endsOf(pair).map(({ sessionId }) => sessionId)),
  );
}

/** By the other node's label, its address, or what a side calls the session. */
function namesOf({ topology }: Cluster, { sides, ends }: BgpMatrixPair, own: NodeEntity): string[] {
  const far = sides.find(({ nodeId }) => nodeId !== own.id);
  const node = topology.nodes[far?.nodeId ?? ''];
  return [
    far?.name ?? '',
    ...(node === undefined ? [] : [node.label, node.hostname, node.kubernetesName ?? '', ...node.addresses]),
    ...ends.flatMap((end) => (end?.nodeId === own.id ? [end.name, end.neighbourAddress ?? ''] : [])),
  ].filter((one) => one !== '');
}

function changedIn(
  { topology }: Cluster,
  rebuilt: readonly NetnsId[],
  changes: readonly ChangedRoute[],
): Pick<Afterwards, 'changed' | 'rebuilt' | 'prefixes'> {
  const roots = new Map(
    Object.values(topology.nodes).flatMap(({ label, rootNetns, until }) =>
      until === null ? [[label, rootNetns] as const] : [],
    ),
  );
  const touched = changes.flatMap(({ node }) => roots.get(node) ?? []);
  return {
    changed: new Set([...rebuilt, ...touched]),
    rebuilt: new Set(rebuilt),
    prefixes: new Set(
      changes.flatMap(({ node, dst }) => (rebuilt.includes(roots.get(node) ?? '') ? [] : [dst])),
    ),
  };
}

/** Those of which BGP does not tell more. */
function flushed(
  node: string,
  { was, is }: { readonly was: readonly Route[]; readonly is: readonly Route[] },
  told: readonly ChangedRoute[],
  device: string,
): ChangedRoute[] {
  const left = new Set(is);
  const known = new Set(told.filter((one) => one.node === node).map((one) => one.was));
  return was
    .filter((route) => !left.has(route))
    .map((route) => ({
      node,
      dst: route.dst,
      was: routeText(route),
      becomes: null,
      because: `It leaves by ${device}.`,
    }))
    .filter((one) => !known.has(one.was));
}

function placeOf({ topology }: Cluster, { netnsId, nodeId }: InterfaceEntity): string {
  const netns = topology.netns[netnsId];
  const pod = topology.pods[netns?.podId ?? ''];
  return pod === undefined ? (topology.nodes[nodeId]?.label ?? '') : podName(pod);
}
