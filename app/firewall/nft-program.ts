// A rule of nftables' JSON (libnftables-json(5)) as steps, in the order in which the kernel takes its statements.
import type { FirewallTable, NftRule } from '../probe/firewall-facts.ts';
import { nftExpression } from '../probe/nft-expression.ts';
import { rejectWith } from '../probe/nft-rule.ts';
import { Choice, negate, testValue, Unknown, type Scalar, type Tested } from './filter-value.ts';
import { mangleStep } from './nft-mangle.ts';
import { natStep } from './nft-nat.ts';
import type { KeyParts } from './nft-lookup.ts';
import { fieldOf, keyOf, lookupOf, mapReader } from './nft-value.ts';
import { queued, type QueueSpan } from './queued.ts';
import {
  change,
  end,
  endBy,
  presumed,
  test,
  unknownTest,
  untracked,
  type Ending,
  type Step,
} from './rule-program.ts';
import { elementKey, inSpan, isObject, spanOf, type ValueType } from './value-type.ts';

export function nftSteps(rule: NftRule, table: FirewallTable): Step[] {
  return rule.expr.flatMap((statement, at): Step[] => {
    const entry = isObject(statement) ? Object.entries(statement)[0] : undefined;
    const isLast = at === rule.expr.length - 1;
    if (entry?.[0] === 'xt') return [xtStep(entry[1], isLast, table)];
    const steps = entry === undefined ? null : stepsOf(entry[0], entry[1], table);
    return steps ?? notUnderstood(entry?.[0] ?? JSON.stringify(statement), isLast);
  });
}

/** Statements that change nothing of a packet's fate. */
const NO_FATE = [
  'counter',
  'log',
  'last',
  'dup',
  'comment',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'secmark',
  'tunnel',
  'reset',
];

/** Where it stands last, the verdict may be in it. */
function notUnderstood(name: string, isLast: boolean): Step[] {
  const why = `${name.slice(0, 80)} is not understood`;
  return isLast ? [unknownTest(why), end({ kind: 'unknown', why })] : [unknownTest(why)];
}

/** Null: it is not understood. */
function stepsOf(name: string, value: unknown, table: FirewallTable): Step[] | null {
  const fields = isObject(value) ? value : {};
  switch (name) {
    case 'match':
      return [matchStep(fields, table)];
    case 'accept':
    case 'drop':
    case 'return':
      return [end({ kind: name })];
    case 'continue':
      return [];
    case 'jump':
    case 'goto':
    case 'reject':
      return [end(endingOf(name, value))];
    case 'vmap':
      return [vmapStep(fields, table)];
    case 'mangle':
      return [mangleStep(fields, table)];
    case 'dnat':
    case 'snat':
    case 'redirect':
    case 'masquerade':
      return [natStep(name, value, table)];
    case 'notrack':
      return [change(untracked)];
    case 'set':
    case 'map':
      // A set that remembers: full sets and their own limits are not reckoned with.
      return [
        there(fields['elem'], table),
        ...(Array.isArray(fields['stmt']) ? fields['stmt'].flatMap((each) => besides(each)) : []),
      ];
    case 'flow':
      return [
        presumed(
          true,
          'Later packets of the connection may take the shortcut of a flow table, past these rules.',
        ),
      ];
    case 'limit':
    case 'quota':
    case 'ct count':
    case 'meter':
      return besides({ [name]: value });
    case 'queue':
      return [endBy(queued(queueSpan(fields['num']), [fields['flags']].flat().includes('bypass'), name))];
    case 'tproxy':
    case 'fwd':
    case 'synproxy':
      return [end({ kind: 'unknown', why: `${name} takes it off its way` })];
  }
  return NO_FATE.includes(name) ? [] : null;
}

/** Whether the packet has what is remembered. */
function there(elem: unknown, table: FirewallTable): Step {
  const key = keyOf(elementKey(elem), table);
  return test((view) => key.read(view) !== undefined);
}

/** Of iptables' own: a match, or a target where it stands last. What it asks nft does not show, and newer ones only its name. */
function xtStep(value: unknown, isLast: boolean, { family }: FirewallTable): Step {
  const { type, name } = isObject(value) ? value : {};
  if (type === 'match' && name === 'comment') return test(() => true);
  const why = `nft does not show what ${family === 'bridge' ? 'ebtables’' : 'iptables’'} ${typeof name === 'string' ? name : 'match or target'} does there`;
  const isTarget = type === undefined ? isLast : type === 'target';
  return isTarget ? end({ kind: 'unknown', why }) : unknownTest(why);
}

/** Bounds that are presumed to be kept. */
function besides(statement: unknown): Step[] {
  const [entry] = isObject(statement) ? Object.entries(statement) : [];
  if (entry === undefined) return [];
  const [name, value] = entry;
  if (!['limit', 'quota', 'ct count', 'meter'].includes(name)) return [];
  const over = isObject(value) && value['inv'] === true;
  // The packet's own connection counts as well (nft_connlimit.c).
  if (name === 'ct count' && isObject(value) && value['val'] === 0) return [test(() => over)];
  return [presumed(!over, `${over ? 'Not over' : 'Within'} the rule’s ${name}.`)];
}

/** Left out, it is the first. Null: an expression chooses. */
function queueSpan(num: unknown = 0): QueueSpan | null {
  const range = isObject(num) ? num['range'] : [num, num];
  const [first, last] = Array.isArray(range) ? (range as unknown[]) : [];
  return typeof first === 'number' && typeof last === 'number' ? { first, last } : null;
}

