import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import type { FirewallTable } from './firewall-facts.ts';
import { parseIpVs } from './ip-vs.ts';
import { parseIpsets } from './ipset-text.ts';
import { parseNftJson } from './nft-json.ts';
import { nftRuleSpec, nftRuleText } from './nft-rule.ts';
import { xtRuleSpec } from './xt-rule.ts';
import { parseXtablesSave } from './xtables-save.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/firewall/${name}`, import.meta.url), 'utf8');
const source = { backend: 'nft-compat', family: 'ip', evidence: 'n/ip:nft' } as const;
const saved = (text: string) => parseXtablesSave(text, source);
const rulesOf = (tables: readonly FirewallTable[], chain: string) =>
  tables.flatMap(({ chains }) => chains).find(({ name }) => name === chain)?.rules ?? [];

describe('iptables-save', () => {
  it.each(['iptables-nft-save.txt', 'iptables-legacy-save.txt'])('%s: every line is taken', (name) => {
    const text = fixture(name);
    const { tables, whole, incompatible } = saved(text);
    expect([tables.unreadCount, whole, incompatible]).toEqual([0, true, []]);
    const rules = tables.entries.flatMap(({ chains }) => chains).flatMap((chain) => chain.rules);
    expect(rules).toHaveLength(text.match(/^\[\d+:\d+\] -A /gm)?.length ?? 0);
    expect(tables.entries.map((table) => table.name).sort()).toEqual(['filter', 'mangle', 'nat', 'raw']);
  });

  it('has policies with their counters, and hooks with the kernel’s priorities', () => {
    const [nat, filter] = ['nat', 'filter'].map((name) =>
      saved(fixture('iptables-nft-save.txt')).tables.entries.find((table) => table.name === name),
    );
    const chain = (table: FirewallTable | undefined, name: string) =>
      table?.chains.find((each) => each.name === name);
    expect(chain(filter, 'FORWARD')?.hook).toEqual({
      hook: 'forward',
      priority: 0,
      type: 'filter',
      policy: 'drop',
      device: null,
    });
    expect(chain(filter, 'OUTPUT')).toMatchObject({ packets: 8, bytes: 446 });
    expect(chain(nat, 'PREROUTING')?.hook?.priority).toBe(-100);
    expect(chain(nat, 'POSTROUTING')?.hook?.priority).toBe(100);
    expect(chain(nat, 'KUBE-SERVICES')).toMatchObject({ hook: null, packets: null });
    expect(rulesOf(nat === undefined ? [] : [nat], 'KUBE-SEP-AAAAAAAAAAAAAAAA')[1]).toMatchObject({
      packets: 3,
      bytes: 180,
    });
  });

  it('says what was cut off, what nft alone can show, and where it does not understand', () => {
    const text =
      "-A INPUT -j DROP\n*filter\n:INPUT ACCEPT [1:2]\nwhat?\n# Table `nat' is incompatible, use 'nft' tool.\n-A INPUT -j X";
    const { tables, whole, incompatible } = saved(text);
    expect([whole, incompatible]).toEqual([false, ['nat']]);
    expect(tables.unread).toEqual([
      { where: 'line 1', text: '-A INPUT -j DROP' },
      { where: 'line 4', text: 'what?' },
    ]);
    expect(rulesOf(tables.entries, 'INPUT')).toMatchObject([{ text: '-j X', packets: null, line: 6 }]);
  });
});

