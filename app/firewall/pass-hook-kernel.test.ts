// Random rulesets of every match and target that leaves nothing to chance, in a namespace of the real kernel, with packets put through
// them: each rule's counter is what our hits add up to.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ruleText } from '../probe/filter-rule.ts';
import { parseIpsets } from '../probe/ipset-text.ts';
import { parseNftJson } from '../probe/nft-json.ts';
import type { FirewallReading, FirewallTable } from '../probe/firewall-facts.ts';
import { parseXtablesSave } from '../probe/xtables-save.ts';
import { seededRandom } from '../route/testing/random-routing.ts';
import { runs } from '../testing/runs.ts';
import type { RuleHit } from './hook-outcome.ts';
import { passHook } from './pass-hook.ts';
import { RandomFilters } from './testing/random-filters.ts';
import { randomNft } from './testing/random-nft.ts';
import { randomPacket, replyTo, type RandomPacket } from './testing/random-packets.ts';
import { printedSets, tryFilters, type Tool, type Trial, type Tried } from './testing/real-filters.ts';
import { NotSure, Router, ROUTER } from './testing/router.ts';
import { tcpPacket } from './testing/tcp-packet.ts';

/** In the full tier 1,000. */
const RULESETS = Math.min(1000, runs(40));
const PACKETS = 24;
const TOOLS: readonly Tool[] = ['iptables-nft', 'nft', 'iptables-legacy', 'nft'];

it(`agrees with the kernel's counters in ${RULESETS} random rulesets`, () => {
  const seed = fc.readConfigureGlobal().seed ?? Date.now() | 0;
  const trials = Array.from({ length: RULESETS }, (_, at) => trialOf(seed, at));
  const tried = tryFilters(trials);
  const ipsets = parseIpsets(printedSets()).entries;
  const ends = new Map<string, number>();
  let counters = 0;
  let counted = 0;
  const disagreements: string[] = [];
  for (const [at, trial] of trials.entries()) {
    const answer = tried[at];
    if (answer === undefined) throw new Error('no answer');
    const label = `seed ${seed}, ruleset ${at} (${trial.tool})`;
    expect(answer.errors, label).toBe('');
    const reading: FirewallReading = {
      tables: tablesOf(trial, answer),
      ipsets,
      virtualServers: [],
      conntrack: null,
      unread: [],
      unreadCount: 0,
    };
    const router = new Router(reading);
    try {
      for (const packet of trial.packets) router.take(packet);
    } catch (error) {
      if (!(error instanceof NotSure)) throw error;
      disagreements.push(`${label}: ${error.message}`);
      continue;
    }
    const ours = countsOf(router.hits);
    const theirs = countersOf(reading.tables);
    const texts = textsOf(reading.tables);
    const wrong = [...theirs].filter(([key, packets]) => (ours.get(key) ?? 0) !== packets);
    if (wrong.length > 0) {
      const said = wrong.map(
        ([key, packets]) =>
          `${key}: the kernel counted ${packets}, we ${ours.get(key) ?? 0}: ${texts.get(key) ?? ''}`,
      );
      disagreements.push([label, ...said, ...answer.outputs].join('\n'));
    }
    counters += theirs.size;
    counted += [...theirs.values()].reduce((sum, packets) => sum + packets, 0);
    for (const [end, packets] of router.ends) ends.set(end, (ends.get(end) ?? 0) + packets);
  }
  console.log(
    `  seed ${seed}: ${RULESETS - disagreements.length} of ${RULESETS} rulesets agree in all counters (${counters}, of ${counted} packets); ${JSON.stringify(Object.fromEntries(ends))}`,
  );
  expect(disagreements.length, disagreements.slice(0, 3).join('\n\n')).toBe(0);
  expect(ends.get('forward') ?? 0).toBeGreaterThan(RULESETS);
});

const TURNS = 96;

/** Chains A to D that mark and accept, each for its share. */
const BY_TURNS: readonly Trial[] = [
  {
    tool: 'iptables-nft',
    rulesets: [
      [
        '*filter\n:FORWARD ACCEPT [0:0]',
        ...['A', 'B', 'C', 'D'].map((name) => `:${name} - [0:0]`),
        '-A FORWARD -m statistic --mode nth --every 4 --packet 0 -j A',
        '-A FORWARD -m statistic --mode nth --every 3 --packet 0 -j B',
        '-A FORWARD -m statistic --mode nth --every 2 --packet 0 -j C',
        '-A FORWARD -j D',
        ...['A', 'B', 'C', 'D'].flatMap((name, at) => [
          `-A ${name} -j MARK --set-mark ${at + 1}`,
          `-A ${name} -j ACCEPT`,
        ]),
        'COMMIT\n',
      ].join('\n'),
    ],
    packets: manyPackets(),
  },
  {
    tool: 'nft',
    rulesets: [
      `table ip t {
        ${['A', 'B', 'C', 'D'].map((name, at) => `chain ${name} { counter meta mark set ${at + 1} accept; }`).join('\n')}
        chain f { type filter hook forward priority 0; numgen inc mod 8 vmap { 0 : goto A, 1-2 : goto B, 3-5 : jump C, 6-7 : goto D }; }
        chain p { type filter hook postrouting priority 0; meta mark set numgen inc mod 4 offset 10; meta mark 12 counter accept; }
      }`,
    ],
    packets: manyPackets(),
  },
];
function manyPackets(): RandomPacket[] {
  const first = randomPacket(() => 0, 4, 0);
  return Array.from({ length: TURNS }, (_, at) => ({
    ...first,
    iif: 'd0',
    src: '10.1.0.2',
    dst: '10.2.0.2',
    protocol: 'udp',
    sport: 2000 + at,
  }));
}

