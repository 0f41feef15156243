// Every BGP session from both its sides, and the sessions that are missing. Silent where a cluster is healthy: one side
// passive, a mesh that is switched off, reflectors with their clients, nodes that are gone (FIELD-NOTES §8).
import { bgpEnds } from './bgp-ends.ts';
import { bgpDisagreement } from './bgp-agreement.ts';
import { bgpIntent, type BgpIntent } from './bgp-intent.ts';
import { judgeBgpPair } from './bgp-judgement.ts';
import type { Inventory } from '../probe/inventory.ts';
import type {
  BgpMatrix,
  BgpMatrixEnd,
  BgpMatrixNode,
  BgpMatrixPair,
  BgpMatrixSide,
  UnjudgedPair,
} from './bgp-matrix-model.ts';
import type { NodeReading } from './input.ts';
import type { NodeEntity, Topology } from './model.ts';

export function bgpMatrix(
  topology: Topology,
  readings: ReadonlyMap<string, NodeReading>,
  inventory: Inventory | null,
): BgpMatrix {
  const intent = bgpIntent(inventory);
  const living = Object.values(topology.nodes).filter(({ until }) => until === null);
  const ends = bgpEnds(topology, readings);
  const nodes = living.map((node) => nodeOf(node, ends, readings, intent));
  const pairs = pairsOf(topology, ends).map((pair) => judgeBgpPair(pair, topology));
  const mesh = meshOf(ends, intent);
  const gaps = mesh.on === true ? gapsOf(nodes, pairs) : [];
  const trouble = (id: string): number =>
    pairs.filter(({ wrong, sides }) => wrong && sides.some(({ nodeId }) => nodeId === id)).length +
    gaps.filter(({ sides }) => sides.some(({ nodeId }) => nodeId === id)).length;
  return {
    nodes: nodes
      .filter(({ state, nodeId }) => state !== 'absent' || ends.some((end) => end.nodeId === nodeId))
      .sort((a, b) => trouble(b.nodeId) - trouble(a.nodeId) || byName(a.label, b.label)),
    // By what people call them: ids hold host keys.
    pairs: pairs.sort(
      (a, b) => Number(b.wrong) - Number(a.wrong) || byName(namesOf(a), namesOf(b)) || byName(a.id, b.id),
    ),
    gaps,
    mesh,
    wrong: pairs.filter(({ wrong }) => wrong).length + gaps.length,
  };
}

function namesOf({ sides, family }: BgpMatrixPair): string {
  return `${sides[0].name} ${sides[1].name} ${family}`;
}

