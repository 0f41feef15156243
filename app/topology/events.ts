// What changed between two builds, as the operator would say it: one sentence an event.
import type {
  BgpSession,
  InterfaceEntity,
  NodeEntity,
  NodeTime,
  PodEntity,
  Route,
  Topology,
  TopologyEvent,
} from './model.ts';

type Tables = Pick<Topology, 'nodes' | 'netns' | 'interfaces' | 'pods' | 'bgp' | 'forwarding'>;
type Said = Omit<TopologyEvent, 'id' | 'at'> & { readonly at?: NodeTime | null };

/** More changed routes of one node than this are told as a number. */
const ROUTES_TOLD_ONE_BY_ONE = 8;

/** `times`: when each node was read, by label. What a node had when we first saw it is not news. */
export function topologyEvents(
  from: Topology,
  to: Tables,
  times: ReadonlyMap<string, NodeTime>,
): TopologyEvent[] {
  const labelOf = (nodeId: string | null): string => (nodeId === null ? '' : (to.nodes[nodeId]?.label ?? ''));
  const isNew = (nodeId: string | null): boolean => nodeId !== null && !Object.hasOwn(from.nodes, nodeId);
  const said: Said[] = [];
  if (from.nodes !== to.nodes) said.push(...nodeEvents(from, to));
  if (from.interfaces !== to.interfaces) said.push(...interfaceEvents(from, to, labelOf, isNew));
  if (from.pods !== to.pods) said.push(...podEvents(from, to, labelOf, isNew));
  if (from.forwarding !== to.forwarding) said.push(...routeEvents(from, to, labelOf));
  if (from.bgp !== to.bgp) said.push(...bgpEvents(from, to, labelOf, isNew));
  let id = from.events.at(-1)?.id ?? 0;
  return said.map(({ at, ...event }) => ({
    id: ++id,
    at: at ?? times.get(event.nodeLabel) ?? latestOf(times),
    ...event,
  }));
}

function latestOf(times: ReadonlyMap<string, NodeTime>): NodeTime {
  return [...times.values()].reduce(
    (max, at) => (at.s > max.s || (at.s === max.s && at.ns > max.ns) ? at : max),
    { s: 0, ns: 0 },
  );
}

function nodeEvents(from: Topology, to: Tables): Said[] {
  const said: Said[] = [];
  const livingBefore = new Map(
    Object.values(from.nodes)
      .filter(({ until }) => until === null)
      .map((node) => [node.label, node]),
  );
  for (const node of changed(from.nodes, to.nodes)) {
    const { id, label, until } = node;
    const before = from.nodes[id];
    const about = [id];
    if (before === undefined && until === null) {
      const earlier = livingBefore.get(label);
      if (earlier === undefined)
        said.push({ nodeLabel: label, kind: 'node-appeared', sentence: `${label} is here.`, about });
      else {
        const sentence =
          earlier.hostKeyFingerprint === node.hostKeyFingerprint
            ? `${label} was rebooted: everything it held before has ended.`
            : `${label} is another machine now (its host key changed): everything it held before has ended.`;
        said.push({ nodeLabel: label, kind: 'node-rebooted', sentence, about: [id, earlier.id] });
      }
    } else if (before !== undefined) said.push(...birdEvents(before, node));
  }
  return said;
}

function birdEvents(before: NodeEntity, now: NodeEntity): Said[] {
  if (before.bird.state === now.bird.state || now.until !== null) return [];
  const sentence = now.bird.sentence ?? `BIRD is ${now.bird.state}`;
  return [
    {
      nodeLabel: now.label,
      kind: 'bird-changed',
      sentence: `${now.label}: ${sentence.replace(/\.$/, '')}.`,
      about: [now.id],
    },
  ];
}

type LabelOf = (nodeId: string | null) => string;

