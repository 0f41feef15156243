import { describe, expect, it } from 'vitest';
import type { FirewallReading } from '../probe/firewall-facts.ts';
import type { FlowTrace, MetHandle } from '../probe/flow-trace.ts';
import { nodeRules } from './met-rules.ts';
import type { TraceHop, TraceRule, TraceStep } from './model.ts';
import { stepOf } from './step.ts';

const met = (chain: string, number: number | null, verdict: string): MetHandle => ({
  family: 'ip',
  table: 'filter',
  chain,
  number,
  text: `rule ${String(number)} of ${chain}`,
  verdict,
});
const rule = (chain: string, number: number, more: Partial<TraceRule> = {}): TraceRule => ({
  table: 'filter',
  backend: 'nft-compat',
  family: 'ip',
  chain,
  number,
  text: `-A ${chain}`,
  did: 'accepted',
  owner: null,
  packets: null,
  ...more,
});
const hop = (rules: readonly TraceRule[], more: Partial<TraceStep> = {}, packet = 'icmp 1 → 2'): TraceHop =>
  ({
    node: 'a',
    packet,
    steps: [stepOf({ stage: 'forward', sentence: '', rules: [...rules], ...more })],
  }) as unknown as TraceHop;
const trace = (...packet: MetHandle[]): FlowTrace => ({ packets: [packet], unread: [] });
const passed = trace(met('FORWARD', 1, 'jump cali'), met('cali', 1, 'return'), met('FORWARD', 0, 'accept'));

describe('the rules that a packet met, beside those that our trace says', () => {
  it('agree where all that our trace names was met, and it ended where our trace says', () => {
    expect(nodeRules('a', passed, [hop([rule('FORWARD', 1), rule('FORWARD', 0)])], null)).toMatchObject({
      agrees: true,
      difference: null,
      sentence: 'It passed 3 rules and policies of a.',
    });
    const dropped = trace(met('FORWARD', 2, 'drop'));
    const stops = hop([rule('FORWARD', 2, { did: 'dropped' })], { outcome: 'stops' });
    expect(nodeRules('a', dropped, [stops], null)).toMatchObject({
      agrees: true,
      sentence: 'filter FORWARD rule 2 ended it (drop).',
    });
  });

  it('of rules that this trace does not see nothing is claimed, and that there are some is said', () => {
    const older = hop([rule('FORWARD', 1, { backend: 'legacy', did: 'dropped' })], { outcome: 'stops' });
    const table = {
      backend: 'legacy',
      family: 'ip',
      name: 'filter',
      chains: [{ name: 'FORWARD', rules: [{}] }],
    };
    const reading = { tables: [table] } as unknown as FirewallReading;
    const told = nodeRules('a', passed, [older], reading);
    expect(told).toMatchObject({ agrees: true, difference: null });
    expect(told.sentence).toContain('Rules of iptables-legacy, of which a has some, are not among them');
  });

  it('none that came too late is told as such', () => {
    const none = { packets: [], unread: [] };
    expect(nodeRules('a', none, [], null).sentence).not.toContain('MaxSessions');
    expect(nodeRules('a', none, [], null, true).sentence).toContain('MaxSessions');
  });

  it('part at the first rule that was not met, or where one of them ends and the other goes on', () => {
    expect(nodeRules('a', passed, [hop([rule('FORWARD', 1), rule('cali', 7)])], null).difference).toBe(
      'Our trace says that it meets filter cali rule 7 (-A cali); the last that it met is filter FORWARD’s policy (accept).',
    );
    expect(nodeRules('a', trace(met('FORWARD', 2, 'drop')), [hop([])], null).difference).toBe(
      'filter FORWARD rule 2 ended it (rule 2 of FORWARD); our trace lets it pass a.',
    );
    const stops = hop([rule('FORWARD', 1)], { outcome: 'stops' });
    expect(nodeRules('a', passed, [stops], null).difference).toMatch(/FORWARD rule 1 ends it; the last/);
  });

  it('leave out what carries a packet in a tunnel, the older iptables, and what was not understood', () => {
    const outer = hop([rule('OUTPUT', 1)], {}, 'VXLAN 4096 10.0.0.1 → 10.0.0.2 · icmp 1 → 2');
    const legacy = hop([rule('FORWARD', 9, { backend: 'legacy' })]);
    expect(nodeRules('a', passed, [outer, legacy], null).agrees).toBe(true);
    const odd = { ...passed, unread: [{ line: 7, text: 'what' }] };
    const told = nodeRules('a', odd, [hop([rule('cali', 7)])], null);
    expect([told.agrees, told.difference]).toEqual([null, null]);
    expect(told.sentence).toMatch(/Line 7 of nft’s trace was not understood: what$/);
    expect(nodeRules('a', { packets: [], unread: [] }, [hop([])], null)).toMatchObject({
      agrees: null,
      met: [],
    });
  });
});
