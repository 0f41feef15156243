import { describe, expect, it } from 'vitest';
import { worker } from '../trace/testing/worker.ts';
import { diagnose } from './diagnose.ts';
import { mayTake, selectiveRules } from './selective-rules.ts';
import { filter, known, open } from './testing/real-pasted-pair.ts';

describe('rules that take some packets of a connection', () => {
  const found = (...lines: string[]) =>
    selectiveRules(worker({ iptables: `${filter(...open, ...lines)}\n` }).filters?.tables ?? []).map(
      ({ chain, number, by }) => `${chain} ${number}${by === 'contents' ? '' : ` ${by}`}`,
    );

  it.each([
    ['-m length --length 100:1500', 'FORWARD 1'],
    ['-m string --string "limit" --algo bm', 'FORWARD 1'],
    ['-p tcp -m u32 --u32 "0x0=0x1"', 'FORWARD 1'],
    ['-m ttl --ttl-lt 10', 'FORWARD 1 kind'],
    ['-p tcp -m tcpmss --mss 1:500', 'FORWARD 1 kind'],
    ['-p tcp -m hashlimit --hashlimit-above 5/sec --hashlimit-name x', 'FORWARD 1 limit'],
    ['-p tcp -m connlimit --connlimit-above 1', 'FORWARD 1 limit'],
  ])('%s', (match, told) => {
    expect(found(`[7:700] -A FORWARD ${match} -j DROP`)).toEqual([told]);
    expect(found(`[7:700] -A FORWARD ${match} -j REJECT --reject-with icmp-port-unreachable`)).toEqual([
      told,
    ]);
    expect(found(`[7:700] -A FORWARD ${match} -j ACCEPT`)).toEqual([]);
    expect(found(`[0:0] -A FORWARD ${match} -j DROP`)).toEqual([]);
    expect(found(`[7:700] -A INPUT ${match} -j DROP`)).toEqual([]);
  });

  it('what no reading tells of a packet, and what a limit before it leaves over; not other rules after a limit', () => {
    expect(found('[7:700] -A FORWARD -m mac --mac-source 02:00:00:00:00:01 -j DROP')).toEqual([
      'FORWARD 1 unseen',
    ]);
    expect(found('[7:700] -A FORWARD -m time --timestart 09:00 -j DROP')).toEqual(['FORWARD 1 unseen']);
    const within = '[5:500] -A FORWARD -p tcp -m limit --limit 1/min -j ACCEPT';
    expect(found(within, '[7:700] -A FORWARD -p tcp -j DROP')).toEqual(['FORWARD 2 limit']);
    expect(found(within, '[7:700] -A FORWARD -j DROP')).toEqual(['FORWARD 2 limit']);
    expect(found(within, '[7:700] -A FORWARD -p tcp -m tcp --dport 23 -j DROP')).toEqual([]);
    expect(found('[7:700] -A FORWARD -p tcp -j DROP', within)).toEqual([]);
  });

  it('also in chains that those of FORWARD lead to, once where they lead in a circle; not in those of the cluster’s network', () => {
    const drop = (chain: string): string => `[7:700] -A ${chain} -m length --length 100:1500 -j DROP`;
    const lead = (from: string, to: string): string => `[9:900] -A ${from} -j ${to}`;
    const chains = [':MINE - [0:0]', ':DEEP - [0:0]', ':cali-FORWARD - [0:0]', ':ELSE - [0:0]'];
    const jumps = [lead('FORWARD', 'MINE'), lead('FORWARD', 'cali-FORWARD'), lead('MINE', 'DEEP')];
    const drops = [drop('DEEP'), drop('cali-FORWARD'), drop('ELSE')];
    expect(found(...chains, ...jumps, ...drops)).toEqual(['DEEP 1']);
    expect(found(...chains, ...jumps, lead('DEEP', 'MINE'), drop('DEEP'))).toEqual(['DEEP 2']);
  });

  it('not by whom a packet is from or for, or by what is said of a rule: those are followed', () => {
    expect(found('[7:700] -A FORWARD -p tcp -m tcp --dport 80 -j DROP')).toEqual([]);
    expect(found('[7:700] -A FORWARD -m comment --comment "length limit" -j DROP')).toEqual([]);
    expect(found('[7:700] -A FORWARD -m conntrack --ctstate INVALID -j DROP')).toEqual([]);
  });
});