it('takes by turns as often as our shares say', () => {
  const tried = tryFilters(BY_TURNS);
  for (const [at, trial] of BY_TURNS.entries()) {
    const answer = tried[at];
    const [first] = trial.packets;
    if (answer === undefined || first === undefined) throw new Error('no answer');
    expect(answer.errors).toBe('');
    const tables = tablesOf(trial, answer);
    const reading = { tables, ipsets: [], virtualServers: [], conntrack: null, unread: [], unreadCount: 0 };
    const ours = new Map<string, number>();
    const packet = tcpPacket({ src: first.src, dst: first.dst, iif: 'd0', oif: 'd1', protocol: 17 });
    for (const hook of ['forward', 'postrouting'] as const)
      for (const { share, hits } of passHook(reading, hook, packet, ROUTER))
        for (const { table, chain, number } of hits) {
          const key = keyOf(table, chain, number);
          ours.set(key, (ours.get(key) ?? 0) + share * TURNS);
        }
    for (const [key, packets] of countersOf(tables)) expect(ours.get(key) ?? 0, key).toBeCloseTo(packets, 6);
    expect([...countersOf(tables).values()].filter((packets) => packets > 0).length).toBeGreaterThan(3);
  }
});

function trialOf(seed: number, at: number): Trial {
  const tool = TOOLS[at % TOOLS.length] ?? 'nft';
  const random = seededRandom(seed + at * 7919);
  // Answers to what was translated would be of other addresses.
  const withNat = random(3) > 0;
  const packets: RandomPacket[] = [];
  for (let number = 0; packets.length < PACKETS; number += 1) {
    const packet = randomPacket(random, random(3) === 0 ? 6 : 4, at * PACKETS + number);
    packets.push(packet);
    if (
      !withNat &&
      packet.iif !== null &&
      !packet.dst.endsWith('.1') &&
      !packet.dst.endsWith('::1') &&
      random(2) === 0
    )
      packets.push(replyTo(packet));
  }
  const rulesets =
    tool === 'nft'
      ? [randomNft(random, withNat)]
      : ([4, 6] as const).map((family) => new RandomFilters(random, family, withNat).text());
  return { tool, rulesets, packets };
}

function tablesOf({ tool }: Trial, { outputs }: Tried): FirewallTable[] {
  return outputs.flatMap((output, which) => {
    const source = { family: which === 1 ? 'ip6' : 'ip', evidence: 'n/x' } as const;
    const list =
      tool === 'nft'
        ? parseNftJson(output, 'n/nft')
        : parseXtablesSave(output, { ...source, backend: tool === 'iptables-nft' ? 'nft-compat' : 'legacy' })
            .tables;
    expect(list.unread).toEqual([]);
    return list.entries.map((table) => (table.family === 'netdev' ? withDevices(table) : table));
  });
}

/** nft 1.0.6's JSON does not say of which device a chain is: the names of ours do. */
function withDevices(table: FirewallTable): FirewallTable {
  const chains = table.chains.map((chain) =>
    chain.hook === null
      ? chain
      : { ...chain, hook: { ...chain.hook, device: chain.name.split('-')[1] ?? null } },
  );
  return { ...table, chains };
}

const keyOf = (table: Pick<FirewallTable, 'family' | 'name'>, chain: string, number: number): string =>
  `${table.family} ${table.name} ${chain} ${number}`;

function countsOf(hits: readonly RuleHit[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { table, chain, number } of hits) {
    const key = keyOf(table, chain, number);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Policies too, as number 0. */
function countersOf(tables: readonly FirewallTable[]): ReadonlyMap<string, number> {
  const counters = new Map<string, number>();
  for (const table of tables)
    for (const { name, rules, packets: ofPolicy } of table.chains) {
      if (ofPolicy !== null) counters.set(keyOf(table, name, 0), ofPolicy);
      for (const [at, { packets }] of rules.entries())
        if (packets !== null) counters.set(keyOf(table, name, at + 1), packets);
    }
  return counters;
}

function textsOf(tables: readonly FirewallTable[]): ReadonlyMap<string, string> {
  return new Map(
    tables.flatMap((table) =>
      table.chains.flatMap(({ name, rules }) =>
        rules.map((rule, at) => [keyOf(table, name, at + 1), ruleText(rule)] as const),
      ),
    ),
  );
}
