// What was pasted from inside a Pod (`kubectl exec … ip a`): on its node, the network namespace that a live node would have shown.
import type { EvidenceId, Link, LinkAddresses } from '../probe/facts.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { sha1Hex } from '../topology/sha1.ts';
import { derivedMeta, nothing } from './node-steps.ts';
import { headOf, pieceReading, type PieceReading } from './piece-snapshot.ts';
import { textOf } from './piece-snapshot.ts';
import type { Piece } from './scan.ts';

export interface PodInside {
  readonly namespace: string | null;
  readonly pod: string;
  readonly node: string;
  readonly links: readonly Link[];
  readonly reading: PieceReading;
  readonly piece: Piece;
}

/** Null when the piece shows no devices. */
export function podInside(
  piece: Piece,
  home: { readonly name: string; readonly namespace: string | null; readonly node: string },
  evidenceId: EvidenceId,
): PodInside | null {
  const context = { label: home.node, evidenceId, meta: derivedMeta(home.node) };
  const read = pieceReading(piece, context);
  if (read?.ok !== true || (read.value.snapshot.links?.value ?? null) === null) return null;
  const { links, addresses } = read.value.snapshot;
  const numbered =
    links?.value?.map((link) => ({
      ...link,
      peerIfindex: link.peerIfindex ?? numberOfOther(piece, link.name),
    })) ?? [];
  const head = headOf(piece, context, textOf(piece));
  const number = numberOf(`${home.namespace ?? ''}/${home.name}`);
  const snapshot: NodeSnapshot = {
    ...nothing(home.node, context.meta, piece.at),
    evidence: [head],
    netns: {
      state: 'ok',
      evidence: [head.id],
      at: head.at,
      sentence: null,
      value: {
        // Neither inode nor process was pasted: a number made of the Pod's name stands for both.
        namespaces: [{ inode: number, process: { pid: number, comm: home.name, startTicks: 0 } }],
        named: [],
        hiddenProcesses: 0,
      },
    },
    pods: {
      // Others may run there: that no namespace has their address contradicts nothing.
      state: 'truncated',
      evidence: [head.id],
      at: head.at,
      sentence: `Of the Pods on ${home.node} only those are seen from inside of which ip addr was pasted.`,
      value: [remoteOf(number, numbered, addresses?.value ?? [])],
    },
  };
  return {
    namespace: home.namespace,
    pod: home.name,
    node: home.node,
    links: numbered,
    piece,
    reading: { snapshot, whole: false, wholeLists: new Set(), everyFamily: false, collected: false },
  };
}

/** BusyBox's `eth0@if5` is good, too: no device of this namespace can be meant by a bare number. */
function numberOfOther({ lines }: Piece, name: string): number | null {
  for (const { text } of lines) {
    const [, device, number] = /^\d{1,9}: (\S{1,40}?)@if(\d{1,9}): </.exec(text) ?? [];
    if (device === name) return Number(number);
  }
  return null;
}

function remoteOf(pid: number, links: readonly Link[], addresses: readonly LinkAddresses[]) {
  const of = new Map(addresses.map((one) => [one.name, one.addresses]));
  return {
    pid,
    links: links.map(({ name, ifindex, peerIfindex, mtu, mac, operstate, adminUp, carrier }) => ({
      name,
      ifindex: ifindex > 0 ? ifindex : null,
      peerIfindex,
      mtu,
      mac,
      operstate,
      adminUp,
      carrier,
      addresses: of.get(name) ?? [],
    })),
    addresses: links
      .filter(({ kind }) => kind !== 'loopback')
      .flatMap(({ name }) => of.get(name) ?? [])
      .filter(({ scope }) => scope === 'global' || scope === 'site')
      .map(({ address }) => address),
  };
}

/** Below 2^31, as inodes and pids of live nodes are not both. */
function numberOf(name: string): number {
  return Number.parseInt(sha1Hex(`pasted ${name}`).slice(0, 7), 16) + 1;
}