function interfaceEvents(
  from: Topology,
  to: Tables,
  labelOf: LabelOf,
  isNew: (nodeId: string | null) => boolean,
): Said[] {
  const said: Said[] = [];
  for (const one of changed(from.interfaces, to.interfaces)) {
    // A Pod's own devices come and go with the Pod, a rebooted node's with the node.
    if (isNew(one.nodeId) || to.nodes[one.nodeId]?.until !== null) continue;
    const root = to.netns[one.netnsId]?.root ?? false;
    const before = from.interfaces[one.id];
    const nodeLabel = labelOf(one.nodeId);
    const where = root ? nodeLabel : `${nodeLabel}, ${insideOf(to, one)}`;
    const tell = (kind: Said['kind'], what: string, at: NodeTime | null = null): void => {
      said.push({ nodeLabel, kind, sentence: `${where}: ${what}.`, about: [one.id], at });
    };
    if (before === undefined) {
      if (root) tell('interface-appeared', `${one.name} appeared (ifindex ${one.ifindex})`, one.since);
    } else if (one.until !== null) {
      if (root && before.until === null)
        tell('interface-ended', `${one.name} is gone (ifindex ${one.ifindex})`, one.until);
    } else {
      const what = interfaceChange(before, one);
      if (what !== '') tell('interface-changed', what);
    }
  }
  return said;
}

function insideOf(to: Tables, one: InterfaceEntity): string {
  const podId = to.netns[one.netnsId]?.podId;
  const pod = to.pods[podId ?? ''];
  return pod === undefined ? 'another network namespace' : podName(pod);
}

function interfaceChange(before: InterfaceEntity, now: InterfaceEntity): string {
  const changes: string[] = [];
  if (before.name !== now.name) changes.push(`is now called ${now.name}`);
  if (before.adminUp !== now.adminUp && now.adminUp !== null && before.adminUp !== null) {
    changes.push(now.adminUp ? 'was set up' : 'was set down');
  } else if (before.operstate !== now.operstate && now.operstate !== null && before.operstate !== null) {
    changes.push(`went ${now.operstate}`);
  }
  if (before.mtu !== now.mtu && now.mtu !== null && before.mtu !== null)
    changes.push(`has MTU ${now.mtu} (was ${before.mtu})`);
  const had = before.addresses.map(({ address }) => address);
  const has = now.addresses.map(({ address }) => address);
  const gained = has.filter((address) => !had.includes(address));
  const lost = had.filter((address) => !has.includes(address));
  if (gained.length > 0) changes.push(`got ${gained.join(', ')}`);
  if (lost.length > 0) changes.push(`lost ${lost.join(', ')}`);
  return changes.length === 0 ? '' : `${before.name} ${changes.join(', ')}`;
}

function podName({ namespace, name }: PodEntity): string {
  return namespace === null ? name : `${namespace}/${name}`;
}

function podEvents(
  from: Topology,
  to: Tables,
  labelOf: LabelOf,
  isNew: (nodeId: string | null) => boolean,
): Said[] {
  const said: Said[] = [];
  const named = Object.values(from.pods).some(({ namespace }) => namespace !== null);
  for (const pod of changed(from.pods, to.pods)) {
    const before = from.pods[pod.id];
    const nodeLabel = labelOf(pod.nodeId) || (pod.nodeName ?? '');
    const where = nodeLabel === '' ? '' : ` on ${nodeLabel}`;
    const tell = (kind: Said['kind'], what: string): void => {
      const about = [pod.id, ...(pod.nodeId === null ? [] : [pod.nodeId])];
      said.push({ nodeLabel, kind, sentence: `${podName(pod)} ${what}${where}.`, about });
    };
    if (before === undefined) {
      // The first inventory is not news; nor is a namespace that may get its name in a moment.
      const news = pod.namespace === null ? !named : named;
      if (news && !isNew(pod.nodeId))
        tell('pod-appeared', `appeared${pod.ips.length === 0 ? '' : ` with ${pod.ips.join(', ')}`}`);
    } else if (pod.until !== null) {
      // A rebooted node's Pods ended with it.
      if (before.until === null && to.nodes[pod.nodeId ?? '']?.until !== null && pod.nodeId !== null)
        continue;
      if (before.until === null) tell('pod-ended', 'has ended');
    } else {
      const what = podChange(before, pod);
      if (what !== '') tell('pod-changed', what);
    }
  }
  return said;
}

function podChange(before: PodEntity, now: PodEntity): string {
  const changes: string[] = [];
  if (before.phase !== now.phase && now.phase !== null) changes.push(`is ${now.phase} now`);
  if (before.ips.join() !== now.ips.join())
    changes.push(now.ips.length === 0 ? 'lost its address' : `has ${now.ips.join(', ')}`);
  if (before.netnsId !== now.netnsId && before.netnsId !== null && now.netnsId !== null)
    changes.push('has another network namespace');
  if (before.ready?.ready !== now.ready?.ready && now.ready !== null) {
    changes.push(`has ${now.ready.ready} of ${now.ready.containers} containers ready`);
  }
  return changes.join(', ');
}