function endingOf(name: string, value: unknown): Ending {
  if ((name === 'jump' || name === 'goto') && isObject(value))
    return { kind: name, chain: nftExpression(value['target']) };
  if (name === 'reject')
    return { kind: name, with: isObject(value) ? rejectWith(value).join(' ') || null : null };
  if (name === 'accept' || name === 'drop' || name === 'return') return { kind: name };
  return { kind: 'unknown', why: `${name} is not understood` };
}

/** Of a map's elements; `continue` leaves the rule. */
function vmapStep(fields: Readonly<Record<string, unknown>>, table: FirewallTable): Step {
  const map = mapReader(fields, table);
  if (map === null) return unknownTest('the map of the rule was not read');
  const endings = new WeakMap<object, Ending | null>();
  const of = (found: { readonly to: unknown } | null | Unknown): Ending | null | Unknown => {
    if (found === null || found instanceof Unknown) return found;
    let ending = endings.get(found);
    if (ending === undefined) {
      const entry = isObject(found.to) ? Object.entries(found.to)[0] : undefined;
      ending = entry === undefined || entry[0] === 'continue' ? null : endingOf(...entry);
      endings.set(found, ending);
    }
    return ending;
  };
  return endBy((view) => {
    const found = map(view);
    return found instanceof Choice ? found.map(of) : of(found);
  });
}

function matchStep({ op, left, right }: Readonly<Record<string, unknown>>, table: FirewallTable): Step {
  const isNot = op === '!=';
  const asked = isNot ? negate : (tested: Tested): Tested => tested;
  const isAmong =
    (typeof right === 'string' && right.startsWith('@')) || (isObject(right) && right['set'] !== undefined);
  if (isAmong) {
    const key = keyOf(left, table);
    const lookup = lookupOf(right, false, key, table);
    if (lookup === null) return unknownTest(`the set ${nftExpression(right)} was not read`);
    const holds = (parts: KeyParts): boolean | Unknown => {
      const found = lookup.find(parts);
      return found instanceof Unknown ? found : found !== null;
    };
    return test((view) => {
      const parts = key.read(view);
      if (parts === undefined) return false;
      if (parts instanceof Unknown) return parts;
      if (!(parts instanceof Choice)) return negated(holds(parts), isNot);
      const byChance = parts.map(holds);
      let share = 0;
      for (const way of byChance.ways) {
        if (way.value instanceof Unknown) return way.value;
        if (way.value !== isNot) share += way.share;
      }
      return share;
    });
  }
  return comparison(op, left, right, table) ?? concatComparison(left, right, table, asked);
}

function negated(held: boolean | Unknown, isNot: boolean): Tested {
  return held instanceof Unknown ? held : held !== isNot;
}

/** Null: the key has several parts. */
function comparison(op: unknown, left: unknown, right: unknown, table: FirewallTable): Step | null {
  if (isObject(left) && Array.isArray(left['concat'])) return null;
  const field = fieldOf(left, table);
  const isFib = isObject(left) && isObject(left['fib']);
  const holds = isFib && typeof right === 'boolean' ? existence(op, right) : comparing(op, right, field.type);
  if (holds === null) {
    // The other side is a field as well.
    return unknownTest(`what ${nftExpression(left)} is compared with is not understood`);
  }
  const { unsure } = field;
  return test((view) => {
    if (unsure !== undefined && unsure(view) !== 0 && !indifferent(holds, field.read(view), unsure(view)))
      return new Unknown(`all of ${nftExpression(left)} is not known`);
    return testValue(field.read(view), holds);
  });
}

/** Whether it is all the same if those bits are set. */
function indifferent(holds: (scalar: Scalar) => boolean, value: unknown, bits: number): boolean {
  return typeof value !== 'number' || holds(value) === holds((value | bits) >>> 0);
}

function existence(op: unknown, right: boolean): (scalar: Scalar) => boolean {
  const exists = (op === '!=') !== right;
  return (scalar) => (scalar !== '') === exists;
}

function comparing(op: unknown, right: unknown, type: ValueType): ((scalar: Scalar) => boolean) | null {
  const span = spanOf(right, type);
  if (span === null) return null;
  const { lo, hi } = span;
  switch (op) {
    case 'in':
      if (type.flags === true && typeof lo === 'number')
        return (scalar) => typeof scalar === 'number' && (scalar & lo) !== 0;
      return (scalar) => inSpan(scalar, span);
    case '==':
    case undefined:
      return (scalar) => inSpan(scalar, span);
    case '!=':
      return (scalar) => !inSpan(scalar, span);
    // None of the bits.
    case '!':
      return typeof lo === 'number' ? (scalar) => typeof scalar === 'number' && (scalar & lo) === 0 : null;
    case '<':
      return (scalar) => scalar < lo;
    case '>':
      return (scalar) => scalar > hi;
    case '<=':
      return (scalar) => scalar <= hi;
    case '>=':
      return (scalar) => scalar >= lo;
    default:
      return null;
  }
}

function concatComparison(
  left: unknown,
  right: unknown,
  table: FirewallTable,
  asked: (tested: Tested) => Tested,
): Step {
  const key = keyOf(left, table);
  const parts = isObject(right) && Array.isArray(right['concat']) ? right['concat'] : [];
  const spans = key.types.map((type, at) => spanOf(parts[at], type));
  if (spans.length !== parts.length || spans.includes(null))
    return unknownTest(`what ${nftExpression(left)} is compared with is not understood`);
  return test((view) => {
    const read = key.read(view);
    if (read === undefined) return false;
    if (read instanceof Unknown) return read;
    if (read instanceof Choice) return new Unknown('chance in a concatenation');
    const tests = spans.map((span, at): Tested => {
      const part = read[at] ?? '';
      return part instanceof Unknown ? part : span !== null && inSpan(part, span);
    });
    if (tests.includes(false)) return asked(false);
    return asked(tests.find((tested) => tested !== true) ?? true);
  });
}
