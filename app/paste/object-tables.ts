// Which tables of objects are known, and how their rows become objects. One more: a file in tables/, and its line here.
import type { ReadObject } from './kubernetes-objects.ts';
import type { PastedLine } from './pasted-text.ts';
import { calicoBgpConfigurations, calicoBgpPeers } from './tables/calico-bgp.ts';
import { calicoBlocks } from './tables/calico-blocks.ts';
import { calicoEndpoints } from './tables/calico-endpoints.ts';
import { calicoNodes } from './tables/calico-nodes.ts';
import { calicoPools } from './tables/calico-pools.ts';
import { endpointSlices } from './tables/endpoint-slices.ts';
import { endpoints } from './tables/endpoints.ts';
import { networkPolicies } from './tables/network-policies.ts';
import { services } from './tables/services.ts';
import { cellsUnder, headingOf, rowOf, type Heading, type ObjectTable } from './tables/table.ts';

const tables = {
  services,
  'endpoint-slices': endpointSlices,
  endpoints,
  'network-policies': networkPolicies,
  'calico-pools': calicoPools,
  'calico-nodes': calicoNodes,
  'calico-endpoints': calicoEndpoints,
  'calico-blocks': calicoBlocks,
  'calico-bgp-peers': calicoBgpPeers,
  'calico-bgp-configurations': calicoBgpConfigurations,
} satisfies Record<string, ObjectTable>;

export type ObjectTableKind = keyof typeof tables;

export const OBJECT_TABLES: Readonly<Record<ObjectTableKind, ObjectTable>> = tables;
export const OBJECT_TABLE_KINDS = Object.keys(tables) as readonly ObjectTableKind[];

export function isObjectTable(kind: string): kind is ObjectTableKind {
  return Object.hasOwn(OBJECT_TABLES, kind);
}

/** Whether the line is a heading of that table. */
export function heads(table: ObjectTable, line: string): boolean {
  const heading = headingOf(line);
  return heading !== null && table.isHeading(heading.names);
}

/** @param first of the piece: its heading, where it has one. */
export function isRowOf(table: ObjectTable, line: string, first: string): boolean {
  const heading = lastHeading(first);
  return (
    table.row.test(line) ||
    (heading !== null && table.isHeading(heading.names) && objectsIn(table, heading, line, null) !== null)
  );
}

/** Of a table that has a hundred thousand rows, the heading is looked at once. */
let known: { readonly line: string; readonly heading: Heading | null } = { line: '', heading: null };
function lastHeading(line: string): Heading | null {
  if (known.line !== line) known = { line, heading: headingOf(line) };
  return known.heading;
}

function objectsIn(
  table: ObjectTable,
  heading: Heading | null,
  line: string,
  asked: string | null,
): readonly ReadObject[] | null {
  const cells = heading === null ? null : cellsUnder(heading, line);
  const under = cells === null ? null : rowOf(cells, asked);
  const found = under === null ? null : table.objectsOf(under);
  if (found !== null) return found;
  const groups = Object.entries(table.row.exec(line)?.groups ?? {}) as [string, string | undefined][];
  if (groups.length === 0) return null;
  const alone = rowOf(
    new Map(groups.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]]))),
    asked,
  );
  return alone === null ? null : table.objectsOf(alone);
}

export interface ReadTable {
  readonly objects: readonly ReadObject[];
  readonly unread: readonly PastedLine[];
  /** Neither the table nor the command says a namespace. */
  readonly unsaidNamespace: boolean;
}

/** @param asked the namespace that the command names. */
export function readObjectTable(
  kind: ObjectTableKind,
  lines: readonly PastedLine[],
  asked: string | null,
): ReadTable {
  const table = OBJECT_TABLES[kind];
  const objects: ReadObject[] = [];
  const unread: PastedLine[] = [];
  let heading: Heading | null = null;
  for (const line of lines) {
    const own = headingOf(line.text);
    if (own !== null && table.isHeading(own.names)) heading = own;
    else {
      const found = objectsIn(table, heading, line.text, asked);
      if (found === null) unread.push(line);
      else objects.push(...found);
    }
  }
  const said = asked !== null || heading?.names.has('NAMESPACE') === true;
  return { objects, unread, unsaidNamespace: !said };
}
