// Which captures there should be while a Pod is watched: wherever its packets pass, as far as the topology knows. A pure
// function of what is known now; whoever keeps the captures compares it with what runs.
import { isBefore } from '../topology/identity.ts';
import { interfacesIn } from '../topology/lookups.ts';
import type {
  InterfaceEntity,
  NetnsId,
  NodeEntity,
  NodeTime,
  PodEntity,
  PodId,
  Topology,
} from '../topology/model.ts';

/** More nodes than these at a time would be more SSH traffic than one machine should take. */
export const MOST_NODES = 16;
/** Peers whose insides are captured at a time: what a person follows. */
export const MOST_PEERS = 4;
/** An older tcpdump listens to one interface at a time: the Pod's host end and two NICs beside it, or the like. */
const MOST_INTERFACES = 3;
/** DESIGN §5: `SNAP_MIN`, and what a tunnel's outer headers add to it. */
const SNAPLEN = { plain: 128, tunnel: 192 } as const;
const noInterfaceYet =
  'which of its interfaces to capture is not known yet; it is captured as soon as it is.';
/** Names said one by one in a sentence. */
const MOST_NAMES = 8;

export interface PlannedCapture {
  /** The same as long as nothing about it changes; another key is another capture. */
  readonly key: string;
  /** The place, whatever is captured there: `node` or `node/pod id`. */
  readonly place: string;
  readonly nodeLabel: string;
  /** The namespace whose interfaces its packets name. */
  readonly netnsId: NetnsId;
  /** In whose namespace it listens; null: the node's own. */
  readonly pod: { readonly id: PodId; readonly name: string } | null;
  readonly namespace: { readonly pid: number; readonly inode: number } | null;
  /** Null: all of the namespace's. */
  readonly device: Pick<InterfaceEntity, 'name' | 'ifindex' | 'mac'> | null;
  readonly addresses: readonly string[];
  readonly snaplen: number;
}

/** Where something should be captured and cannot be, as far as the topology tells. */
export interface ImpossibleCapture {
  readonly place: string;
  readonly nodeLabel: string;
  readonly pod: { readonly id: PodId; readonly name: string } | null;
  readonly sentence: string;
}

export interface CapturePlan {
  readonly captures: readonly PlannedCapture[];
  readonly impossible: readonly ImpossibleCapture[];
  readonly sentences: readonly string[];
}

export interface PlanInput {
  readonly topology: Topology;
  readonly pod: PodEntity;
  /** All of the cluster file, in its order. */
  readonly nodes: readonly { readonly label: string; readonly connected: boolean }[];
  /** Pods seen in packets with the watched one, the first seen first. */
  readonly peers: readonly PodId[];
  /** Places whose tcpdump cannot listen to all interfaces at once. */
  readonly interfaceByInterface: ReadonlySet<string>;
}

export function planCaptures({ topology, pod, nodes, peers, interfaceByInterface }: PlanInput): CapturePlan {
  const captures: PlannedCapture[] = [];
  const impossible: ImpossibleCapture[] = [];
  const sentences: string[] = [];
  const living = livingNodes(topology);
  const labelOf = (one: PodEntity): string | null => topology.nodes[one.nodeId ?? '']?.label ?? null;

  const others = [...new Set(peers)].flatMap((id): PodEntity[] => {
    const peer = topology.pods[id];
    return peer === undefined || peer.id === pod.id || isOver(peer) || peer.hostNetwork ? [] : [peer];
  });
  const followed = others.slice(0, MOST_PEERS);
  if (others.length > MOST_PEERS) {
    const rest = others.slice(MOST_PEERS).map(({ name }) => name);
    sentences.push(
      `At most ${MOST_PEERS} peers are captured from inside at a time; ${listed(rest)} ${rest.length === 1 ? 'is' : 'are'} seen at the nodes only.`,
    );
  }

  const holders = [pod, ...followed].flatMap((one) => labelOf(one) ?? []);
  const inOrder = [
    ...nodes
      .filter(({ label }) => holders.includes(label))
      .sort((a, b) => holders.indexOf(a.label) - holders.indexOf(b.label)),
    ...nodes.filter(({ label, connected }) => !holders.includes(label) && connected),
    ...nodes.filter(({ label, connected }) => !holders.includes(label) && !connected),
  ];
  const left = inOrder.slice(MOST_NODES).map(({ label }) => label);
  if (left.length > 0) {
    sentences.push(
      `At most ${MOST_NODES} nodes are captured at a time; ${listed(left)} ${left.length === 1 ? 'is' : 'are'} not.`,
    );
  }
  if (pod.nodeName !== null && labelOf(pod) === null) {
    sentences.push(
      `${pod.name} runs on ${pod.nodeName}, which was not read as one of this cluster file’s nodes: neither its inside nor its host end is captured.`,
    );
  }
  if (pod.hostNetwork) {
    sentences.push(
      `${pod.name} is on its node’s network: what is captured is all that has the node’s address, not this Pod’s packets alone.`,
    );
  }

  const chosen = new Set<string>();
  for (const { label } of inOrder.slice(0, MOST_NODES)) {
    const node = living.get(label);
    chosen.add(label);
    // A node that was never read cannot be captured; its own state says why.
    if (node === undefined) continue;
    const host = topology.interfaces[pod.hostInterfaceId ?? ''];
    const own = rootDevices(topology, node);
    const devices = interfaceByInterface.has(label) ? separately(node, host, own) : [null];
    if (interfaceByInterface.has(label)) {
      const names = devices.flatMap((one) => one?.name ?? []);
      sentences.push(
        `tcpdump on ${label} cannot tell interfaces apart (version 4.99 can): captured there is ${names.length === 0 ? 'nothing' : `${listed(names)} only`}.`,
      );
    }
    for (const device of devices) {
      captures.push(planned({ label, node, device, pod: null, namespace: null, netnsId: node.rootNetns }));
    }
    if (devices.length === 0) {
      const sentence = `Nothing is captured at ${label}: ${noInterfaceYet}`;
      impossible.push({ place: label, nodeLabel: label, pod: null, sentence });
    }
  }
  for (const one of pod.hostNetwork ? followed : [pod, ...followed]) {
    const label = labelOf(one);
    const node = label === null ? undefined : living.get(label);
    if (label === null || node === undefined || !chosen.has(label)) continue;
    const place = `${label}/${one.id}`;
    const inside = { id: one.id, name: one.name };
    const netns = topology.netns[one.netnsId ?? ''];
    if (netns === undefined || netns.process === null || netns.root) {
      const why = node.unread.insidesOfPods ?? `its process was not found on ${label}`;
      impossible.push({
        place,
        nodeLabel: label,
        pod: inside,
        sentence: `The inside of ${one.name} is not captured: ${why.replace(/\.$/, '')}.`,
      });
      continue;
    }
    const { id: netnsId, inode, process } = netns;
    const own = topology.interfaces[one.podInterfaceId ?? ''];
    const devices = interfaceByInterface.has(place) ? (own === undefined ? [] : [own]) : [null];
    for (const device of devices) {
      captures.push(
        planned({ label, node, device, pod: inside, namespace: { pid: process.pid, inode }, netnsId }),
      );
    }
    if (devices.length === 0) {
      const sentence = `The inside of ${one.name} is not captured: ${noInterfaceYet}`;
      impossible.push({ place, nodeLabel: label, pod: inside, sentence });
    }
  }
  return { captures, impossible, sentences };

  function planned(at: {
    label: string;
    node: NodeEntity;
    device: InterfaceEntity | null;
    pod: PlannedCapture['pod'];
    namespace: PlannedCapture['namespace'];
    netnsId: NetnsId;
  }): PlannedCapture {
    const place = at.pod === null ? at.label : `${at.label}/${at.pod.id}`;
    const tunnelled = rootDevices(topology, at.node).some(({ role }) => role === 'tunnel');
    // What is inside a Pod's own namespace is not in the node's tunnels.
    const snaplen = at.pod === null && tunnelled ? SNAPLEN.tunnel : SNAPLEN.plain;
    const device =
      at.device === null ? null : { name: at.device.name, ifindex: at.device.ifindex, mac: at.device.mac };
    return {
      key: JSON.stringify([at.netnsId, at.namespace?.pid, at.device?.id, pod.ips, snaplen]),
      place,
      nodeLabel: at.label,
      netnsId: at.netnsId,
      pod: at.pod,
      namespace: at.namespace,
      device,
      addresses: pod.ips,
      snaplen,
    };
  }
}

