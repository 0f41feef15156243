import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  HOOKS,
  type FirewallReading,
  type FirewallTable,
  type HookName,
  type NftSet,
} from '../probe/firewall-facts.ts';
import { parseIpsets } from '../probe/ipset-text.ts';
import { parseNftJson } from '../probe/nft-json.ts';
import { parseXtablesSave } from '../probe/xtables-save.ts';
import { addressText } from '../route/address.ts';
import { runs } from '../testing/runs.ts';
import type { FilterPacket } from './filter-packet.ts';
import { UNKNOWN_CONTEXT } from './hook-context.ts';
import type { HookOutcome } from './hook-outcome.ts';
import { MOST_OUTCOMES } from './outcomes.ts';
import { passHook } from './pass-hook.ts';
import { NODE, tcpPacket } from './testing/tcp-packet.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../probe/fixtures/firewall/${name}`, import.meta.url), 'utf8');
const xtTables = (text: string): FirewallTable[] =>
  parseXtablesSave(text, { backend: 'legacy', family: 'ip', evidence: 'n/x' }).tables.entries;
const reading = (tables: readonly FirewallTable[], more: Partial<FirewallReading> = {}): FirewallReading => ({
  tables,
  ipsets: [],
  virtualServers: [],
  conntrack: null,
  unread: [],
  unreadCount: 0,
  ...more,
});
const asPrinted = (value: HookOutcome): string =>
  `${value.share.toFixed(3)} ${value.verdict.kind} ${endOf(value.packet)} 0x${value.packet.mark.toString(16)}`;
const endOf = ({ dst, dport }: FilterPacket): string => `${addressText(dst)}:${dport}`;

/** Rules of one FORWARD chain, its policy drop: whether they let the packet pass. */
function forward(
  rules: readonly string[],
  packet = tcpPacket(),
  more: Partial<FirewallReading> = {},
): HookOutcome[] {
  const lines = rules.map((rule) =>
    rule.startsWith(':') ? rule : rule.startsWith('-A') ? rule : `-A FORWARD ${rule}`,
  );
  const text = ['*filter', ':FORWARD DROP [0:0]', ...lines, 'COMMIT', ''].join('\n');
  return passHook(reading(xtTables(text), more), 'forward', { ...packet, oif: packet.oif ?? 'eth0' }, NODE);
}
const kinds = (outcomes: readonly HookOutcome[]): string[] => outcomes.map(({ verdict }) => verdict.kind);

/** Statements of rules of one base chain of nftables, its policy drop. */
function nftHook(
  rules: readonly (readonly unknown[])[],
  packet: FilterPacket = tcpPacket(),
  hook: HookName = 'forward',
  { type = 'filter', sets = [], chains = [] }: NftOptions = {},
): HookOutcome[] {
  const objects = [
    { chain: { family: 'inet', table: 't', name: 'base', type, hook, prio: 0, policy: 'drop' } },
    ...chains.map((name) => ({ chain: { family: 'inet', table: 't', name } })),
    ...rules.map((expr) => ({ rule: { family: 'inet', table: 't', chain: 'base', expr } })),
    ...chains.map((name) => ({
      rule: { family: 'inet', table: 't', chain: name, expr: [{ accept: null }] },
    })),
  ];
  const tables = parseNftJson(JSON.stringify({ nftables: objects }), 'n/nft').entries;
  return passHook(reading(tables.map((table) => ({ ...table, sets }))), hook, packet, NODE);
}
interface NftOptions {
  readonly type?: string;
  readonly sets?: readonly NftSet[];
  readonly chains?: readonly string[];
}
const match = (left: unknown, right: unknown, op = '=='): unknown => ({ match: { op, left, right } });
const payload = (protocol: string, field: string): unknown => ({ payload: { protocol, field } });

