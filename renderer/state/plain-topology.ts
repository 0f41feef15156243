// Names come from nodes: an interface may be called something with U+202E, which turns the text after it around. Made
// plain where main's messages enter, they are plain in every view, tooltip and copied text. Evidence stays raw.
import { plainText } from '../../app/plain-text.ts';
import type { Topology, TopologyPatch } from '../../app/topology/model.ts';
import { isWhole, mended } from '../bridge/plain.ts';

export function plainTopology({ evidence, events, warnings, ...rest }: Topology): Topology {
  const { schema, cluster, revision, ...tables } = rest;
  const common = { schema, cluster, revision, events: plain(events), warnings: plain(warnings) };
  return { ...common, ...plainTables(tables), evidence };
}

export function plainPatch({ upsert, ...rest }: TopologyPatch): TopologyPatch {
  const { evidence, ...tables } = upsert;
  const next = plainTables(tables);
  return { ...plain(rest), upsert: evidence === undefined ? next : { ...next, evidence } };
}

function plainTables<T extends object>(tables: T): T {
  return Object.fromEntries(
    Object.entries(tables).map(([name, table]: [string, object]) => [name, plainTable(table)]),
  ) as T;
}

/** Ids hold names, so they are made plain as well, where they are keys and where they lead. */
function plainTable(table: object): object {
  const entries = Object.entries(table);
  if (entries.every(([id, entity]) => isPlain(id) && isPlain(entity))) return table;
  return Object.fromEntries(entries.map(([id, entity]) => [plainText(id), plain(entity)]));
}

function plain<T>(value: T): T {
  return mended(value, plainText);
}

function isPlain(value: unknown): boolean {
  return isWhole(value, plainText);
}
