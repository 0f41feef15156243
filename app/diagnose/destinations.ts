// Where a node's kernel sends an address, by its rules and all its tables (app/route).
import { parseAddress, type Address } from '../route/address.ts';
import { devicesOf } from '../route/devices.ts';
import { Fib, type FibAnswer } from '../route/fib.ts';
import { NO_FIELDS } from '../route/flow.ts';
import type { DiagnosedNode } from './cluster.ts';

const known = new WeakMap<DiagnosedNode, Partial<Record<4 | 6, Fib>>>();

function fibOf(node: DiagnosedNode, family: 4 | 6): Fib | null {
  const { snapshot } = node;
  const read = family === 4 ? snapshot.routes4 : snapshot.routes6;
  if ((read?.value ?? null) === null) return null;
  const before = known.get(node) ?? {};
  const rules = (family === 4 ? snapshot.rules4 : snapshot.rules6)?.value ?? [];
  const fib = before[family] ?? new Fib(family, node.routes, rules, devicesOf(snapshot.links?.value ?? []));
  known.set(node, { ...before, [family]: fib });
  return fib;
}

/** Null where its routes were not read, or that is no address. */
export function destination(node: DiagnosedNode, text: string): FibAnswer | null {
  const address: Address | null = parseAddress(text);
  const fib = address === null ? null : fibOf(node, address.family);
  return address === null || fib === null ? null : fib.lookup({ ...NO_FIELDS, dst: address });
}

/** As `destination`, of a packet from there that comes in by `iif`; null: it is sent by the node itself. */
export function decision(
  node: DiagnosedNode,
  { from, to, iif }: { readonly from: string; readonly to: string; readonly iif: string | null },
): FibAnswer | null {
  const [src, dst] = [parseAddress(from), parseAddress(to)];
  const fib = dst === null ? null : fibOf(node, dst.family);
  if (dst === null || fib === null) return null;
  return fib.lookup({ ...NO_FIELDS, dst, ...(src?.family === dst.family ? { src } : {}), iif });
}

/** By which device it leaves; of several paths all of them. None: it does not leave. */
export function waysOut(answer: FibAnswer): string[] {
  if (answer.kind !== 'route') return [];
  const { dev, nexthops } = answer.route;
  return nexthops.length > 0 ? nexthops.map((hop) => hop.dev) : dev === null ? [] : [dev];
}