it('a rule of ebtables whose match nft does not show', () => {
  const rule = (handle: number, ...expr: string[]): string =>
    `{"rule": {"family": "bridge", "table": "filter", "chain": "FORWARD", "handle": ${String(handle)}, "expr": [${expr.join(', ')}]}}`;
  const hidden = '{"xt": {"type": "match", "name": "ip"}}';
  const counter = '{"counter": {"packets": 9, "bytes": 900}}';
  const nft = `{"nftables": [{"table": {"family": "bridge", "name": "filter", "handle": 1}}, {"chain": {"family": "bridge", "table": "filter", "name": "FORWARD", "handle": 1, "type": "filter", "hook": "forward", "prio": -200, "policy": "accept"}}, ${[
    rule(2, hidden, counter, '{"drop": null}'),
    rule(3, hidden, counter, '{"accept": null}'),
    rule(4, '{"xt": {"type": "match", "name": "comment"}}', counter, '{"drop": null}'),
  ].join(', ')}]}`;
  const { tables = [] } = worker({ nft }).filters ?? {};
  expect(selectiveRules(tables).map(({ chain, number, by }) => `${chain} ${String(number)} ${by}`)).toEqual([
    'FORWARD 1 hidden',
  ]);
});

it.each([
  ['-i cni0', true],
  ['-i cni+ -o vx0', true],
  ['-s 10.244.1.0/24 ! -d 203.0.113.0/24', true],
  ['-m set --match-set x src', true],
  ['-i virbr0', false],
  ['! -i cni0', false],
  ['-i cni0 -o docker+', false],
  ['-s 203.0.113.0/24', false],
  ['! -s 10.244.0.0/16', false],
  ['-d 10.244.1.2/32', false],
])('%s may take a Pod’s packet: %s', (match, may) => {
  const rule = { backend: 'xt', text: `${match} -j DROP`, line: 1, packets: 9, bytes: 900 } as const;
  const packet = { iif: 'cni0', oif: 'vx0', src: '10.244.1.2', dst: '10.244.2.2' };
  expect(mayTake(rule, [packet])).toBe(may);
  expect(mayTake(rule, [])).toBe(false);
});

describe('forward-policy-drop by a rule that counts', () => {
  const thinning = (count: number, match: string): string =>
    filter(...open, `[${count}:900] -A FORWARD ${match} -j DROP`);
  const told = (match: string, before: number | null, now: number) =>
    toldOf((count) => thinning(count, match), before, now);
  const toldOf = (rules: (count: number) => string, before: number | null, now: number) => {
    const facts = known([rules(now)]);
    const { firewall } = known([rules(before ?? 0)]).readings.get('node-A')?.snapshot ?? {};
    const earlierFirewalls = new Map(
      before === null || firewall === undefined || firewall === null
        ? []
        : [['node-A', { ...firewall, at: { s: (firewall.at?.s ?? 0) - 10, ns: 0 } }] as const],
    );
    return diagnose({ ...facts, earlierFirewalls }).findings.map(
      ({ id, severity, confidence, where, title }) =>
        `${severity} ${confidence} ${id} ${where.node ?? ''}: ${title}`,
    );
  };

  it('lets a first packet pass and takes others', () => {
    const match = '-m length --length 100:1500';
    expect(told(match, 2, 9)).toEqual([
      'error certain forward-policy-drop node-A: node-A drops some of what it has to pass on: rule 1 of filter FORWARD',
    ]);
    expect(told(match, 9, 9)).toEqual([]);
    expect(told(match, 8, 9)).toEqual([]);
    expect(told(match, null, 9)).toEqual([]);
  });

  it.each(['-m hashlimit --hashlimit-above 5/sec --hashlimit-name x', '-m ttl --ttl-lt 3'])(
    '%s may be meant',
    (match) => {
      const [one = ''] = told(match, 2, 9);
      expect(one).toMatch(/^warning certain forward-policy-drop node-A/);
    },
  );

  it('what a limit leaves over of Pods’ packets, and not what comes to the last rule of a chain otherwise', () => {
    const last = (...before: string[]) =>
      toldOf((count) => filter(...open, ...before, `[${count}:900] -A FORWARD -j DROP`), 2, 9);
    const limited = (match: string) => `[5:500] -A FORWARD ${match} -m limit --limit 1/sec -j ACCEPT`;
    const pods = '[9:900] -A FORWARD -i cni0 -j ACCEPT';
    const back = '[9:900] -A FORWARD -o cni0 -j ACCEPT';
    expect(last(pods, back, limited('-p icmp'))).toEqual([]);
    // Whichever of several limits it is; others' packets may be among what it counts.
    for (const before of [[limited('! -o eth0')], [limited('! -o eth0'), limited('-p icmp')]])
      expect(last(...before)[0]).toMatch(/^warning likely forward-policy-drop node-A/);
  });

  it('what nobody has seen of any packet is possible, and no more, however sure it is that it counts', () => {
    for (const match of ['-m cgroup --cgroup 7', '-m time --timestart 09:00'])
      expect(told(match, 2, 9)[0]).toMatch(/^warning possible forward-policy-drop node-A/);
  });

  it('is nothing of Pods’ where it asks for others’ devices or addresses', () => {
    expect(told('! -i cni0 -o docker0 -m length --length 100:1500', 2, 9)).toEqual([]);
  });

  it('once, where ways end at that very rule', () => {
    expect(told('-m length --length 0:1500', 2, 9)).toHaveLength(1);
  });
});
