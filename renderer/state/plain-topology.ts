// Names come from nodes: an interface may be called something with U+202E, which turns the text after it around. Made
// plain where main's messages enter, they are plain in every view, tooltip and copied text. Evidence stays raw.
import { plainText } from '../../app/plain-text.ts';
import type { Topology, TopologyPatch } from '../../app/topology/model.ts';

export function plainTopology({ evidence, ...rest }: Topology): Topology {
  return { ...plain(rest), evidence };
}

export function plainPatch({ upsert, ...rest }: TopologyPatch): TopologyPatch {
  const { evidence, ...tables } = upsert;
  return { ...plain(rest), upsert: evidence === undefined ? plain(tables) : { ...plain(tables), evidence } };
}

/** The same object where nothing is to be replaced, as nearly always. Keys too: they are ids, which hold names. */
function plain<T>(value: T): T {
  return plainJson(value) as T;
}

function plainJson(value: unknown): unknown {
  if (typeof value === 'string') return plainText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    const next = items.map(plainJson);
    return next.every((item, at) => item === items[at]) ? value : next;
  }
  const before = Object.entries(value);
  const next = before.map(([key, item]) => [plainText(key), plainJson(item)] as const);
  const same = next.every(([key, item], at) => key === before[at]?.[0] && item === before[at][1]);
  return same ? value : Object.fromEntries(next);
}