describe('chains', () => {
  it('a base chain that accepts ends itself alone, one that drops ends all, and a policy is a hit of number 0', () => {
    const text =
      '*mangle\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j ACCEPT\nCOMMIT\n*filter\n:FORWARD DROP [0:0]\nCOMMIT\n';
    const [only] = passHook(reading(xtTables(text)), 'forward', tcpPacket(), NODE);
    expect(only).toMatchObject({
      share: 1,
      verdict: { kind: 'drop', by: { chain: 'FORWARD', number: 0, text: 'policy drop' } },
    });
    expect(only?.hits.map(({ table, number, did }) => `${table.name} ${number} ${did}`)).toEqual([
      'mangle 1 accepted',
      'filter 0 dropped',
    ]);
    expect(only?.acceptedBy.map(({ table }) => table.name)).toEqual(['mangle']);
  });

  it('jump comes back behind the rule, goto to where the last jump was, return to the caller', () => {
    const rules = [
      ':A -',
      ':B -',
      '-j A',
      '-j ACCEPT',
      '-A A -g B',
      '-A A -j DROP',
      '-A B -p udp -j DROP',
      '-A B -j RETURN',
      '-A B -j DROP',
    ];
    const [only] = forward(rules);
    expect(only?.verdict.kind).toBe('accept');
    expect(only?.hits.map(({ chain, number }) => `${chain} ${number}`)).toEqual([
      'FORWARD 1',
      'A 1',
      'B 2',
      'FORWARD 2',
    ]);
  });

  it.each([
    ['round and round', [':A -', '-j A', '-A A -j A']],
    ['a chain that is not there', ['-j NOWHERE']],
    ['goto round and round', [':A -', '-j A', '-A A -g A']],
  ])('%s is unknown, and ends', (_, rules) => {
    expect(kinds(forward(rules))).toEqual(['unknown']);
  });

  it('nat chains are asked of a first packet alone, and until one translates', () => {
    const text =
      '*nat\n:PREROUTING ACCEPT [0:0]\n:D -\n-A PREROUTING -j D\n-A D -p tcp -j DNAT --to-destination 192.168.1.9:8080\n-A PREROUTING -j DNAT --to-destination 1.1.1.1\nCOMMIT\n';
    const at = (packet: FilterPacket): string[] =>
      passHook(reading(xtTables(text)), 'prerouting', packet, NODE).map(
        (outcome) => `${asPrinted(outcome)} ${String(outcome.packet.connection.dnat)}`,
      );
    expect(at(tcpPacket())).toEqual(['1.000 accept 192.168.1.9:8080 0x0 true']);
    for (const state of ['established', 'invalid', 'untracked'] as const)
      expect(at(tcpPacket({ connection: { state } }))).toEqual(['1.000 accept 192.168.2.3:80 0x0 false']);
  });

  it('before conntrack nothing is known of a connection, and NOTRACK makes it untracked', () => {
    const text =
      '*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m conntrack --ctstate NEW -j DROP\n-A PREROUTING -j CT --notrack\nCOMMIT\n*mangle\n:PREROUTING DROP [0:0]\n-A PREROUTING -m conntrack --ctstate UNTRACKED -j ACCEPT\nCOMMIT\n';
    const [only] = passHook(reading(xtTables(text)), 'prerouting', tcpPacket(), NODE);
    expect([only?.verdict.kind, only?.packet.connection.state]).toEqual(['accept', 'untracked']);
  });
});

