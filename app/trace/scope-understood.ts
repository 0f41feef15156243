// The matrix of a scope, by traces alone or by what probes found, and the sentence that it comes to.
import { dropReasons } from '../ledger/drop-reasons.ts';
import type { Topology } from '../topology/model.ts';
import type { TraceKnown } from './known.ts';
import type { RisenCounter, ScopeAnswer, ScopeCell, ShotTold } from './probe-model.ts';
import { arrivedAt, firedOf, momentsOf, type Said, type SaidAround } from './probe-understood.ts';
import { risenCounters, type Moments } from './risen.ts';
import type { ScopeCells, TracedCell } from './scope-cells.ts';
import type { PlannedScope } from './scope-plan.ts';
import { scopeSentence, type Observation, type ScopeNames } from './scope-sentence.ts';

export interface SaidScope {
  readonly scope: ScopeCells;
  readonly planned: PlannedScope;
  /** As `planned.fired`. */
  readonly shots: readonly Said[];
  readonly around: readonly SaidAround[];
}

export type UnderstoodScope = Pick<
  Extract<ScopeAnswer, { ok: true }>,
  'sentence' | 'by' | 'healthy' | 'cells' | 'drops'
>;

/** From traces alone. */
export function scopeOfModel(scope: ScopeCells): UnderstoodScope {
  const observations = scope.cells.flatMap(({ cell }): Observation[] => {
    if (cell.predicted === 'unknown') return [];
    return [{ ...placeOf(cell), passes: cell.predicted === 'delivered' }];
  });
  const failing = scope.cells.find(
    ({ cell }) => cell.predicted === 'dropped' || cell.predicted === 'rejected',
  );
  const why = failing === undefined ? '' : ` ${failing.cell.predictedWhy}`;
  return {
    sentence: `By the model: ${scopeSentence(observations, namesOf(scope))}${why}`,
    by: 'model',
    healthy: observations.length > 0 && observations.every(({ passes }) => passes),
    cells: scope.cells.map(({ cell }) => cell),
    drops: [],
  };
}

export function understandScope(known: TraceKnown, said: SaidScope): UnderstoodScope {
  const { scope, planned, around } = said;
  const moments = momentsOf(known, around);
  const told = new Map<number, ShotTold | string>();
  for (const [index, { node, shots, cells }] of planned.fired.entries()) {
    const output = said.shots[index];
    const fired = output === undefined ? null : firedOf(node, shots, output);
    for (const [at, cell] of cells.entries()) {
      const shot = fired?.ok === true ? fired.value[at] : undefined;
      if (shot !== undefined) told.set(cell, shot);
      else if (fired?.ok === false) told.set(cell, fired.failure);
    }
  }
  const arrived = arrivals(scope, told, moments, known.topology);
  const observations: Observation[] = [];
  const cells = scope.cells.map(({ cell }, index): ScopeCell => {
    const shot = told.get(index);
    if (shot === undefined || typeof shot === 'string') return { ...cell, probedWhy: shot ?? null };
    const found = passesOf(cell, shot);
    if (found === null) return { ...cell, probed: 'unknown', probedWhy: shot.sentence };
    const place = placeOf(cell);
    // An answer came both ways; of one that is lost, the destination’s own counter says which way lost it.
    const came = found ? true : (arrived.get(index) ?? null);
    if (found || came !== null) observations.push({ ...place, passes: came ?? false });
    if (found || came === true)
      observations.push({
        ...place,
        direction: place.direction === 'forth' ? 'back' : 'forth',
        passes: found,
      });
    if (!found && came === null) observations.push({ ...place, passes: false });
    const which =
      found || came === null ? '' : came ? ' It arrived: its answer was lost.' : ' It did not arrive.';
    return { ...cell, probed: found ? 'passes' : 'fails', probedWhy: `${shot.sentence}${which}` };
  });
  const healthy = observations.length > 0 && observations.every(({ passes }) => passes);
  const drops = healthy ? [] : risenCounters(moments, []).filter((one) => one.drops && !isOfClosedPort(one));
  return {
    sentence: `${scopeSentence(observations, namesOf(scope))}${dropsWords(drops)}`,
    by: 'probes',
    healthy,
    cells,
    drops,
  };
}