function byName(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function nodeOf(
  node: NodeEntity,
  ends: readonly BgpMatrixEnd[],
  readings: ReadonlyMap<string, NodeReading>,
  intent: BgpIntent,
): BgpMatrixNode {
  const snapshot = readings.get(node.label)?.snapshot ?? null;
  const reading = snapshot?.bird ?? null;
  const own = ends.filter(({ nodeId }) => nodeId === node.id);
  const daemon = reading?.value?.daemons[0];
  const told = intent.clusterIds.get(node.kubernetesName ?? '');
  const seen = ends
    .filter(({ neighbourAddress }) => neighbourAddress !== null && node.addresses.includes(neighbourAddress))
    .flatMap((end) => clusterIdsFrom(end, readings.get(end.nodeLabel)));
  return {
    nodeId: node.id,
    label: node.label,
    address: node.addresses[0] ?? null,
    as: daemon?.as ?? own.find(({ localAs }) => localAs !== null)?.localAs ?? null,
    daemon: daemonName(node.bird.version),
    routerId: daemon?.routerId ?? null,
    lastReconfiguration: daemon?.lastReconfiguration ?? null,
    state: node.bird.state,
    sentence: node.bird.sentence ?? reading?.sentence ?? null,
    reflector: own.some(({ reflects }) => reflects) || told !== undefined,
    disagreement: bgpDisagreement(snapshot),
    clusterIds: [...new Set([...(told === undefined ? [] : [told]), ...seen])],
  };
}

function daemonName(version: string | null): string | null {
  return version === null || version === 'GoBGP' ? version : `BIRD ${version}`;
}

/** A reflector tells its cluster id nowhere, but puts it in front of what it reflects (RFC 4456 §8). */
function clusterIdsFrom({ name }: BgpMatrixEnd, reading: NodeReading | undefined): string[] {
  const routes = reading?.snapshot.bird?.value?.routes?.routes ?? [];
  return routes
    .filter(({ protocol }) => protocol === name)
    .flatMap(({ clusterList }) => clusterList.slice(0, 1));
}

/** The sides of one session name each other's addresses; between two nodes there is one a family, or several. */
function pairsOf(topology: Topology, ends: readonly BgpMatrixEnd[]): UnjudgedPair[] {
  const owners = new Map<string, NodeEntity>();
  for (const node of Object.values(topology.nodes))
    if (node.until === null) for (const address of node.addresses) owners.set(address, node);
  const peerOf = ({ sessionId, neighbourAddress }: BgpMatrixEnd): NodeEntity | undefined => {
    const peer = topology.nodes[topology.bgp[sessionId]?.peerNodeId ?? ''];
    return peer?.until === null ? peer : owners.get(neighbourAddress ?? '');
  };
  const between = new Map<string, BgpMatrixEnd[]>();
  const key = (from: string, to: string, family: 4 | 6): string => `${from} ${to} ${family}`;
  for (const end of ends) {
    const peer = peerOf(end);
    if (peer === undefined) continue;
    const at = key(end.nodeId, peer.id, familyOf(end));
    between.set(at, [...(between.get(at) ?? []), end]);
  }
  const taken = new Set<string>();
  return ends.flatMap((end): UnjudgedPair[] => {
    if (taken.has(end.sessionId)) return [];
    taken.add(end.sessionId);
    const peer = peerOf(end);
    const family = familyOf(end);
    const candidates = peer === undefined ? [] : (between.get(key(peer.id, end.nodeId, family)) ?? []);
    const free = candidates.filter(({ sessionId }) => !taken.has(sessionId));
    const other =
      free.find(
        (one) => one.neighbourAddress === end.localAddress && one.localAddress === end.neighbourAddress,
      ) ??
      free[0] ??
      null;
    if (other !== null) taken.add(other.sessionId);
    const own: BgpMatrixSide = { nodeId: end.nodeId, name: end.nodeLabel };
    const far: BgpMatrixSide =
      peer === undefined
        ? { nodeId: null, name: end.neighbourAddress ?? end.name }
        : { nodeId: peer.id, name: peer.label };
    const turned = far.nodeId !== null && byName(far.name, own.name) < 0;
    return [
      {
        id: end.sessionId,
        family,
        sides: turned ? [far, own] : [own, far],
        ends: turned ? [other, end] : [end, other],
      },
    ];
  });
}

function familyOf({ neighbourAddress }: BgpMatrixEnd): 4 | 6 {
  return neighbourAddress?.includes(':') === true ? 6 : 4;
}

function meshOf(ends: readonly BgpMatrixEnd[], { mesh }: BgpIntent): BgpMatrix['mesh'] {
  if (mesh !== null)
    return {
      on: mesh,
      sentence: `Calico’s BGPConfiguration says that the node-to-node mesh is ${mesh ? 'on' : 'off'}.`,
    };
  if (ends.length === 0) return { on: null, sentence: 'No BGP session is known.' };
  // Calico's names (confd's bird.cfg.template).
  const meshed = ends.filter(({ name }) => name.startsWith('Mesh_')).length;
  if (meshed > 0)
    return {
      on: true,
      sentence: `The node-to-node mesh is taken to be on: ${meshed} sessions are named Mesh_… (no BGPConfiguration was read).`,
    };
  return {
    on: false,
    sentence:
      'The node-to-node mesh is taken to be off: no session is named Mesh_… (no BGPConfiguration was read).',
  };
}

/** Calico leaves reflectors out of its mesh: who has a cluster id peers by BGPPeer. */
function gapsOf(nodes: readonly BgpMatrixNode[], pairs: readonly BgpMatrixPair[]): BgpMatrix['gaps'] {
  const meshed = nodes.filter(({ state, reflector }) => state === 'running' && !reflector);
  const joined = new Set(pairs.map(({ sides }) => pairKey(sides[0].nodeId, sides[1].nodeId)));
  return meshed.flatMap((one, at) =>
    meshed.slice(at + 1).flatMap((other): BgpMatrix['gaps'] =>
      joined.has(pairKey(one.nodeId, other.nodeId))
        ? []
        : [
            {
              sides: [
                { nodeId: one.nodeId, name: one.label },
                { nodeId: other.nodeId, name: other.label },
              ],
              sentence: `${one.label} and ${other.label} have no session with each other, though the mesh is on.`,
            },
          ],
    ),
  );
}

function pairKey(one: string | null, other: string | null): string {
  return [one, other].sort().join(' ');
}
