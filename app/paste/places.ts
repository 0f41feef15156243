// Which node or Pod each piece came from. A name in a file name or a prompt is a Pod's if Kubernetes' table has such a Pod, else a
// node's; what nobody named is found by an address that only one node has, or stands for itself.
import { grouped } from '../grouped.ts';
import type { Place } from './command-line.ts';
import type { NodeRow, PodRow } from './kubectl-table.ts';
import { nameOfSource } from './headings.ts';
import type { Piece } from './scan.ts';

export type Home =
  | { readonly kind: 'node'; readonly name: string }
  | {
      readonly kind: 'pod';
      readonly name: string;
      readonly namespace: string | null;
      readonly node: string | null;
    }
  /** Kubernetes' own tables. */
  | { readonly kind: 'cluster' }
  /** Another namespace of a node: its facts are nobody's that is drawn. */
  | { readonly kind: 'inside'; readonly name: string };

export interface KnownNames {
  readonly pods: readonly PodRow[];
  readonly nodes: readonly NodeRow[];
  /** Pieces that are Kubernetes' own. */
  readonly own: ReadonlySet<Piece>;
}

export function homesOf(
  pieces: readonly Piece[],
  { pods, nodes, own }: KnownNames,
): ReadonlyMap<Piece, Home> {
  const podsByName = grouped(pods, ({ name }) => name);
  const nodeNames = new Set([...nodes.map(({ name }) => name), ...pods.flatMap(({ node }) => node ?? [])]);
  const nodeOfAddress = new Map(nodes.flatMap(({ name, addresses }) => addresses.map((one) => [one, name])));
  const nodeNamed = (name: string): string => {
    if (nodeNames.has(name)) return name;
    const short = name.split('.')[0] ?? name;
    const [found, second] = [...nodeNames].filter(
      (one) => one.split('.')[0] === short || one.endsWith(`-${short}`),
    );
    return found !== undefined && second === undefined ? found : (nodeOfAddress.get(name) ?? name);
  };
  const sources = new Set(pieces.map(({ source }) => source));
  const podNamed = (name: string, namespace: string | null): Home | null => {
    const [pod] = (podsByName.get(name) ?? []).filter(
      (one) => namespace === null || (one.namespace ?? 'default') === namespace,
    );
    return pod === undefined ? null : { kind: 'pod', name, namespace: pod.namespace, node: pod.node };
  };
  const homeOf = (place: Place, piece: Piece): Home => {
    if (own.has(piece)) return { kind: 'cluster' };
    switch (place.kind) {
      case 'pod':
        return (
          podNamed(place.name, place.namespace) ?? {
            kind: 'pod',
            name: place.name,
            namespace: place.namespace,
            node: null,
          }
        );
      case 'inside':
        return podNamed(place.name, null) ?? { kind: 'inside', name: place.name };
      case 'named': {
        // A hostNetwork Pod's prompt names the node.
        if (nodeNames.has(place.name)) return { kind: 'node', name: place.name };
        const found =
          podNamed(place.name, null) ??
          (looksInside(piece)
            ? { kind: 'pod' as const, name: place.name, namespace: null, node: null }
            : null);
        return found ?? { kind: 'node', name: nodeNamed(place.name) };
      }
      case 'unsaid':
        return {
          kind: 'node',
          name:
            provenName(place.source, pieces, nodeOfAddress, pods) ??
            nodeNamed(nameOfSource(place.source, sources)),
        };
    }
  };
  const unsaid = new Map<string, Home>();
  return new Map(
    pieces.map((piece) => {
      const { place } = piece;
      if (place.kind !== 'unsaid' || own.has(piece)) return [piece, homeOf(place, piece)];
      const home = unsaid.get(place.source) ?? homeOf(place, piece);
      unsaid.set(place.source, home);
      return [piece, home];
    }),
  );
}

/** A container: a lone eth0 whose other end is elsewhere, with an address of its own alone. */
function looksInside({ kind, lines }: Piece): boolean {
  if (kind !== 'ip-addr') return false;
  const text = lines.map((line) => line.text).join('\n');
  const devices = [...text.matchAll(/^\d+: (\S+?)(?:@\S+)?: </gm)]
    .map((match) => match[1] ?? '')
    .filter((name) => !/^(?:lo|tunl0|ip6tnl0|sit0)$/.test(name));
  return devices.length === 1 && /^\d+: eth0@if\d+: </m.test(text) && /^\s+inet \S+\/32 /m.test(text);
}

/** By an address that only one node has. */
function provenName(
  source: string,
  pieces: readonly Piece[],
  nodeOfAddress: ReadonlyMap<string, string>,
  pods: readonly PodRow[],
): string | null {
  const own = pieces.filter(({ place }) => place.kind === 'unsaid' && place.source === source);
  for (const { kind, lines } of own) {
    if (kind !== 'ip-addr' && kind !== 'ifconfig') continue;
    for (const { text } of lines) {
      const address = /^\s+inet6? (?:addr:)?([0-9a-f.:]+)/.exec(text)?.[1];
      const node = address === undefined ? undefined : nodeOfAddress.get(address);
      if (node !== undefined) return node;
    }
  }
  // The node whose routes lead to a Pod by a device of its own has that Pod.
  for (const { kind, lines } of own) {
    if (kind !== 'route-n' && kind !== 'ip-route') continue;
    for (const { text } of lines) {
      const [address = ''] = text.split(/[\s/]/);
      const node = /\bcali[0-9a-f]{11}\b/.test(text) ? pods.find(({ ip }) => ip === address)?.node : null;
      if (node !== null && node !== undefined) return node;
    }
  }
  return null;
}