/** It has ended, or is there in Kubernetes' list only. */
function isOver({ until, phase }: PodEntity): boolean {
  return until !== null || phase === 'Succeeded' || phase === 'Failed';
}

/**
 * What became of the Pod that is watched: itself as it is now, under its name where it had none before; null when it
 * ended or was replaced.
 */
export function watchedPod(topology: Topology, last: PodEntity): PodEntity | null {
  const now = topology.pods[last.id];
  if (now !== undefined) return isOver(now) ? null : now;
  if (last.namespace !== null || last.netnsId === null) return null;
  return Object.values(topology.pods).find((one) => one.netnsId === last.netnsId && !isOver(one)) ?? null;
}

/** Who took the place of a Pod that is gone: one of its name, perhaps on another node and not ready yet; null: nobody has. */
export function heirOf(topology: Topology, { id, namespace, name }: PodEntity): PodEntity | null {
  if (namespace === null) return null;
  const heirs = Object.values(topology.pods).filter(
    (one) => one.namespace === namespace && one.name === name && one.id !== id && !isOver(one),
  );
  return heirs[0] ?? null;
}

/** Since when the Pod is gone, by its node's clock, where the topology says it. */
export function goneSince(topology: Topology, last: PodEntity): NodeTime | null {
  return topology.pods[last.id]?.until ?? null;
}

function livingNodes(topology: Topology): ReadonlyMap<string, NodeEntity> {
  const byLabel = new Map<string, NodeEntity>();
  for (const node of Object.values(topology.nodes)) {
    if (node.until !== null) continue;
    const known = byLabel.get(node.label);
    if (known === undefined || isBefore(known.since, node.since)) byLabel.set(node.label, node);
  }
  return byLabel;
}

/** Living NICs and tunnels of a node's own namespace, in the order of their numbers. */
function rootDevices({ interfaces }: Topology, { rootNetns }: NodeEntity): InterfaceEntity[] {
  return interfacesIn(interfaces, rootNetns)
    .filter(({ role, until }) => until === null && (role === 'tunnel' || role === 'nic'))
    .sort((a, b) => a.ifindex - b.ifindex);
}

/** The Pod's host end, where it is here, and the NICs. */
function separately(
  node: NodeEntity,
  host: InterfaceEntity | undefined,
  devices: readonly InterfaceEntity[],
): InterfaceEntity[] {
  const nics = devices.filter(({ role }) => role === 'nic');
  const here = host?.nodeId === node.id && host.until === null ? [host] : [];
  return [...here, ...nics].slice(0, MOST_INTERFACES);
}

function listed(names: readonly string[]): string {
  const said = names.slice(0, MOST_NAMES);
  const rest = names.length - said.length;
  if (rest > 0) return `${said.join(', ')} and ${rest} more`;
  return said.length < 2 ? said.join('') : `${said.slice(0, -1).join(', ')} and ${said.at(-1) ?? ''}`;
}
