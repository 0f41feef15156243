// A packet on its way through the base chains of a hook, as nft_do_chain (net/netfilter/nf_tables_core.c) and ipt_do_table
// (net/ipv4/netfilter/ip_tables.c) take it: chance makes several ways of one, and so does what cannot be known.
import type { HookName } from '../probe/firewall-facts.ts';
import type { BaseChain, CompiledChain, CompiledRule } from './compiled-chain.ts';
import type { FilterPacket } from './filter-packet.ts';
import { Choice, Unknown } from './filter-value.ts';
import type { HookContext } from './hook-context.ts';
import type { HookOutcome, RuleHit } from './hook-outcome.ts';
import { hitOf, outcomeOf, toArray, toNextRule, wayOf, type Way } from './hook-way.ts';
import { didWords, changedWords } from './hit-words.ts';
import { Outcomes, sameShares } from './outcomes.ts';
import { addressScalar, recordOf, ICMP, ICMPV6, type PacketView } from './packet-view.ts';
import { unknownEnding, type Ended, type Ending } from './rule-program.ts';

/** Rules looked at for one packet at one hook, all ways together. */
const MOST_STEPS = 50_000;
/** How many open questions may be followed both ways at once. */
const MOST_DOUBTS = 6;

export class HookWalk implements PacketView {
  readonly hook: HookName;
  readonly context: HookContext;
  readonly #bases: readonly BaseChain[];
  #steps = 0;
  #doubts = 0;
  #way: Way | null = null;
  packet: FilterPacket;
  afterConntrack = true;

  constructor(bases: readonly BaseChain[], hook: HookName, packet: FilterPacket, context: HookContext) {
    this.#bases = bases;
    this.hook = hook;
    this.packet = packet;
    this.context = context;
  }

  outcomes(): HookOutcome[] {
    return this.#follow(wayOf(this.packet)).list();
  }

  presume(sentence: string): void {
    const way = this.#way;
    if (way !== null && !toArray(way.presumed).includes(sentence))
      way.presumed = { last: sentence, before: way.presumed };
  }