/** Ports where nobody listens are asked on purpose: what they refuse has arrived. */
function isOfClosedPort({ kind, name }: RisenCounter): boolean {
  const closed = [dropReasons['udp-no-socket'], dropReasons['tcp-no-socket']];
  return kind === 'drop' && closed.some(({ title }) => name.startsWith(title));
}

/** The one that rose most. */
function dropsWords(drops: readonly RisenCounter[]): string {
  const [most] = [...drops].sort((x, y) => y.rose - x.rose);
  return most === undefined
    ? ''
    : ` Meanwhile ${most.name} on ${most.node} rose by ${String(most.rose)} (${most.text}).`;
}

function placeOf({ direction, from, to, proto, size }: ScopeCell): Omit<Observation, 'passes'> {
  return direction === 'forth'
    ? { direction, a: from, b: to, proto, size }
    : { direction, a: to, b: from, proto, size };
}

function namesOf({ from, to, cells }: ScopeCells): ScopeNames {
  return {
    nodeA: from.node,
    nodeB: to.node,
    askedA: from.parties.get('asked')?.name ?? from.node,
    askedB: to.parties.get('asked')?.name ?? to.node,
    port: cells.find(({ cell }) => cell.proto === 'tcp')?.cell.port ?? null,
  };
}

/** Null: it could not be tried. */
function passesOf({ proto, to, direction }: ScopeCell, { end }: ShotTold): boolean | null {
  if (end === 'impossible') return null;
  if (end === 'answered') return true;
  // Nobody listens at the port of whoever was not asked about; of the one that was, a reset is what is wrong.
  if (end === 'refused') return proto === 'udp' || !(to === 'asked' && direction === 'forth');
  return false;
}

/**
 * Of shots that were not answered: whether they arrived, where the destination’s counters of all that it was sent leave no doubt. Echoes
 * and datagrams are counted apart.
 */
function arrivals(
  { cells }: ScopeCells,
  told: ReadonlyMap<number, ShotTold | string>,
  moments: readonly Moments[],
  topology: Topology,
): Map<number, boolean> {
  const groups = new Map<
    string,
    { readonly cell: TracedCell; readonly shot: ShotTold; readonly index: number }[]
  >();
  for (const [index, cell] of cells.entries()) {
    const shot = told.get(index);
    if (shot === undefined || typeof shot === 'string' || shot.kind === 'connect') continue;
    const key = `${shot.kind} ${cell.destination}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push({ cell, shot, index });
  }
  const found = new Map<number, boolean>();
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const at = netnsOf(topology, first.cell.destination);
    const rose = at === null ? null : arrivedAt(moments, topology, at, first.shot.kind, first.cell);
    if (rose === null) continue;
    const came = ({ shot }: (typeof group)[number]): number =>
      shot.end === 'refused' ? shot.sent : shot.answered;
    const sent = group.reduce((sum, { shot }) => sum + shot.sent, 0);
    const answered = group.reduce((sum, one) => sum + came(one), 0);
    const lost = group.filter((one) => came(one) === 0);
    // Of more, somebody else's are among them.
    if (rose === sent) for (const { index } of lost) found.set(index, true);
    else if (rose <= answered) for (const { index } of lost) found.set(index, false);
  }
  return found;
}

function netnsOf({ pods, nodes }: Topology, address: string): string | null {
  const pod = Object.values(pods).find(
    (one) => one.until === null && !one.hostNetwork && one.ips.includes(address),
  );
  if (pod !== undefined) return pod.netnsId;
  const node = Object.values(nodes).find((one) => one.until === null && one.addresses.includes(address));
  return node?.rootNetns ?? null;
}