describe('a rule of iptables', () => {
  it.each([
    ['-i cali+', { kind: 'interface', end: 'in', names: ['cali+'] }],
    ['-i -x', { kind: 'interface', end: 'in', names: ['-x'] }],
    ['! -o docker0', { kind: 'interface', end: 'out', names: ['docker0'], negated: true }],
    ['-s 10.0.0.0/8', { kind: 'address', end: 'src', addresses: ['10.0.0.0/8'] }],
    ['-p udp', { kind: 'protocol', protocols: ['udp'] }],
    ['-m tcp --dport 8080:8090', { kind: 'port', end: 'dst', ports: ['8080-8090'] }],
    ['-m multiport --sports 1,2:3', { kind: 'port', end: 'src', ports: ['1', '2-3'] }],
    [
      '-m mark ! --mark 0x4000/0x4000',
      { kind: 'mark', of: 'packet', value: 0x4000, mask: 0x4000, negated: true },
    ],
    ['-m connmark --mark 0x1', { kind: 'mark', of: 'connection', value: 1, mask: 0xffffffff }],
    ['-m conntrack --ctstate RELATED,ESTABLISHED', { kind: 'state', states: ['related', 'established'] }],
    [
      '-m set ! --match-set cali40all dst,src',
      { kind: 'set', set: 'cali40all', parts: ['dst', 'src'], negated: true },
    ],
    ['-m addrtype --dst-type LOCAL', { kind: 'addrtype', end: 'dst', types: ['local'] }],
    ['-m statistic --mode random --probability 0.25', { kind: 'probability', probability: 0.25 }],
    ['-m statistic --mode nth --every 3 --packet 0', { kind: 'nth', every: 3 }],
    ['-m physdev --physdev-in ens3', { kind: 'physdev', end: 'in', names: ['ens3'] }],
    [
      '-m iprange --src-range 10.0.0.1-10.0.0.9',
      { kind: 'address', end: 'src', addresses: ['10.0.0.1-10.0.0.9'] },
    ],
    ['-m rpfilter --validmark --invert', { kind: 'other', text: '-m rpfilter --validmark --invert' }],
    ['-m socket', { kind: 'other', text: '-m socket' }],
    [
      '-m time --timestart 08:00 --timestop 18:00',
      { kind: 'other', text: '-m time --timestart 08:00 --timestop 18:00' },
    ],
  ])('%s', (text, match) => {
    expect(xtRuleSpec(`${text} -j DROP`)).toMatchObject({ matches: [match], verdict: { kind: 'drop' } });
  });

  it.each([
    ['-j KUBE-SEP-X', { kind: 'jump', chain: 'KUBE-SEP-X' }],
    ['-g cali-fw-x', { kind: 'goto', chain: 'cali-fw-x' }],
    ['-j DNAT --to-destination 10.0.0.1:80', { kind: 'dnat', to: '10.0.0.1:80' }],
    ['-j MARK --set-xmark 0x4000/0x4000', { kind: 'mark', of: 'packet', value: 0x4000, mask: 0x4000 }],
    ['-j REJECT --reject-with tcp-reset', { kind: 'reject', with: 'tcp-reset' }],
    ['-j TCPMSS --clamp-mss-to-pmtu', { kind: 'other', target: 'TCPMSS' }],
    ['-j MASQUERADE --random-fully', { kind: 'masquerade' }],
  ])('%s', (text, verdict) => {
    expect(xtRuleSpec(text)).toMatchObject({ matches: [], verdict });
  });

  it('has comments as they were written, whatever they look like', () => {
    const { comments, matches } = xtRuleSpec(
      String.raw`-m comment --comment "! -j \"x\" \\" -m comment --comment --drop -j LOG --log-prefix "say \"hi\" "`,
    );
    expect([comments, matches]).toEqual([[String.raw`! -j "x" \ `.trim(), '--drop'], []]);
  });

  it('no text throws, and no condition is lost', () => {
    const options = fc.constantFrom(
      '-i eth0',
      '-s 10.0.0.0/8',
      '--mark 0x1/0x2',
      '--dport 80',
      '--every 0',
      '--wonder a b',
      '--flag',
      '! --x y',
      '-p tcp',
    );
    const modules = fc.constantFrom('-m mark', '-m wonder', '-m "a b"', '-m');
    const rules = fc.array(fc.oneof({ weight: 3, arbitrary: options }, { weight: 1, arbitrary: modules }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(rules, fc.string({ unit: 'binary' }), (parts, tail) => {
        const asked = xtRuleSpec(`${parts.join(' ')} -j X`)
          .matches.map(({ text }) => text)
          .join(' ');
        for (const part of parts) if (!part.startsWith('-m')) expect(asked).toContain(part.replace('! ', ''));
        xtRuleSpec(tail);
        xtRuleSpec(`${parts.join(' ')} ${tail}`);
      }),
      { numRuns: runs(500) },
    );
  });
});

describe('nft -j', () => {
  const { entries: tables, unreadCount } = parseNftJson(fixture('nft.txt'), 'n/nft');
  const rules = (chain: string) =>
    rulesOf(tables, chain).flatMap((rule) => (rule.backend === 'nft' ? [rule] : []));

  it('has tables, chains with hooks, sets and maps', () => {
    expect(unreadCount).toBe(0);
    expect(tables.map(({ family, name }) => `${family} ${name}`)).toEqual([
      'ip kube-proxy',
      'inet firewalld',
      'netdev edge',
    ]);
    const [kube, , edge] = tables;
    expect(kube?.chains.find(({ name }) => name === 'filter-prerouting')?.hook).toMatchObject({
      hook: 'prerouting',
      priority: -110,
    });
    expect(edge?.chains[0]?.hook).toMatchObject({ hook: 'ingress', priority: -500 });
    expect(kube?.sets.find(({ name }) => name === 'service-ips')).toMatchObject({
      isMap: true,
      size: 3,
      type: 'ipv4_addr . inet_proto . inet_service : verdict',
    });
  });

  it('has the devices of chains where its JSON leaves them out', () => {
    const chain = {
      family: 'netdev',
      table: 'edge',
      type: 'filter',
      hook: 'ingress',
      prio: 0,
      policy: 'accept',
    };
    const names = ['in', 'both', 'told', 'none'];
    const objects = names.map((name) => ({
      chain: { ...chain, name, ...(name === 'told' ? { dev: 'ens9' } : {}) },
    }));
    const lines = [
      '# device netdev edge in "ens3"',
      '# device netdev edge both { ens3, ens4 }',
      '# device what',
      '# device netdev edge told "ens1"',
    ];
    const list = parseNftJson([...lines, JSON.stringify({ nftables: objects })].join('\n'), 'n/nft');
    expect(list.entries[0]?.chains.map(({ hook }) => hook?.device)).toEqual([
      'ens3',
      'ens3, ens4',
      'ens9',
      null,
    ]);
    expect(list.unread).toEqual([{ where: 'line 3', text: '# device what' }]);
  });

  it('says rules as nft does', () => {
    const plain = (chain: string) => rules(chain).map(nftRuleText);
    expect(plain('filter_IN_public')).toEqual([
      'tcp dport { 22, 80-90 } accept',
      'meta mark & 0x10000 0x10000 accept',
      'meta mark 0x7 accept',
      'ct mark set meta mark',
      'limit rate 5/second log prefix dropped:  drop',
      'fib daddr type local return',
      'ip6 nexthdr ipv6-icmp accept',
      expect.stringMatching(/^tcp flags/),
      '@nh,0,8 0x45',
    ]);
    expect(plain('services')).toEqual([
      'ip daddr . meta l4proto . th dport vmap @service-ips',
      'ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports',
    ]);
    expect(plain('filter_INPUT')).toContain('counter name rejected reject icmpx admin-prohibited');
  });

  it('understands what rules ask and do', () => {
    const specs = (chain: string) => rules(chain).map(nftRuleSpec);
    expect(specs('filter_IN_public')).toMatchObject([
      {
        matches: [{ kind: 'port', end: 'dst', ports: ['22', '80-90'] }],
        verdict: { kind: 'accept' },
        comments: ['open ports'],
      },
      { matches: [{ kind: 'mark', of: 'packet', value: 0x10000, mask: 0x10000 }] },
      { matches: [{ kind: 'mark', value: 7, mask: 0xffffffff }] },
      { matches: [], verdict: { kind: 'other' } },
      { matches: [{ kind: 'other' }], verdict: { kind: 'drop' } },
      { matches: [{ kind: 'addrtype', end: 'dst', types: ['local'] }], verdict: { kind: 'return' } },
      { matches: [{ kind: 'protocol', protocols: ['ipv6-icmp'] }] },
      { matches: [{ kind: 'other' }] },
      { matches: [{ kind: 'other' }] },
    ]);
    expect(specs('mark-for-masquerade')[0]?.verdict).toEqual({
      kind: 'mark',
      of: 'packet',
      value: 0x4000,
      mask: 0x4000,
    });
    const [service] = specs('service-LS5EWBY3-shop/web/tcp/http').slice(1);
    expect(service?.verdict).toMatchObject({
      kind: 'map',
      map: null,
      key: 'numgen random mod 2',
      entries: [
        {
          key: '0',
          verdict: { kind: 'goto', chain: 'endpoint-AAAAAAAA-shop/web/tcp/http__192.168.1.10/8080' },
        },
        { key: '1' },
      ],
    });
    expect(specs('endpoint-AAAAAAAA-shop/web/tcp/http__192.168.1.10/8080')[1]?.verdict).toEqual({
      kind: 'dnat',
      to: '192.168.1.10:8080',
    });
    expect(specs('filter_INPUT_ZONES').slice(0, 2)).toMatchObject([
      { matches: [{ kind: 'interface', end: 'in', names: ['ens+'] }] },
      { matches: [{ kind: 'set', set: 'allowed', parts: ['ip saddr'] }] },
    ]);
  });

  it('says what is turned round: over a limit, without a way back; flags, sets that grow', () => {
    // As nft 1.0.6 lists `limit rate over 5/second`, `fib saddr . iif oif missing`, `ct count over 20`, …
    const said = (...expr: object[]) => {
      const rule = { family: 'inet', table: 't', chain: 'c', handle: 1, expr };
      const [one] = rulesOf(parseNftJson(JSON.stringify({ nftables: [{ rule }] }), 'n/nft').entries, 'c');
      if (one?.backend !== 'nft') throw new Error('no rule');
      return nftRuleText(one);
    };
    const drop = { drop: null };
    const limit = { rate: 5, burst: 5, per: 'second', inv: true };
    expect(said({ limit }, drop)).toBe('limit rate over 5/second drop');
    expect(said({ limit: { ...limit, inv: false } }, drop)).toBe('limit rate 5/second drop');
    const left = { fib: { result: 'oif', flags: ['saddr', 'iif'] } };
    expect(said({ match: { op: '==', left, right: false } }, drop)).toBe('fib saddr . iif oif missing drop');
    expect(said({ match: { op: '==', left, right: true } }, drop)).toBe('fib saddr . iif oif exists drop');
    expect(said({ 'ct count': { val: 20, inv: true } }, drop)).toBe('ct count over 20 drop');
    const flags = { '&': [{ payload: { protocol: 'tcp', field: 'flags' } }, ['fin', 'syn']] };
    expect(said({ match: { op: '==', left: flags, right: 'syn' } }, drop)).toBe(
      'tcp flags & (fin | syn) syn drop',
    );
    const saddr = { payload: { protocol: 'ip', field: 'saddr' } };
    expect(said({ set: { op: 'update', elem: saddr, set: '@seen' } })).toBe('update @seen { ip saddr }');
  });

  it('reports lines that are none', () => {
    const { unread, entries } = parseNftJson('{"nftables": [{"wonder": {}}]}\nnft: broken\n\n[]', 'n/nft');
    expect(entries).toEqual([]);
    expect(unread.map(({ where }) => where)).toEqual(['line 1', 'line 2', 'line 4']);
  });

  it('no JSON throws, whatever stands in a rule', () => {
    const names = fc.constantFrom(
      'match',
      'mangle',
      'vmap',
      'reject',
      'dnat',
      'jump',
      'counter',
      'meta',
      'payload',
      'set',
      'concat',
      'fib',
      '&',
      '|',
      'key',
      'left',
      'right',
      'op',
      'data',
      'addr',
      'port',
      'elem',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom<unknown>(null, 0, '==', '@x', 'meta mark', 0x10),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(names, tie('tree'), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 4 }), (expr) => {
        const text = JSON.stringify({ nftables: [{ rule: { family: 'ip', table: 't', chain: 'c', expr } }] });
        for (const rule of rulesOf(parseNftJson(text, 'n/nft').entries, 'c')) {
          if (rule.backend !== 'nft') continue;
          nftRuleSpec(rule);
          expect(typeof nftRuleText(rule)).toBe('string');
        }
      }),
      { numRuns: runs(500) },
    );
  });
});