describe('what cannot be known', () => {
  it('matters only where both ways do not end alike', () => {
    const owner = '-m string --string "x" --algo bm';
    expect(kinds(forward([`${owner} -j ACCEPT`]))).toEqual(['unknown']);
    const [alike] = forward([`${owner} -j DROP`]);
    expect(alike?.verdict.kind).toBe('drop');
    expect(alike?.presumed).toEqual([
      expect.stringMatching(/^Whether “-m string .* it makes no difference\.$/),
    ]);
    // A mark that nobody asks for is another packet all the same.
    expect(kinds(forward([`${owner} -j MARK --set-xmark 0x1/0x1`, '-j ACCEPT']))).toEqual(['unknown']);
    expect(kinds(forward([`${owner} -j LOG`, '-j ACCEPT']))).toEqual(['accept']);
  });

  it('is said by its rule', () => {
    const [only] = forward(['-p tcp -j NFQUEUE --queue-num 0']);
    expect(only?.verdict).toMatchObject({
      kind: 'unknown',
      by: { number: 1 },
      why: expect.stringContaining('user space') as string,
    });
  });

  it('is what a limit of connections or packets may do: presumed not reached', () => {
    const [only] = forward(['-m limit --limit 5/min -j ACCEPT']);
    expect([only?.verdict.kind, only?.presumed]).toEqual(['accept', [expect.stringContaining('-m limit')]]);
    expect(kinds(forward(['-m connlimit --connlimit-above 3 -j ACCEPT']))).toEqual(['drop']);
    // The connection itself is one more than none.
    expect(kinds(forward(['-m connlimit --connlimit-above 0 -j ACCEPT']))).toEqual(['accept']);
    expect(kinds(forward(['-m connlimit --connlimit-upto 0 -j ACCEPT']))).toEqual(['drop']);
  });

  it('without the namespace around it, routes and addresses are unknown, not absent', () => {
    const text = '*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m rpfilter --invert -j DROP\nCOMMIT\n';
    expect(kinds(passHook(reading(xtTables(text)), 'prerouting', tcpPacket(), UNKNOWN_CONTEXT))).toEqual([
      'unknown',
    ]);
    expect(kinds(passHook(reading(xtTables(text)), 'prerouting', tcpPacket(), NODE))).toEqual(['drop']);
    expect(kinds(passHook(reading(xtTables(text)), 'prerouting', tcpPacket({ iif: 'eth0' }), NODE))).toEqual([
      'accept',
    ]);
  });
});

describe('by chance', () => {
  it('rules of iptables share connections out, as kube-proxy writes them', () => {
    const [xt] = [xtTables(fixture('iptables-nft-save.txt'))];
    const at = passHook(
      reading(xt, { ipsets: parseIpsets(fixture('ipset.txt')).entries }),
      'prerouting',
      tcpPacket({ dst: '10.96.7.7', iif: 'eth0' }),
      NODE,
    );
    expect(at.map(asPrinted)).toEqual(
      ['192.168.1.10', '192.168.2.10', '192.168.2.11'].map((host) => `0.333 accept ${host}:8080 0x0`),
    );
  });

  it('so do numgen’s maps, by what each number leads to', () => {
    const at = passHook(
      reading(parseNftJson(fixture('nft.txt'), 'n/nft').entries),
      'prerouting',
      tcpPacket({ dst: '10.96.7.7', iif: 'eth0' }),
      NODE,
    );
    expect(at.map(asPrinted).toSorted()).toEqual([
      '0.500 accept 192.168.1.10:8080 0x0',
      '0.500 accept 192.168.2.10:8080 0x0',
    ]);
    const numgen = { numgen: { mode: 'random', mod: 10, offset: 0 } };
    const three = nftHook([
      [
        {
          vmap: {
            key: numgen,
            data: {
              set: [
                [{ range: [0, 2] }, { accept: null }],
                [{ range: [3, 9] }, { drop: null }],
              ],
            },
          },
        },
      ],
    ]);
    expect(three.map(({ share, verdict }) => `${share.toFixed(2)} ${verdict.kind}`)).toEqual([
      '0.70 drop',
      '0.30 accept',
    ]);
    const dnat = [
      {
        dnat: {
          family: 'ip',
          addr: {
            map: {
              key: { ...numgen, numgen: { mode: 'inc', mod: 2, offset: 0 } },
              data: {
                set: [
                  [0, '1.1.1.1'],
                  [1, '2.2.2.2'],
                ],
              },
            },
          },
          port: 8080,
        },
      },
    ];
    expect(nftHook([dnat], tcpPacket(), 'prerouting', { type: 'nat' }).map(asPrinted)).toEqual([
      '0.500 accept 2.2.2.2:8080 0x0',
      '0.500 accept 1.1.1.1:8080 0x0',
    ]);
  });

  it('ways of one verdict and one packet are one', () => {
    expect(
      forward([
        '-m statistic --mode random --probability 0.25 -j ACCEPT',
        '-m statistic --mode nth --every 3 --packet 0 -j ACCEPT',
      ]).map(({ share, verdict }) => `${share.toFixed(3)} ${verdict.kind}`),
    ).toEqual(['0.500 accept', '0.500 drop']);
  });

  it(`of more than ${MOST_OUTCOMES} the rest is one that is unknown`, () => {
    const rules = Array.from({ length: 100 }, (_, at) => [
      `-m statistic --mode nth --every ${100 - at} --packet 0 -j A${at}`,
      `-A A${at} -j MARK --set-xmark ${at + 1}`,
      `-A A${at} -j ACCEPT`,
      `:A${at} -`,
    ]).flat();
    const outcomes = forward([
      ...rules.filter((rule) => rule.startsWith(':')),
      ...rules.filter((rule) => !rule.startsWith(':')),
    ]);
    expect(outcomes).toHaveLength(MOST_OUTCOMES);
    expect(outcomes[0]).toMatchObject({ verdict: { kind: 'unknown', why: 'there are more than 64 ways' } });
    expect(outcomes[0]?.share).toBeCloseTo(0.37);
  });
});

