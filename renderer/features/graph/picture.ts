// What the graph shows, before anything has a place: the topology and the session reduced to
// regions, cards, ports, plates, wires and arcs. Pure.
import type { Selection } from '../../state/selection.ts';

export type Tone = 'plain' | 'ok' | 'warn' | 'bad' | 'faint' | 'bgp';

export interface GraphTag {
  readonly text: string;
  readonly tone: Tone;
  /** In the summary: times instead of ages, since what is read out must not change every second. */
  readonly said: string;
  readonly age: GraphAge | null;
}

/** "stale since" + 12 s, "waiting ·" + 19 s + " old": never part of the picture, since it moves by itself. */
export interface GraphAge {
  /** ms since the epoch, our clock. */
  readonly since: number;
  readonly after: string;
}

export type Presence = 'steady' | 'appearing' | 'ended';

export interface GraphPod {
  readonly id: string;
  readonly name: string;
  readonly namespace: string | null;
  readonly address: string;
  readonly podInterface: { readonly id: string; readonly name: string } | null;
  readonly hostInterface: { readonly id: string; readonly name: string } | null;
  readonly tone: Tone;
  /** What is out of the ordinary, in a few words; empty when nothing is. */
  readonly remark: string;
  readonly presence: Presence;
}

/** An interface of the node's own namespace, drawn at the rim. */
export interface GraphPort {
  readonly id: string;
  readonly name: string;
  readonly nic: boolean;
  readonly down: boolean;
  /** A port that nothing needs (docker0 down) is dim, not red. */
  readonly idle: boolean;
  readonly mtu: number | null;
  /** What is odd about it, in a few words; empty when nothing is. */
  readonly remark: string;
  /** The wire it is on: a subnet such as 10.12.0.0/16; null when it has no address. */
  readonly wire: string | null;
}

export interface GraphRoute {
  readonly dst: string;
  readonly via: string;
  /** "bird · Mesh_10_12_22_152". */
  readonly owner: string;
  /** "stale", "kept": no session renews it any more; empty when one does. */
  readonly remark: string;
  readonly tone: Tone;
}

export interface GraphNode {
  /** The node's id in the topology, or `label:…` while it has never answered. */
  readonly id: string;
  readonly known: boolean;
  readonly label: string;
  readonly address: string;
  /** What makes its Pod network, "Calico · VXLAN"; empty when nothing tells. */
  readonly network: string;
  readonly tone: Tone;
  readonly tags: readonly GraphTag[];
  /** Facts that are no longer renewed are drawn dimmed. */
  readonly dimmed: boolean;
  readonly pods: readonly GraphPod[];
  /** All its Pods with a namespace of their own, shown or folded away. */
  readonly podCount: number;
  readonly hostNetworkPods: number;
  readonly ports: readonly GraphPort[];
  readonly routes: readonly GraphRoute[];
  readonly hiddenRoutes: number;
  /** Why its routes are not known; null when they are, so that none means none. */
  readonly routesUnread: string | null;
}

export interface GraphArc {
  readonly id: string;
  readonly a: string;
  readonly b: string;
  readonly tone: Tone;
  readonly label: string;
  /** Since when and how many prefixes; what either end says when something is wrong. */
  readonly details: readonly string[];
  readonly selects: Selection;
}

export interface Picture {
  readonly nodes: readonly GraphNode[];
  readonly wires: readonly { readonly network: string; readonly members: number }[];
  readonly arcs: readonly GraphArc[];
  /** So many sessions that healthy ones are drawn only for the node in focus. */
  readonly crowded: boolean;
  /** Sessions that are fine and not drawn for that. */
  readonly hiddenArcs: number;
}