describe('sets and virtual servers', () => {
  it('ipset: sizes of headers, members of save', () => {
    const { entries, unreadCount } = parseIpsets(fixture('ipset.txt'));
    expect(unreadCount).toBe(0);
    expect(entries.map(({ name, type, size, members }) => [name, type, size, members[0]])).toContainEqual([
      'cali40s:dSXImMSA1iXOPxYRYLVorAP',
      'hash:ip',
      1,
      '192.168.2.3 timeout 0 comment "the client"',
    ]);
    expect(entries.map(({ size, members }) => size === members.length)).toEqual(entries.map(() => true));
  });

  it('IPVS: addresses of both families, marks, services without servers', () => {
    const { entries, unreadCount } = parseIpVs(fixture('ip-vs.txt'));
    expect(unreadCount).toBe(0);
    expect(entries).toMatchObject([
      {
        address: '10.96.0.1',
        port: 443,
        scheduler: 'rr',
        servers: [
          { address: '10.12.22.150', port: 6443, forward: 'Masq', weight: 1, active: 2, inactive: 1 },
        ],
      },
      { protocol: 'UDP', address: '10.96.0.10', flags: 'ops' },
      { address: 'fd00:10:96::1', servers: [{ address: 'fd00:10:12:22::150', forward: 'Route', weight: 3 }] },
      { protocol: 'FWM', mark: 1, address: null },
      { servers: [] },
    ]);
  });
});

