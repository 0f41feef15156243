// What is known, as it would be if what stops packets let them pass: the same facts with a rule that accepts, a setting that forwards, or
// without the route that refuses. What lies behind on the same way is then seen as well.
import type { FirewallReading, FirewallRule } from '../../probe/firewall-facts.ts';
import type { NodeSnapshot } from '../../probe/snapshot.ts';
import { routeText } from '../../route/route-text.ts';
import type { NodeReading } from '../../topology/input.ts';
import type { TraceKnown } from '../../trace/known.ts';
import type { TraceRule } from '../../trace/model.ts';
import { withRoutes } from '../what-if/changed-facts.ts';
import { isForeign } from './rule-kinds.ts';
import type { PathReason, Stop } from './stopped-path.ts';

export interface Lifted {
  readonly known: TraceKnown;
  /** Those that could be. */
  readonly lifted: readonly Stop[];
}

/** Without those that can be lifted: a packet that conntrack takes for nobody’s has lost its way before, and so may one that a program of the network refuses. */
export function liftedStops(facts: TraceKnown, stops: readonly Stop[]): Lifted {
  // Its own revision: what was made of the facts as they are stays theirs.
  let known: TraceKnown = { ...facts, topology: { ...facts.topology } };
  const lifted = stops.filter((stop) => {
    const next = without(known, stop);
    known = next ?? known;
    return next !== null;
  });
  return { known, lifted };
}

/** Null: it cannot be lifted. */
function without(known: TraceKnown, { reason, hop, step }: Stop): TraceKnown | null {
  if (hop.isPod) return null;
  if (reason === 'forwarding-off') return changed(known, hop.node, forwarding);
  if (reason === 'filter-drop' || reason === 'filter-reject') {
    const rule = step.rules.at(-1);
    return rule === undefined || !isForeign(step)
      ? null
      : changed(known, hop.node, (snapshot) => letPass(snapshot, rule));
  }
  if (step.route === null || !REFUSING.has(reason)) return null;
  const all = known.topology.forwarding[hop.netnsId]?.routes ?? [];
  const others = all.filter((one) => routeText(one) !== step.route?.text);
  return others.length === all.length ? null : withRoutes(known, new Map([[hop.netnsId, others]]));
}

/** A route says no; without it the next best decides. */
export const REFUSING: ReadonlySet<PathReason> = new Set<PathReason>([
  'blackhole',
  'unreachable',
  'prohibit',
]);

function changed(
  known: TraceKnown,
  label: string,
  change: (snapshot: NodeSnapshot) => NodeSnapshot | null,
): TraceKnown | null {
  const reading: NodeReading | undefined = known.readings.get(label);
  const snapshot = reading === undefined ? null : change(reading.snapshot);
  if (reading === undefined || snapshot === null) return null;
  return { ...known, readings: new Map(known.readings).set(label, { ...reading, snapshot }) };
}

/** The base chain lets pass what the rule took; others after it do as they do. */
function letPass(snapshot: NodeSnapshot, by: TraceRule): NodeSnapshot | null {
  const { firewall } = snapshot;
  const value = firewall?.value ?? null;
  if (firewall === null || value === null) return null;
  const tables = value.tables.map((table): FirewallReading['tables'][number] =>
    table.backend !== by.backend || table.family !== by.family || table.name !== by.table
      ? table
      : {
          ...table,
          chains: table.chains.map((chain) =>
            chain.name !== by.chain
              ? chain
              : {
                  ...chain,
                  hook:
                    by.number === 0 && chain.hook !== null ? { ...chain.hook, policy: 'accept' } : chain.hook,
                  rules: chain.rules.map((rule, at) => (at + 1 === by.number ? accepting(rule) : rule)),
                },
          ),
        },
  );
  return { ...snapshot, firewall: { ...firewall, value: { ...value, tables } } };
}

function accepting(rule: FirewallRule): FirewallRule {
  return rule.backend === 'xt'
    ? { ...rule, text: rule.text.replace(/^(|.* )-[jg] .*$/, '$1-j ACCEPT') }
    : { ...rule, expr: [...rule.expr.slice(0, -1), { accept: null }] };
}

function forwarding(snapshot: NodeSnapshot): NodeSnapshot | null {
  const { settings } = snapshot;
  const value = settings?.value ?? null;
  if (settings === null || value === null) return null;
  const sysctls = new Map(
    [...value.sysctls].map(([path, set]) => [
      path,
      /\/(?:ip_)?forwarding$|\/ip_forward$/.test(path) ? '1' : set,
    ]),
  );
  return { ...snapshot, settings: { ...settings, value: { ...value, sysctls } } };
}