describe('chains of one priority', () => {
  const tables = (backend: 'legacy' | 'nft-compat', rule: string): FirewallReading['tables'] =>
    parseXtablesSave(`*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD ${rule}\nCOMMIT\n`, {
      ...{ backend, family: 'ip', evidence: '' },
    }).tables.entries;
  const both = (legacy: string, nft: string): HookOutcome[] =>
    passHook(
      reading([...tables('legacy', legacy), ...tables('nft-compat', nft)]),
      'forward',
      { ...tcpPacket(), oif: 'eth0' },
      NODE,
    );

  it('of two backends: which comes first is presumed where that decides, and only there', () => {
    const marked = '-m mark --mark 0x1/0x1 -j DROP';
    const [first] = both('-j MARK --set-xmark 0x1/0x1', marked);
    expect([first?.verdict.kind, first?.presumed]).toEqual([
      'accept',
      [
        'iptables-nft’s filter FORWARD and iptables-legacy’s filter FORWARD have one priority, and nobody tells which comes first: that iptables-nft’s filter FORWARD does is presumed.',
      ],
    ]);
    const [alike] = both('-p tcp -j ACCEPT', marked);
    expect([alike?.verdict.kind, alike?.presumed]).toEqual(['accept', []]);
  });
});

describe('sets', () => {
  const set = (
    type: string,
    members: readonly string[],
    size: number | null = members.length,
    more = {},
  ) => ({
    ipsets: [{ name: 's', type, members, size, ...more }],
  });
  it.each([
    ['hash:ip', ['192.168.2.0'], '24', 'dst', 'accept'],
    ['hash:ip', ['192.168.2.0'], '32', 'dst', 'drop'],
    ['hash:ip,port', ['192.168.0.0,tcp:80'], '16', 'dst,dst', 'accept'],
    ['hash:ip', ['192.168.2.0'], '255.255.0.255', 'dst', 'unknown'],
  ])('%s of %j with netmask %s asked by %s: %s', (type, members, netmask, parts, kind) => {
    const sets = set(type, members, members.length, { netmask });
    expect(kinds(forward([`-m set --match-set s ${parts} -j ACCEPT`], tcpPacket(), sets))).toEqual([kind]);
  });
  it.each([
    ['hash:net', ['192.168.0.0/16', '192.168.2.0/24 nomatch'], 'dst', 'drop'],
    ['hash:net', ['192.168.0.0/16 nomatch', '192.168.2.0/24'], 'dst', 'accept'],
    ['hash:ip', ['192.168.1.2 timeout 30 comment "x y"'], 'src', 'accept'],
    ['hash:ip,port', ['192.168.2.3,tcp:80'], 'dst,dst', 'accept'],
    ['hash:ip,port', ['192.168.2.3,udp:80'], 'dst,dst', 'drop'],
    ['hash:net,port', ['192.168.2.0/24,tcp:80', '192.168.2.3,tcp:80 nomatch'], 'dst,dst', 'drop'],
    ['hash:net,iface', ['192.168.1.0/24,cali1'], 'src,src', 'accept'],
    ['hash:ip,port,net', ['192.168.2.3,tcp:80,192.168.0.0/16'], 'dst,dst,src', 'accept'],
    ['bitmap:port', ['80'], 'dst', 'accept'],
    ['hash:mac', ['02:00:00:00:00:01'], 'src', 'unknown'],
  ])('%s of %j asked by %s: %s', (type, members, parts, kind) => {
    expect(
      kinds(forward([`-m set --match-set s ${parts} -j ACCEPT`], tcpPacket(), set(type, members))),
    ).toEqual([kind]);
  });

  it('from which MAC address a frame came is asked where it is known', () => {
    const asked = ['-m mac --mac-source 02:00:00:00:00:0A -j ACCEPT'];
    const from = (fromMac: string | null, iif: string | null = 'cali1') =>
      kinds(forward(asked, { ...tcpPacket(), iif, fromMac }));
    expect(from('02:00:00:00:00:0a')).toEqual(['accept']);
    expect(from('02:00:00:00:00:0b')).toEqual(['drop']);
    expect(from(null)).toEqual(['unknown']);
    expect(from(null, null)).toEqual(['drop']);
    const other = ['-m mac ! --mac-source 02:00:00:00:00:0A -j ACCEPT'];
    const notFrom = (fromMac: string | null, iif: string) =>
      kinds(forward(other, { ...tcpPacket(), iif, fromMac }));
    expect([notFrom('02:00:00:00:00:0b', 'cali1'), notFrom(null, 'lo')]).toEqual([['accept'], ['drop']]);
    const ether = (op: '==' | '!=') => [
      {
        match: {
          op,
          left: { payload: { protocol: 'ether', field: 'saddr' } },
          right: '02:00:00:00:00:0a',
        },
      },
      { accept: null },
    ];
    const met = (fromMac: string) => kinds(nftHook([ether('==')], { ...tcpPacket(), fromMac }));
    expect([met('02:00:00:00:00:0a'), met('02:00:00:00:00:0b')]).toEqual([['accept'], ['drop']]);
    expect(kinds(nftHook([ether('!=')], { ...tcpPacket(), iif: 'lo' }))).toEqual(['drop']);
  });

  it('one that was read in part says nothing of who is not among those read', () => {
    const asked = ['-m set --match-set s dst -j ACCEPT'];
    expect(kinds(forward(asked, tcpPacket(), set('hash:ip', ['1.1.1.1'], null)))).toEqual(['unknown']);
    expect(kinds(forward(asked, tcpPacket(), set('hash:ip', ['192.168.2.3'], 9)))).toEqual(['accept']);
    expect(kinds(forward(asked, tcpPacket()))).toEqual(['unknown']);
    const elements = [['1.1.1.1', { accept: null }]];
    const map: NftSet = {
      name: 'm',
      isMap: true,
      type: 'ipv4_addr : verdict',
      comment: null,
      timeout: null,
      elements,
      size: 2,
    };
    const vmap = [{ vmap: { key: payload('ip', 'daddr'), data: '@m' } }];
    expect(kinds(nftHook([vmap], tcpPacket(), 'forward', { sets: [map] }))).toEqual(['unknown']);
    expect(kinds(nftHook([vmap], tcpPacket(), 'forward', { sets: [{ ...map, size: 1 }] }))).toEqual(['drop']);
  });
});