function routeEvents(from: Topology, to: Tables, labelOf: LabelOf): Said[] {
  const said: Said[] = [];
  for (const [netnsId, state] of Object.entries(to.forwarding)) {
    const before = from.forwarding[netnsId];
    if (before === undefined || before.routes === state.routes) continue;
    const nodeLabel = labelOf(state.nodeId);
    const had = routesByText(before.routes);
    const has = routesByText(state.routes);
    const tell = (kind: 'route-appeared' | 'route-ended', routes: readonly string[]): void => {
      const verb = kind === 'route-appeared' ? 'appeared' : 'ended';
      const [first = ''] = routes;
      const sentences =
        routes.length <= ROUTES_TOLD_ONE_BY_ONE
          ? routes.map((route) => `${nodeLabel}: route ${route} ${verb}.`)
          : [`${nodeLabel}: ${routes.length} routes ${verb}, ${first} among them.`];
      for (const sentence of sentences) said.push({ nodeLabel, kind, sentence, about: [state.nodeId] });
    };
    tell(
      'route-ended',
      [...had].filter((route) => !has.has(route)),
    );
    tell(
      'route-appeared',
      [...has].filter((route) => !had.has(route)),
    );
  }
  return said;
}

/** The local table and link-local subnets follow from addresses, which have events of their own. */
function routesByText(routes: readonly Route[]): Set<string> {
  return new Set(routes.filter(({ table, dst }) => table !== 'local' && dst !== 'fe80::/64').map(routeText));
}

/** As `ip route` would print it. */
export function routeText(route: Route): string {
  return [
    ...(route.type === 'unicast' ? [] : [route.type]),
    route.dst,
    ...(route.via === null ? [] : ['via', route.via]),
    ...(route.dev === null ? [] : ['dev', route.dev]),
    ...(route.table === 'main' ? [] : ['table', route.table]),
    'proto',
    route.proto,
    ...(route.metric === 0 ? [] : ['metric', `${route.metric}`]),
    ...route.nexthops.flatMap(({ via, dev }) => [
      'nexthop',
      ...(via === null ? [] : ['via', via]),
      'dev',
      dev,
    ]),
    ...route.flags,
  ].join(' ');
}

function bgpEvents(
  from: Topology,
  to: Tables,
  labelOf: LabelOf,
  isNew: (nodeId: string | null) => boolean,
): Said[] {
  const said: Said[] = [];
  for (const session of changed(from.bgp, to.bgp)) {
    // A rebooted node's sessions ended with it; a dead BIRD's are told by its node.
    if (
      isNew(session.nodeId) ||
      to.nodes[session.nodeId]?.until !== null ||
      to.nodes[session.nodeId]?.bird.state === 'dead'
    )
      continue;
    const before = from.bgp[session.id];
    const nodeLabel = labelOf(session.nodeId);
    const what = bgpChange(before, session);
    if (what !== '') {
      said.push({
        nodeLabel,
        kind: 'bgp-changed',
        sentence: `${nodeLabel}: BGP ${session.name} ${what}`,
        about: [session.id],
      });
    }
  }
  return said;
}

function bgpChange(before: BgpSession | undefined, now: BgpSession): string {
  if (before === undefined) return `is configured now (${now.info}).`;
  if (now.until !== null) return before.until === null ? 'is no longer configured.' : '';
  const state = before.info === now.info ? '' : `is ${now.info} now`;
  if (before.stale !== now.stale && now.stale !== null)
    return `${state === '' ? 'has stale routes' : state}: ${now.stale}`;
  if (state !== '') return `${state}.`;
  return before.stale !== null && now.stale === null ? 'has no stale routes any more.' : '';
}

/** Entities that are new or another object than before. */
function changed<T>(before: Readonly<Record<string, T>>, now: Readonly<Record<string, T>>): T[] {
  return Object.entries(now).flatMap(([id, one]) =>
    Object.hasOwn(before, id) && before[id] === one ? [] : [one],
  );
}
