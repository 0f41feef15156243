// What changed between two builds, as the operator would say it: one sentence an event.
import { bgpEvents, birdEvents } from './event-bgp.ts';
import { coalesced } from './event-bursts.ts';
import { routeEvents } from './event-routes.ts';
import { changed, type LabelOf, type Said, type Tables } from './event-sources.ts';
import type { InterfaceEntity, NodeTime, PodEntity, Topology, TopologyEvent } from './model.ts';

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
  const dated = said.map(({ at, subject, ...event }) => ({
    subject,
    event: { ...event, at: at ?? times.get(event.nodeLabel) ?? latestOf(times) },
  }));
  return coalesced(dated, from.events).map((event) => ({ id: ++id, ...event }));
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
        said.push({
          nodeLabel: label,
          kind: 'node-appeared',
          sentence: `${label} is here.`,
          subject: label,
          about,
        });
      else {
        const sentence =
          earlier.hostKeyFingerprint === node.hostKeyFingerprint
            ? `${label} was rebooted: everything it held before has ended.`
            : `${label} is another machine now (its host key changed): everything it held before has ended.`;
        said.push({
          nodeLabel: label,
          kind: 'node-rebooted',
          sentence,
          subject: label,
          about: [id, earlier.id],
        });
      }
    } else if (before !== undefined) said.push(...birdEvents(before, node));
  }
  return said;
}

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
    const tell = (kind: Said['kind'], what: string, more: Partial<Said> = {}): void => {
      said.push({
        nodeLabel,
        kind,
        sentence: `${where}: ${what}.`,
        subject: one.name,
        about: [one.id],
        ...more,
      });
    };
    if (before === undefined) {
      if (root)
        tell('interface-appeared', `${one.name} appeared (ifindex ${one.ifindex})`, { at: one.since });
    } else if (one.until !== null) {
      if (root && before.until === null)
        tell('interface-ended', `${one.name} is gone (ifindex ${one.ifindex})`, { at: one.until });
    } else {
      const what = interfaceChange(before, one);
      const change = { before: interfaceState(before), after: interfaceState(one) };
      if (what !== '') tell('interface-changed', what, { change });
    }
  }
  return said;
}

function interfaceState({ name, adminUp, operstate, mtu, addresses }: InterfaceEntity): string {
  const said = [
    name,
    adminUp === null ? '' : adminUp ? 'set up' : 'set down',
    operstate ?? '',
    mtu === null ? '' : `mtu ${mtu}`,
    ...addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
  ];
  return said.filter((word) => word !== '').join(' ');
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
    changes.push(`went ${now.operstate} (was ${before.operstate})`);
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
    const tell = (kind: Said['kind'], what: string, more: Partial<Said> = {}): void => {
      const about = [pod.id, ...(pod.nodeId === null ? [] : [pod.nodeId])];
      const sentence = `${podName(pod)} ${what}${where}.`;
      said.push({ nodeLabel, kind, sentence, subject: podName(pod), about, ...more });
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
      if (what !== '')
        tell('pod-changed', what, { change: { before: podState(before), after: podState(pod) } });
    }
  }
  return said;
}

function podState({ phase, ips, ready }: PodEntity): string {
  const containers = ready === null ? '' : `${ready.ready}/${ready.containers} ready`;
  return [phase ?? '', ...ips, containers].filter((word) => word !== '').join(' ');
}

function podChange(before: PodEntity, now: PodEntity): string {
  const changes: string[] = [];
  if (before.phase !== now.phase && now.phase !== null)
    changes.push(`is ${now.phase} now${before.phase === null ? '' : ` (was ${before.phase})`}`);
  if (before.ips.join() !== now.ips.join())
    changes.push(
      now.ips.length === 0
        ? `lost its address ${before.ips.join(', ')}`
        : `has ${now.ips.join(', ')}${before.ips.length === 0 ? '' : ` (had ${before.ips.join(', ')})`}`,
    );
  if (before.netnsId !== now.netnsId && before.netnsId !== null && now.netnsId !== null)
    changes.push('has another network namespace');
  if (before.ready?.ready !== now.ready?.ready && now.ready !== null) {
    changes.push(`has ${now.ready.ready} of ${now.ready.containers} containers ready`);
  }
  return changes.join(', ');
}
