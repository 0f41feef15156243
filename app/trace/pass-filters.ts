// A stage of a packet's way: the rules that a hook holds, what they make of it, and how that reads.
import { chainPurpose } from '../firewall/chain-purpose.ts';
import { compiledFirewall, type Layer } from '../firewall/compiled-firewall.ts';
import type { HookContext } from '../firewall/hook-context.ts';
import type { HookOutcome, RuleHit } from '../firewall/hook-outcome.ts';
import { passHook } from '../firewall/pass-hook.ts';
import { IPVS_TABLE } from '../firewall/virtual-servers.ts';
import type { FirewallReading, HookName } from '../probe/firewall-facts.ts';
import { assertNever } from '../result.ts';
import { natSettled, trackingAfter, translated } from './conntrack.ts';
import { rewroteText, TCP } from './flow-words.ts';
import { isUnheard } from './listeners.ts';
import type { TraceRule, TraceStep } from './model.ts';
import type { TracedNamespace } from './namespace.ts';
import type { TracedPacket } from './packet.ts';
import type { Passage } from './passage.ts';
import {
  commandIn,
  evidenceOf,
  passes,
  stops,
  unknown,
  type Ground,
  type Next,
  type StepWords,
  type Walk,
} from './walk.ts';

const STAGE_OF: Readonly<Record<HookName, TraceStep['stage']>> = {
  ingress: 'receive',
  prerouting: 'prerouting',
  input: 'input',
  forward: 'forward',
  output: 'output',
  postrouting: 'postrouting',
  egress: 'transmit',
};

export interface FilterWays {
  /** Instead of the ground's, where more is known. */
  readonly context?: HookContext;
  /** `bridge`, `arp`: the chains that a bridge calls, and ARP; connections are none of their business. */
  readonly layer?: Layer;
}

/** Ways of a smaller share than that are not parted once more: three hooks of dozens of ways would make hundreds of thousands. */
const LEAST_PARTED = 1 / 256;

export function passFilters(
  ground: Ground,
  hook: HookName,
  walk: Walk,
  next: Next,
  { context = ground.context, layer = 'ip' }: FilterWays = {},
): readonly Passage[] {
  const { at } = ground;
  const after = layer === 'ip' ? afterHook : afterBridge;
  const unread = presumedOpen(at, hook, walk);
  if (at.filters === null) return next(after(hook, walk, walk.packet, unread));
  const { tracking } = walk;
  const reading = natSettled(tracking) ? withoutNat(at.filters) : at.filters;
  if (compiledFirewall(reading).baseChains(hook, layer, walk.packet.family).length === 0)
    return next(after(hook, walk, walk.packet, unread));
  const outcomes = passHook(reading, hook, walk.packet, context, layer);
  if (outcomes.length > 1 && walk.share < LEAST_PARTED)
    return unknown(walk, {
      stage: STAGE_OF[hook],
      sentence: `Rules part its ways again at ${hook}, and there are too many already: this one is not followed.`,
      evidence: evidenceOf(at, 'firewall'),
    });
  const passages: Passage[] = [];
  for (const outcome of outcomes) {
    const packet: TracedPacket = { ...walk.packet, ...outcome.packet };
    const came: Walk = { ...walk, share: walk.share * outcome.share };
    const met = wordsOf(at, hook, walk.packet, packet, outcome);
    const words = { ...met, presumed: [...(met.presumed ?? []), ...(unread?.presumed ?? [])] };
    const { verdict } = outcome;
    switch (verdict.kind) {
      case 'accept':
        passages.push(...next(after(hook, came, packet, words)));
        break;
      case 'drop':
        passages.push(...stops(came, 'dropped', 'filter-drop', words));
        break;
      case 'reject':
        passages.push(...stops(came, 'rejected', 'filter-reject', words));
        break;
      case 'unknown':
        passages.push(...given(at, came, packet, words, verdict));
        break;
      default:
        assertNever(verdict);
    }
  }
  return passages;
}

/** Out of the rules' hands; dropped where it is for a proxy or a program, and none is there. */
function given(
  at: TracedNamespace,
  walk: Walk,
  packet: TracedPacket,
  words: StepWords,
  { by, proxyPort, unheard }: Extract<HookOutcome['verdict'], { kind: 'unknown' }>,
): readonly Passage[] {
  if (unheard !== undefined)
    return stops(walk, 'dropped', 'filter-drop', {
      ...words,
      sentence: `${whoOf(by)} ${unheard}: it is dropped, and nobody is told.`,
      command: commandIn(at, 'cat', '/proc/net/netfilter/nfnetlink_queue'),
    });
  if (proxyPort === undefined || !isUnheard(at, packet, proxyPort)) return unknown(walk, words);
  return stops(walk, 'dropped', 'filter-drop', {
    ...words,
    sentence: `${whoOf(by)} gives it to a proxy on port ${String(proxyPort)} (TPROXY), and nobody in ${at.name} listens there: it is dropped, and nobody is told.`,
    evidence: [...(words.evidence ?? []), ...evidenceOf(at, 'sockets', 'settings')],
    command: commandIn(at, 'ss', packet.protocol === TCP ? '-ltn' : '-lun', `sport = :${String(proxyPort)}`),
  });
}

