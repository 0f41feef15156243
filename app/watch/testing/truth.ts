// What trails say, held against what happened: each sentence is one that is not true.
import type { Trail } from '../model.ts';
import type { Happened } from './traffic.ts';
import type { Unit } from './travels.ts';
import { hopName, type Record, type Seen, type Watch } from './watched.ts';

/** ns: a capture that lost packets, began or ended so near to a packet is no witness. */
const NEAR_NS = 8e9;

export function untrue(happened: Happened, watched: Watch, seen: Seen): readonly string[] {
  const told = [...seen.disorder];
  const trailsOf = new Map<Unit, Trail[]>();
  for (const trail of seen.trails) {
    const units = unitsOf(trail, seen);
    if (units.length === 0) told.push(`a trail of nothing: ${sayTrail(trail, seen)}`);
    for (const unit of units) {
      const here = trailsOf.get(unit);
      if (here === undefined) trailsOf.set(unit, [trail]);
      else here.push(trail);
    }
    // Of like packets of which each was seen where the other was not, nobody knows that they were two.
    if (healthy(watched) || units.every((unit) => likeOf(unit, happened, watched).length === 0))
      told.push(...falseJoins(trail, units, seen));
    told.push(...falseVerdict(trail, units, watched, seen, happened));
  }
  for (const unit of happened.units) {
    const records = seen.all.filter(({ passing, lost }) => !lost && passing.units.includes(unit));
    if (records.length === 0 || (!healthy(watched) && likeOf(unit, happened, watched).length > 0)) continue;
    const trails = trailsOf.get(unit) ?? [];
    told.push(...incomplete(unit, trails, records, watched, seen, happened));
  }
  return told;
}

/** Of a trail that is a range, those of its bytes; of others, those of its first packet. */
function unitsOf(trail: Trail, { records }: Seen): readonly Unit[] {
  const units = records.get(trail.sightings[0]?.number ?? 0)?.passing.units ?? [];
  return units.filter((unit) => !trail.isRange || overlap(trail, unit) > 0);
}

function overlap(trail: Trail, unit: Unit): number {
  const from = (unit.sequence - trail.sequence) | 0;
  return Math.min(from + unit.bytes, trail.bytes) - Math.max(from, 0);
}

function falseJoins(trail: Trail, units: readonly Unit[], seen: Seen): readonly string[] {
  const { records } = seen;
  if (trail.verdict === 'ambiguous') return [];
  // A range is told with the packets that its first byte was in.
  const first = units.find((unit) => !trail.isRange || unit.sequence === trail.sequence) ?? units[0];
  return trail.sightings.flatMap(({ number }) => {
    const at = records.get(number);
    const isOfIt = first !== undefined && at?.passing.units.includes(first) === true;
    return isOfIt ? [] : [`a false join: ${sayTrail(trail, seen)}`];
  });
}

function falseVerdict(
  trail: Trail,
  units: readonly Unit[],
  watched: Watch,
  seen: Seen,
  happened: Happened,
): readonly string[] {
  return units.flatMap((unit): string[] => {
    const say = (what: string): string[] => [`${what}: ${sayTrail(trail, seen)} of ${sayUnit(unit)}`];
    const stepOf = (visit: number): number =>
      unit.path.findIndex((hop) => hopName(hop) === seen.hopOf(visit));
    switch (trail.verdict) {
      case 'delivered':
        if (unit.lostAt === unit.path.length && isTaken(unit, watched, seen, happened)) return [];
        return likeOf(unit, happened, watched).length > 0 && !healthy(watched)
          ? []
          : say('falsely delivered');
      case 'dropped': {
        const [after, before] = [trail.stop?.after, trail.stop?.before].map((visit) => stepOf(visit ?? 0));
        const isTrue =
          after !== undefined &&
          before !== undefined &&
          after >= 0 &&
          after < unit.lostAt &&
          unit.lostAt <= before;
        return isTrue && unit.lostAt < unit.path.length && isTaken(unit, watched, seen, happened)
          ? []
          : say('falsely dropped');
      }
      case 'rejected': {
        const by = seen.records.get(trail.refusal?.number ?? 0)?.passing.units[0];
        const from = hopName(by?.path[0] ?? { place: 0, ifindex: 0, way: 'in' });
        const visit = seen.hopOf(trail.refusal?.visit ?? 0);
        if (by === undefined || by.index !== unit.refusedBy) return say('falsely rejected');
        const isSeen = seen.all.some(
          ({ passing, lost }) => !lost && passing.units.includes(by) && passing.step === 0,
        );
        // Who did not see its beginning says where it was seen first.
        return !isSeen || !healthy(watched) || visit === from ? [] : say(`rejected by another (${visit})`);
      }
      case 'ambiguous':
        return mayBeAmbiguous(unit, trail, seen, happened, watched) ? [] : say('needlessly ambiguous');
      case 'inFlight':
        return say('in flight for ever');
      case 'notCaptured':
      case 'withdrawn':
        return [];
    }
  });
}

function mayBeAmbiguous(unit: Unit, trail: Trail, seen: Seen, happened: Happened, watched: Watch): boolean {
  if (trail.because?.includes('other addresses') === true)
    return (
      happened.network.ends[0].client !== happened.network.ends[1].client ||
      happened.network.ends[0].server !== happened.network.ends[1].server
    );
  // Whose beginning was missed may have been cut from what is missing: nobody knows.
  if (/come out behind|nobody saw it go in/.test(trail.because ?? '')) return !healthy(watched);
  const like = likeOf(unit, happened, watched);
  const whole = (one: Unit): boolean =>
    one.lostAt === one.path.length &&
    seen.all.every(({ passing, lost }) => !lost || !passing.units.includes(one));
  return like.length > 0 && (![unit, ...like].every(whole) || watched.ahead !== 0 || !healthy(watched));
}