describe('statements of nftables', () => {
  it('more possibilities than are walked are not known, and soon said', () => {
    const wide = { numgen: { mode: 'random', mod: 4096, offset: 0 } };
    const drawn = { mangle: { key: { meta: { key: 'mark' } }, value: wide } };
    const started = process.cpuUsage();
    const outcomes = nftHook([[drawn], [drawn], [{ accept: null }]]);
    expect(process.cpuUsage(started).user).toBeLessThan(5e6);
    expect(outcomes.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    expect(kinds(outcomes)).toContain('unknown');
  });

  it.each<[string, unknown[], string]>([
    [
      'a field of another protocol is never that',
      [match(payload('udp', 'dport'), 80), { accept: null }],
      'drop',
    ],
    ['not even when it is negated', [match(payload('udp', 'dport'), 81, '!='), { accept: null }], 'drop'],
    ['of IPv6', [match(payload('ip6', 'daddr'), 'fd00::1', '!='), { accept: null }], 'drop'],
    [
      'what iptables wrote and nft does not show',
      [{ xt: { type: 'match', name: 'string' } }, { accept: null }],
      'unknown',
    ],
    ['a target of iptables', [{ xt: null }], 'unknown'],
    ['a comment of iptables', [{ xt: { type: 'match', name: 'comment' } }, { accept: null }], 'accept'],
    ['a match of iptables before what the policy does as well', [{ xt: null }, { drop: null }], 'drop'],
    ['the socket’s owner', [match({ meta: { key: 'skuid' } }, 0), { accept: null }], 'unknown'],
    ['what nobody understands', [{ wonder: 1 }, { accept: null }], 'unknown'],
    ['what nobody understands, and what it decides', [{ 'osf name "Linux" accept': null }], 'unknown'],
    ['a set that is not there', [match(payload('ip', 'daddr'), '@gone'), { accept: null }], 'unknown'],
    ['a flow table', [{ flow: { op: 'add', flowtable: '@f' } }, { accept: null }], 'accept'],
    [
      'chance that does not matter',
      [match({ numgen: { mode: 'inc', mod: 3, offset: 0 } }, 1), { drop: null }],
      'drop',
    ],
    ['raw bytes', [match({ payload: { base: 'th', offset: 16, len: 16 } }, 80), { accept: null }], 'accept'],
  ])('%s', (_, statements, kind) => {
    expect(kinds(nftHook([statements]))).toEqual([kind]);
  });

  it('a netdev chain of a device that nft does not tell matters only where it decides', () => {
    const of = (policy: string): HookOutcome[] => {
      const chain = {
        family: 'netdev',
        table: 't',
        name: 'c',
        type: 'filter',
        hook: 'ingress',
        prio: 0,
        policy,
      };
      const text = JSON.stringify({ nftables: [{ chain }] });
      return passHook(reading(parseNftJson(text, 'n/nft').entries), 'ingress', tcpPacket(), NODE);
    };
    expect(of('drop')).toMatchObject([{ share: 1, verdict: { kind: 'unknown', by: { chain: 'c' } } }]);
    expect(of('accept')).toMatchObject([
      { verdict: { kind: 'accept' }, presumed: [expect.stringContaining('all the same')] },
    ]);
  });

  it('netdev chains are those of the packet’s device, and bridge’s are asked apart', () => {
    const objects = (['netdev', 'bridge'] as const).map((family) => ({
      chain: {
        family,
        table: 't',
        name: 'c',
        type: 'filter',
        hook: family === 'netdev' ? 'ingress' : 'forward',
        prio: 0,
        policy: 'drop',
        ...(family === 'netdev' ? { dev: 'eth0' } : {}),
      },
    }));
    const both = reading(parseNftJson(JSON.stringify({ nftables: objects }), 'n/nft').entries);
    expect(kinds(passHook(both, 'ingress', tcpPacket({ iif: 'eth0' }), NODE))).toEqual(['drop']);
    expect(kinds(passHook(both, 'ingress', tcpPacket({ iif: 'eth1' }), NODE))).toEqual(['accept']);
    expect(kinds(passHook(both, 'forward', tcpPacket(), NODE))).toEqual(['accept']);
    expect(kinds(passHook(both, 'forward', tcpPacket(), NODE, 'bridge'))).toEqual(['drop']);
  });
});

it('any rules and any packet: shares sum to 1, nothing throws, and there are never many ways', () => {
  const addresses = fc.constantFrom('192.168.1.2', '10.96.7.7', '10.96.0.1', 'fd00::1', '10.12.22.151');
  const xtRule = fc
    .array(
      fc.constantFrom(
        '-p tcp',
        '! -p udp',
        '-d 10.96.0.0/16',
        '-m statistic --mode random --probability 0.3',
        '-m set --match-set s dst',
        '-m string --string x',
        '-m statistic --mode nth --every 2 --packet 0',
        '-m conntrack --ctstate NEW',
        '-m wonder --a b',
        '-i eth0',
        '-m limit --limit 1/s',
      ),
      { maxLength: 3 },
    )
    .chain((words) =>
      fc
        .constantFrom(
          '-j ACCEPT',
          '-j DROP',
          '-j A',
          '-g B',
          '-j C',
          '-j RETURN',
          '-j MARK --set-xmark 0x1/0x1',
          '-j CONNMARK --save-mark',
          '-j DNAT --to-destination 1.1.1.1-1.1.1.9',
          '-j MASQUERADE --random',
          '-j QUEUE',
          '-j Z',
          '',
        )
        .map((target) => [...words, target].join(' ')),
    );
  const chain = fc.array(xtRule, { maxLength: 12 });
  const nftValue = fc.jsonValue({ maxDepth: 3 });
  const statement = fc.oneof(
    nftValue,
    fc.constantFrom<unknown>(
      { accept: null },
      { vmap: { key: { numgen: { mode: 'random', mod: 3 } }, data: { set: [[0, { drop: null }]] } } },
      { jump: { target: 'base' } },
    ),
    fc
      .tuple(
        fc.constantFrom('match', 'mangle', 'dnat', 'vmap', 'set', 'reject', 'limit', 'snat', 'redirect'),
        nftValue,
      )
      .map(([name, value]) => ({ [name]: value })),
    nftValue.map((right) => match({ payload: { protocol: 'ip', field: 'daddr' } }, right)),
    nftValue.map((left) => match(left, 1)),
  );
  fc.assert(
    fc.property(
      fc.record({ FORWARD: chain, PREROUTING: chain, A: chain, B: chain, C: chain }),
      fc.array(fc.array(statement, { maxLength: 4 }), { maxLength: 6 }),
      fc.constantFrom(...HOOKS),
      addresses,
      fc.constantFrom(1, 6, 17, 58, 200),
      (chains, rules, hook, dst, protocol) => {
        const src = dst.includes(':') ? 'fd00::2' : '192.168.1.2';
        const packet = tcpPacket({
          src,
          dst,
          protocol,
          icmp: protocol === 1 ? { type: 8, code: 0 } : null,
          oif: 'eth0',
        });
        const lines = (['filter', 'nat', 'raw'] as const).flatMap((table) => [
          `*${table}`,
          ...Object.keys(chains).map((name) => `:${name} ${name.length > 1 ? 'ACCEPT [0:0]' : '-'}`),
          ...Object.entries(chains).flatMap(([name, texts]) => texts.map((text) => `-A ${name} ${text}`)),
          'COMMIT',
        ]);
        const all = [
          passHook(reading(xtTables(`${lines.join('\n')}\n`)), hook, packet, NODE),
          nftHook(rules, packet, hook),
          nftHook(rules, packet, hook, { type: 'nat' }),
        ];
        for (const outcomes of all) {
          expect(outcomes.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
          expect(outcomes.length).toBeLessThanOrEqual(MOST_OUTCOMES);
        }
      },
    ),
    { numRuns: runs(60) },
  );
});