/** The packet behind the hook: translated as conntrack knows it, and from then on tracked or not. */
function afterHook(hook: HookName, walk: Walk, packet: TracedPacket, words: StepWords | null): Walk {
  const tracking = trackingAfter(hook, walk.tracking, packet);
  const now = translated(hook, tracking, packet);
  const rewrote = now === packet ? null : rewroteText(packet, now);
  const walked = afterBridge(hook, { ...walk, tracking }, now, words);
  if (rewrote === null) return walked;
  return passes(walked, {
    stage: STAGE_OF[hook],
    sentence: `It belongs to a connection that was translated, and conntrack goes on with that: ${rewrote}.`,
    rewrote,
  });
}

function afterBridge(_: HookName, walk: Walk, packet: TracedPacket, words: StepWords | null): Walk {
  const walked: Walk = { ...walk, packet };
  return words === null ? walked : passes(walked, words);
}

function wordsOf(
  at: TracedNamespace,
  hook: HookName,
  before: TracedPacket,
  packet: TracedPacket,
  { verdict, hits, acceptedBy, presumed }: HookOutcome,
): StepWords {
  const told = [...hits, ...acceptedBy.filter((one) => !hits.includes(one))];
  const rewrote = rewroteText(before, packet);
  const by = verdict.kind === 'accept' ? (hits.at(-1) ?? acceptedBy.at(-1)) : verdict.by;
  return {
    stage: STAGE_OF[hook],
    sentence: sentenceOf(hook, verdict, acceptedBy, rewrote),
    rules: told.map((hit) => ruleOf(hit)),
    rewrote,
    presumed: [...presumed],
    evidence: evidenceOf(at, 'firewall'),
    command: by === undefined ? null : saveCommand(at, by),
  };
}

function sentenceOf(
  hook: HookName,
  verdict: HookOutcome['verdict'],
  acceptedBy: readonly RuleHit[],
  rewrote: string | null,
): string {
  switch (verdict.kind) {
    case 'accept': {
      const chains = [...new Set(acceptedBy.map(({ table, chain }) => `${table.name} ${chain}`))];
      const by = chains.length === 0 ? `The filters at ${hook} let` : `${chains.join(', ')} let`;
      const pass = `${by}${chains.length === 1 ? 's' : ''} it pass`;
      return rewrote === null ? `${pass}.` : `${pass} and rewrote its ${rewrote}.`;
    }
    case 'drop':
      return `${whoOf(verdict.by)} drops it, and nobody is told${hook === 'output' ? ' but the program that sent it (EPERM)' : ''}.`;
    case 'reject':
      return `${whoOf(verdict.by)} rejects it${verdict.with === null ? '' : ` with ${verdict.with}`}.`;
    case 'unknown':
      return `Whether ${whoOf(verdict.by)} lets it pass is not known: ${verdict.why}.`;
    default:
      return assertNever(verdict);
  }
}

function whoOf({ table, chain, number }: RuleHit): string {
  return number === 0 ? `the policy of ${table.name} ${chain}` : `rule ${number} of ${table.name} ${chain}`;
}

function ruleOf({ table, chain, number, rule, text, did }: RuleHit): TraceRule {
  const { owner } = chainPurpose({ family: table.family, table: table.name, chain, base: number === 0 });
  return {
    table: table.name,
    backend: table.backend,
    family: table.family,
    chain,
    number,
    text,
    did,
    owner: owner === 'unknown' || owner === 'kernel' ? null : owner,
    packets: rule?.packets ?? null,
  };
}

function saveCommand(at: TracedNamespace, { table }: RuleHit): string {
  const { backend, family, name } = table;
  if (name === IPVS_TABLE) return commandIn(at, 'ipvsadm', '-Ln');
  if (backend === 'nft') return commandIn(at, 'nft', 'list', 'table', family, name);
  const tool = family === 'ip6' ? 'ip6tables' : 'iptables';
  return commandIn(at, backend === 'legacy' ? `${tool}-legacy-save` : `${tool}-save`, '-c', '-t', name);
}

/** Said once: at the first hook that is for all packets of this way. Null: nothing is presumed there. */
function presumedOpen(at: TracedNamespace, hook: HookName, { steps }: Walk): StepWords | null {
  const { filters } = at;
  if (filters !== null && filters.rulesMissing === undefined) return null;
  if (hook !== 'prerouting' && hook !== 'output') return null;
  const presumed =
    filters?.rulesMissing === 'some'
      ? `Not all packet filters of ${at.name} were read: it is presumed that the others let it pass and change nothing.`
      : `The packet filters of ${at.name} were not read: it is presumed that they let it pass and change nothing.`;
  if (steps.some((step) => step.presumed.includes(presumed))) return null;
  return {
    stage: STAGE_OF[hook],
    sentence: `What ${filters?.rulesMissing === 'some' ? 'all' : 'the'} packet filters of ${at.name} do with it was not read.`,
    presumed: [presumed],
    command: commandIn(at, 'iptables-save', '-c'),
  };
}

const withoutNatOf = new WeakMap<FirewallReading, FirewallReading>();

/** Of a connection that is translated already no nat chain sees another packet (nf_nat_inet_fn). */
function withoutNat(reading: FirewallReading): FirewallReading {
  let without = withoutNatOf.get(reading);
  if (without === undefined) {
    without = {
      ...reading,
      tables: reading.tables.map((table) => ({
        ...table,
        chains: table.chains.map((chain) => (chain.hook?.type === 'nat' ? { ...chain, hook: null } : chain)),
      })),
    };
    withoutNatOf.set(reading, without);
  }
  return without;
}