/** Nobody refused it, as far as any capture saw. */
function isTaken({ refusedBy }: Unit, watched: Watch, seen: Seen, happened: Happened): boolean {
  return refusedBy === null || (!healthy(watched) && !isSeen(refusedBy, seen, happened));
}

function likeOf(unit: Unit, { units }: Happened, watched: Watch): readonly Unit[] {
  return units.filter(
    (other) =>
      other !== unit &&
      other.label !== '' &&
      (other.label === unit.label || (!healthy(watched) && other.content === unit.content)) &&
      (!unit.isRange || Math.abs((other.sequence - unit.sequence) | 0) < unit.bytes),
  );
}

function healthy({ fates }: Watch): boolean {
  return fates.every(({ from, until, loses }) => from === 0 && until === Infinity && loses === 0);
}

/** All of a unit is told, once; with a verdict that could be known. */
function incomplete(
  unit: Unit,
  trails: readonly Trail[],
  records: readonly Record[],
  watched: Watch,
  seen: Seen,
  happened: Happened,
): readonly string[] {
  const say = (what: string): string[] => [
    `${what}: ${sayUnit(unit)} in ${trails.map((trail) => sayTrail(trail, seen)).join(' and ')}`,
  ];
  const bytes = trails.reduce(
    (sum, trail) => sum + (unit.isRange ? Math.max(0, overlap(trail, unit)) : 1),
    0,
  );
  const unsure = seen.trails.some(
    ({ verdict, sightings: of }) =>
      verdict === 'ambiguous' &&
      of.some(({ number }) => seen.records.get(number)?.passing.units.includes(unit) === true),
  );
  if (bytes !== (unit.isRange ? unit.bytes : 1) && !unsure)
    return say(`told ${String(bytes)} bytes or times`);
  if (unsure || !watched.foretold) return [];
  const sightings = new Set(trails.flatMap((trail) => trail.sightings.map(({ visit }) => seen.hopOf(visit))));
  const missing = records.filter(({ passing }) => !sightings.has(hopName(passing.hop)));
  if (missing.length > 0)
    return say(`without ${missing.map(({ passing }) => hopName(passing.hop)).join(' ')}`);
  const expected = verdictOf(unit, records, watched);
  if (expected === null || trails.every(({ verdict }) => verdict === expected)) return [];
  if (expected === 'rejected' && !isSeen(unit.refusedBy, seen, happened)) return [];
  return say(`should be ${expected}`);
}

function isSeen(index: number | null, { all }: Seen, { units }: Happened): boolean {
  const unit = units[index ?? -1];
  return unit !== undefined && all.some(({ passing, lost }) => !lost && passing.units.includes(unit));
}

/** Null: it depends on what captures did meanwhile. */
function verdictOf(unit: Unit, records: readonly Record[], { fates }: Watch): Trail['verdict'] | null {
  if (unit.refusedBy !== null) return 'rejected';
  const furthest = Math.max(...records.map(({ passing }) => passing.step));
  if (furthest === unit.path.length - 1) return 'delivered';
  const next = fates[(unit.path[furthest + 1]?.place ?? 0) - 1];
  if (next === undefined) return null;
  const isWitness = unit.at - NEAR_NS > next.from * 1e9 || next.from === 0;
  if (isWitness && next.until === Infinity && next.loses === 0) return 'dropped';
  return null;
}

function sayTrail({ verdict, stop, sightings, bytes, sequence, because }: Trail, seen: Seen): string {
  const where = sightings.map(({ visit, number }) => {
    const units = seen.records.get(number)?.passing.units.map(({ index }) => index) ?? [];
    return `${seen.hopOf(visit)}#${units.join(',')}`;
  });
  const at = stop === null ? '' : ` after ${seen.hopOf(stop.after)} before ${seen.hopOf(stop.before ?? 0)}`;
  return `[${verdict}${at} ${String(sequence)}+${String(bytes)} ${because ?? ''}: ${where.join(' ')}]`;
}

function sayUnit({ index, label, lostAt, path, sequence, bytes, refusedBy }: Unit): string {
  return `unit ${String(index)} "${label}" ${String(sequence)}+${String(bytes)} to ${String(lostAt)} of ${String(path.length)} refused ${String(refusedBy)}`;
}

/** Final trails by what they say alone. */
export function contentOf(seen: Seen): readonly string[] {
  return seen.trails
    .map((trail) => {
      const visits = trail.sightings.map(({ visit, number, at }) => {
        const record = seen.records.get(number);
        const units = record?.passing.units.map(({ index }) => index).join(',');
        return `${seen.hopOf(visit)}#${units ?? ''}@${String(at)}`;
      });
      const refusal =
        trail.refusal === null ? '' : `${trail.refusal.kind} ${seen.hopOf(trail.refusal.visit)}`;
      const stop =
        trail.stop === null ? '' : `${seen.hopOf(trail.stop.after)} ${seen.hopOf(trail.stop.before ?? 0)}`;
      const { verdict, bytes, sequence, flags, because } = trail;
      return [verdict, stop, refusal, bytes, sequence, flags, because ?? '', ...visits].join(' | ');
    })
    .sort();
}