it('any text in, no throw, every line either taken or reported', () => {
  const lines = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      ...['iptables-nft-save.txt', 'nft.txt', 'ipset.txt', 'ip-vs.txt'].flatMap((name) =>
        fixture(name).split('\n'),
      ),
    ),
    fc.constantFrom(
      '*',
      ':',
      ':A',
      '-A',
      '-A X',
      '[9:9] -A',
      'COMMIT',
      '->',
      'add',
      'create x',
      'Name:',
      'FWM 1 x',
      '{"nftables":[{}]}',
      '{"nftables":[{"rule":{}}]}',
    ),
  );
  fc.assert(
    fc.property(fc.array(lines, { maxLength: 12 }), (parts) => {
      const text = parts.join('\n');
      const known = parts.length + 12;
      for (const list of [saved(text).tables, parseNftJson(text, 'e'), parseIpsets(text), parseIpVs(text)]) {
        expect(list.unread.length).toBeLessThanOrEqual(Math.min(20, list.unreadCount));
        for (const { where } of list.unread)
          expect(Number(/^line (\d+)$/.exec(where)?.[1])).toBeLessThanOrEqual(known * 40);
      }
      const taken = saved(text);
      const rules = taken.tables.entries.flatMap(({ chains }) => chains).flatMap((chain) => chain.rules);
      const printed = text.split('\n').filter((line) => /^(\[\d+:\d+\] )?-A \S+( |$)/.test(line.trimEnd()));
      expect(rules.length + taken.tables.unreadCount).toBeGreaterThanOrEqual(printed.length);
    }),
    { numRuns: runs(300) },
  );
});