  #follow(start: Way): Outcomes {
    const outcomes = new Outcomes();
    const open = [start];
    for (let way = open.pop(); way !== undefined; way = open.pop()) this.#walk(way, open, outcomes);
    return outcomes;
  }

  /** To its end; ways that part from it are put into `open`. */
  #walk(way: Way, open: Way[], outcomes: Outcomes): void {
    for (;;) {
      const { chain } = way;
      if (chain === null) {
        if (this.#nextBase(way)) continue;
        outcomes.add(outcomeOf(way, { kind: 'accept' }));
        return;
      }
      this.#enter(way);
      const rule = chain.rules[way.rule];
      if (rule === undefined) {
        if (this.#leave(way, outcomes)) return;
        continue;
      }
      if (way.step === 0) {
        way.before = way.packet;
        this.#steps += 1;
        if (this.#steps > MOST_STEPS) {
          this.#giveUp(way, rule, outcomes);
          return;
        }
        if (rule.onlyTo !== null && rule.onlyTo !== addressScalar(way.packet.dst)) {
          toNextRule(way);
          continue;
        }
      }
      if (this.#takeRule(way, rule, open, outcomes)) return;
    }
  }

  /** Each possibility is a way to walk, be there a rule on it or none. */
  #isTooMuch({ ways }: Choice<unknown>): boolean {
    this.#steps += ways.length;
    return this.#steps > MOST_STEPS;
  }

  #giveUp(way: Way, rule: CompiledRule, outcomes: Outcomes): true {
    this.#end(way, rule, unknownEnding(`there are more than ${MOST_STEPS} rules on its way`), outcomes);
    return true;
  }

  #enter(way: Way): void {
    this.#way = way;
    this.packet = way.packet;
    this.afterConntrack = this.#bases[way.base]?.afterConntrack ?? true;
  }

  /** False: there are no more. */
  #nextBase(way: Way): boolean {
    for (way.base += 1; way.base < this.#bases.length; way.base += 1) {
      const base = this.#bases[way.base];
      if (base === undefined || !this.#isFor(base, way)) continue;
      way.chain = base.chain;
      way.rule = 0;
      way.step = 0;
      way.caller = null;
      return true;
    }
    return false;
  }

  #isFor({ devices, isNat }: BaseChain, way: Way): boolean {
    this.#enter(way);
    const device = this.hook === 'egress' ? way.packet.oif : way.packet.iif;
    if (typeof devices !== 'string' && !devices.includes(device ?? '')) return false;
    if (!isNat) return true;
    const record = recordOf(this);
    if (way.bound || record === null) return false;
    // An ICMP error goes the way of the connection that it is about.
    const { protocol } = way.packet;
    return record.state === 'new' || (record.state === 'related' && protocol !== ICMP && protocol !== ICMPV6);
  }

  /** The end of a chain: back to its caller, or the policy. True: the way has ended. */
  #leave(way: Way, outcomes: Outcomes): boolean {
    const { caller, chain } = way;
    if (caller !== null) {
      way.chain = caller.chain;
      way.rule = caller.at;
      way.step = 0;
      way.caller = caller.above;
      return false;
    }
    const base = this.#bases[way.base]?.chain ?? chain;
    if (base === null) return false;
    const hit = this.#hit(way, base, null, base.policy === 'drop' ? 'dropped' : 'accepted');
    if (base.policy === 'drop') {
      outcomes.add(outcomeOf(way, { kind: 'drop', by: hit }));
      return true;
    }
    this.#accept(way, hit);
    return false;
  }

  #accept(way: Way, hit: RuleHit): void {
    way.accepted = { last: hit, before: way.accepted };
    way.chain = null;
  }

  /** True: the way has ended. */
  #takeRule(way: Way, rule: CompiledRule, open: Way[], outcomes: Outcomes): boolean {
    const { steps } = rule;
    while (way.step < steps.length) {
      const step = steps[way.step];
      if (step === undefined) break;
      if (step.kind === 'test') {
        const tested = step.test(this);
        if (tested === false) {
          toNextRule(way);
          return false;
        }
        if (tested instanceof Unknown) return this.#doubt(way, rule, tested, outcomes);
        if (tested !== true) {
          const others = { ...way, share: way.share * (1 - tested) };
          toNextRule(others);
          open.push(others);
          way.share *= tested;
        }
        way.step += 1;
      } else if (step.kind === 'change') {
        const changed = step.change(this);
        if (changed === null) {
          toNextRule(way);
          return false;
        }
        if (changed instanceof Unknown) return this.#doubt(way, rule, changed, outcomes);
        if (changed instanceof Choice) {
          if (this.#isTooMuch(changed)) return this.#giveUp(way, rule, outcomes);
          for (const { share, value } of changed.ways) {
            if (value instanceof Unknown) return this.#doubt(way, rule, value, outcomes);
            open.push({ ...way, share: way.share * share, packet: value, step: way.step + 1 });
          }
          return true;
        }
        way.packet = changed;
        this.packet = changed;
        way.step += 1;
      } else {
        return this.#ended(way, rule, step.end(this), open, outcomes);
      }
    }
    const { chain } = way;
    if (chain !== null) this.#hit(way, chain, rule, changedWords(way.before, way.packet));
    toNextRule(way);
    return false;
  }

  #ended(way: Way, rule: CompiledRule, ended: Ended, open: Way[], outcomes: Outcomes): boolean {
    if (ended === null) {
      toNextRule(way);
      return false;
    }
    if (ended instanceof Unknown) return this.#doubt(way, rule, ended, outcomes);
    if (!(ended instanceof Choice)) return this.#end(way, rule, ended, outcomes);
    if (this.#isTooMuch(ended)) return this.#giveUp(way, rule, outcomes);
    for (const { share, value } of ended.ways) {
      const one = { ...way, share: way.share * share };
      this.#enter(one);
      if (!this.#ended(one, rule, value, open, outcomes)) open.push(one);
    }
    return true;
  }

  /** True: the way has ended. */
  #end(way: Way, rule: CompiledRule, ending: Ending, outcomes: Outcomes): boolean {
    const { chain, packet } = way;
    if (chain === null) return false;
    if (ending.kind === 'translated' || ending.kind === 'sent') way.packet = ending.packet;
    const hit = this.#hit(way, chain, rule, didWords(ending, packet));
    switch (ending.kind) {
      case 'accept':
        this.#accept(way, hit);
        return false;
      case 'translated':
        way.bound = true;
        this.#accept(way, hit);
        return false;
      case 'sent':
        this.#accept(way, hit);
        outcomes.add(outcomeOf(way, { kind: 'accept' }));
        return true;
      case 'return':
        return this.#leave(way, outcomes);
      case 'jump':
      case 'goto':
        return this.#jump(way, hit, ending, outcomes);
      case 'drop':
        outcomes.add(outcomeOf(way, { kind: 'drop', by: hit }));
        return true;
      case 'reject':
        outcomes.add(outcomeOf(way, { kind: 'reject', by: hit, with: ending.with }));
        return true;
      case 'unknown':
        outcomes.add(outcomeOf(way, { ...ending, by: hit }));
        return true;
    }
  }

  #jump(
    way: Way,
    hit: RuleHit,
    { kind, chain: name }: Extract<Ending, { kind: 'jump' | 'goto' }>,
    outcomes: Outcomes,
  ): boolean {
    const { chain, caller } = way;
    const to = chain?.table.chain(name) ?? null;
    const depth = (caller?.depth ?? 0) + 1;
    if (chain === null || to === null || (kind === 'jump' && depth > chain.table.deepest)) {
      const why = to === null ? `there is no chain ${name}` : 'its chains lead round and round';
      outcomes.add(outcomeOf(way, { kind: 'unknown', by: hit, why }));
      return true;
    }
    if (kind === 'jump') way.caller = { chain, at: way.rule + 1, above: caller, depth };
    way.chain = to;
    way.rule = 0;
    way.step = 0;
    return false;
  }

  /** Both ways are followed: where they come to the same, nobody has to know. */
  #doubt(way: Way, rule: CompiledRule, { why }: Unknown, outcomes: Outcomes): true {
    const { chain } = way;
    const not = { ...way };
    toNextRule(not);
    if (this.#doubts < MOST_DOUBTS && rule.steps[way.step]?.kind === 'test') {
      this.#doubts += 1;
      const if_ = this.#follow({ ...way, step: way.step + 1 });
      const otherwise = this.#follow(not);
      this.#doubts -= 1;
      if (sameShares(if_.shares(), otherwise.shares())) {
        const sentence = `Whether “${rule.text()}” is for it (${why}): it makes no difference.`;
        for (const outcome of otherwise.list())
          outcomes.add({ ...outcome, presumed: [...outcome.presumed, sentence] });
        return true;
      }
    }
    if (chain === null) throw new Error('a rule without a chain');
    this.#end(way, rule, unknownEnding(why), outcomes);
    return true;
  }

  #hit(way: Way, chain: CompiledChain, rule: CompiledRule | null, did: string): RuleHit {
    const hit = hitOf(this.hook, chain, rule, did);
    way.hits = { last: hit, before: way.hits };
    return hit;
  }
}
