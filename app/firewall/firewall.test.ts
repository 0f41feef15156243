import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import type { FirewallReading } from '../probe/firewall-facts.ts';
import { parseIpVs } from '../probe/ip-vs.ts';
import { parseNftJson } from '../probe/nft-json.ts';
import { nftRuleSpec } from '../probe/nft-rule.ts';
import { xtRuleSpec } from '../probe/xt-rule.ts';
import { parseXtablesSave } from '../probe/xtables-save.ts';
import { calicoChainName, chainSubject, namesByHash, subjectWords } from './calico-names.ts';
import { chainPurpose } from './chain-purpose.ts';
import { emptyInventory, type Inventory } from '../probe/inventory.ts';
import { emptyTopology } from '../topology/build.ts';
import { firewallNames } from './firewall-names.ts';
import { firewallChain, firewallView } from './firewall-view.ts';
import type { KnownFirewall } from './known-firewall.ts';
import { nodeServices } from './node-services.ts';
import { chainRates } from './rates.ts';
import { matchWords, verdictWords } from './rule-words.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../probe/fixtures/firewall/${name}`, import.meta.url), 'utf8');
const saved = (text: string) =>
  parseXtablesSave(text, { backend: 'nft-compat', family: 'ip', evidence: 'n/ip:nft' }).tables.entries;
const reading = (parts: Partial<FirewallReading>): FirewallReading => ({
  tables: [],
  ipsets: [],
  virtualServers: [],
  conntrack: null,
  unread: [],
  unreadCount: 0,
  ...parts,
});
const names = { podByAddress: new Map(), podByInterface: new Map(), calico: new Map() };
const head = { node: 'n', known: true, sentence: null, at: { s: 100, ns: 0 }, interval: null };
const known = (now: FirewallReading, before: FirewallReading | null = null): KnownFirewall => ({
  now: { reading: now, at: { s: 100, ns: 0 } },
  before: before === null ? null : { reading: before, at: { s: 90, ns: 0 } },
  head,
});
const iptables = reading({ tables: saved(fixture('iptables-nft-save.txt')) });
const nat = { backend: 'nft-compat', family: 'ip', name: 'nat' } as const;

describe('names', () => {
  it('of chains are made as Calico makes them', () => {
    // Both seen on real nodes, with their policies in comments.
    expect(calicoChainName('cali-pi-', 'default/knp.default.haejun-policy')).toBe(
      'cali-pi-_Eb-vckmN-lr2eREXQcs',
    );
    expect(calicoChainName('cali-pri-', 'kns.default')).toBe('cali-pri-kns.default');
  });

  it('of policies are told from comments, else from a hash that fits, else not at all', () => {
    const chain = 'cali-pi-_Eb-vckmN-lr2eREXQcs';
    const about = (comments: string[], policies: string[]) => {
      const subject = chainSubject(chain, comments, namesByHash(policies));
      return subject === null || subject.kind === 'workload' ? null : subjectWords(subject);
    };
    const word = 'NetworkPolicy default/haejun-policy';
    expect(about(['cali:x', 'Policy default/knp.default.haejun-policy ingress'], [])).toBe(word);
    expect(about([], ['default/knp.default.other', 'default/knp.default.haejun-policy'])).toBe(word);
    expect(about([], ['default/knp.default.other'])).toContain('is not known');
  });

  it('of policies with a kind, and of profiles that are too long for a chain', () => {
    const inventory = {
      ...emptyInventory,
      networkPolicies: { a: { namespace: 'monitoring', name: 'allow-scrape' } },
      pods: { p: { namespace: 'monitoring-of-the-shop' } },
    } as unknown as Inventory;
    const { calico } = firewallNames(emptyTopology(''), inventory, 'n');
    const words = (prefix: 'cali-pi-' | 'cali-pri-', name: string) => {
      const subject = chainSubject(calicoChainName(prefix, name), [], calico);
      return subject === null || subject.kind === 'workload' ? null : subjectWords(subject);
    };
    expect(words('cali-pi-', 'knp/monitoring/allow-scrape')).toBe('NetworkPolicy monitoring/allow-scrape');
    expect(words('cali-pi-', 'monitoring/knp.default.allow-scrape')).toBe(
      'NetworkPolicy monitoring/allow-scrape',
    );
    expect(words('cali-pri-', 'kns.monitoring-of-the-shop')).toBe('namespace monitoring-of-the-shop');
    expect(words('cali-pri-', 'ksa.monitoring-of-the-shop.default')).toBe(
      'service account monitoring-of-the-shop/default',
    );
    expect(words('cali-pi-', 'knp/monitoring/of-somebody-else')).toContain('is not known');
  });

  it('every chain of a node with Calico, kube-proxy, Docker, flannel, kubelet and ufw has a purpose', () => {
    const without = iptables.tables.flatMap((table) =>
      table.chains
        .filter(
          ({ name, hook }) =>
            chainPurpose({ family: 'ip', table: table.name, chain: name, base: hook !== null }).text === null,
        )
        .map(({ name }) => name),
    );
    expect(without).toEqual([]);
    const kube = parseNftJson(fixture('nft.txt'), 'n/nft').entries[0];
    expect(
      kube?.chains.filter(
        ({ name }) =>
          chainPurpose({ family: 'ip', table: 'kube-proxy', chain: name, base: false }).text === null,
      ),
    ).toEqual([]);
  });
});

describe('words', () => {
  it.each([
    [
      '! -s 192.168.0.0/16 -d 10.96.7.7/32 -p tcp -m tcp --dport 80 -j KUBE-MARK-MASQ',
      'not from 192.168.0.0/16 · to 10.96.7.7 · TCP · port 80',
      'on to KUBE-MARK-MASQ',
    ],
    ['-m mark ! --mark 0x4000/0x4000 -j RETURN', 'mark not 0x4000', 'back to the caller'],
    ['-j MARK --set-xmark 0x0/0xf0000', '', 'clear mark 0xf0000'],
    [
      '-m statistic --mode random --probability 0.33333333349 -j KUBE-SEP-X',
      'by chance 33 %',
      'on to KUBE-SEP-X',
    ],
    [
      '-m set --match-set cali40all-ipam-pools dst -m conntrack --ctstate NEW -j REJECT --reject-with tcp-reset',
      'dst in set cali40all-ipam-pools · new connection',
      'reject with tcp-reset',
    ],
  ])('%s', (text, asks, does) => {
    const spec = xtRuleSpec(text);
    expect([matchWords(spec), verdictWords(spec)]).toEqual([asks, does]);
  });
});

it('what nft does beside a verdict is said once', () => {
  const said = (...expr: object[]) =>
    verdictWords(nftRuleSpec({ backend: 'nft', handle: 1, comment: null, packets: null, bytes: null, expr }));
  expect(said({ log: { prefix: 'x', group: 2 } })).toBe('log prefix x group 2');
  expect(said({ set: { op: 'update', elem: saddr, set: '@seen' } })).toBe('set update @seen { ip saddr }');
});

describe('rates', () => {
  const chain = (rules: string): FirewallReading =>
    reading({ tables: saved(`*filter\n:X - [0:0]\n${rules.trim()}\nCOMMIT\n`) });
  const ratesOf = (before: string, now: string) => {
    const [old, fresh] = [chain(before), chain(now)];
    const [table] = fresh.tables;
    const [only] = table?.chains ?? [];
    if (table === undefined || only === undefined) throw new Error('no chain');
    return chainRates(
      { reading: old, at: { s: 0, ns: 0 } },
      { reading: fresh, at: { s: 2, ns: 500_000_000 } },
      table,
      only,
    ).rules;
  };

  it('are packets a second', () => {
    expect(ratesOf('[10:1] -A X -j A\n[0:0] -A X -j B', '[35:1] -A X -j A\n[0:0] -A X -j B')).toEqual([
      10, 0,
    ]);
  });
  it('follow rules that moved, and know nothing of new ones', () => {
    expect(
      ratesOf('[1:1] -A X -j A\n[5:5] -A X -j B', '[0:0] -A X -j N\n[10:5] -A X -j B\n[6:1] -A X -j A'),
    ).toEqual([null, 2, 2]);
  });
  it('tell equal rules apart by their order', () => {
    expect(ratesOf('[1:1] -A X -j A\n[5:5] -A X -j A', '[6:1] -A X -j A\n[5:5] -A X -j A')).toEqual([2, 0]);
  });
  it('are unknown after a chain was written anew', () => {
    expect(ratesOf('[100:1] -A X -j A\n[5:5] -A X -j B', '[3:1] -A X -j A\n[50:5] -A X -j B')).toEqual([
      null,
      null,
    ]);
  });
});

describe('the view of a node', () => {
  it('puts what drops first, with its policy and its rate', () => {
    const text = fixture('iptables-nft-save.txt')
      .replace(':FORWARD DROP [0:0]', ':FORWARD DROP [7:420]')
      .replace(/^\[0:0\](?= -A cali-tw-cali8536608cf3f .*Drop if no policies)/m, '[40:2400]');
    const before = text.replace('[40:2400]', '[10:600]');
    const view = firewallView(
      known(reading({ tables: saved(text) }), reading({ tables: saved(before) })),
      names,
      '',
    );
    expect(view.dropping).toMatchObject([
      {
        chain: 'cali-tw-cali8536608cf3f',
        packets: 40,
        rate: 3,
        rule: { does: 'drop', comments: ['End of tier default. Drop if no policies passed packet'] },
      },
      { chain: 'FORWARD', packets: 7, rate: 0, rule: null },
    ]);
    const filter = view.tables.find(({ key }) => key.name === 'filter');
    expect(
      filter?.chains
        .slice(0, 3)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['FORWARD', 'INPUT', 'OUTPUT']);
    expect(filter?.chains.find(({ name }) => name === 'cali-pi-_Eb-vckmN-lr2eREXQcs')?.subject).toBe(
      'NetworkPolicy default/haejun-policy',
    );
    expect(view.bothBackends).toBe(false);
  });

  it('finds chains by name and by whom they are about', () => {
    const found = (search: string) =>
      firewallView(known(iptables), names, search).tables.flatMap(({ chains }) =>
        chains.map(({ name }) => name),
      );
    expect(found('haejun')).toEqual(['cali-pi-_Eb-vckmN-lr2eREXQcs']);
    expect(found('kube-sep-cc')).toEqual(['KUBE-SEP-CCCCCCCCCCCCCCCC']);
  });

  it('shows one chain: its rules in words, who leads to it, and a search', () => {
    const asked = { table: nat, chain: 'KUBE-SVC-LS5EWBY3CCKOTT5A', search: '', from: 0 };
    const chain = firewallChain(known(iptables), names, asked);
    expect(chain.chain).toMatchObject({ owner: 'kube-proxy', subject: 'Service shop/web:http', rules: 7 });
    expect(chain.callers.sort()).toEqual(['KUBE-EXT-LS5EWBY3CCKOTT5A', 'KUBE-SERVICES']);
    expect(chain.rules[4]).toMatchObject({
      number: 5,
      asks: 'by chance 33 %',
      target: 'KUBE-SEP-CCCCCCCCCCCCCCCC',
      drops: false,
    });
    const one = firewallChain(known(iptables), names, { ...asked, search: '0.5000' });
    expect([one.found, one.rules.map(({ number }) => number)]).toEqual([1, [6]]);
    expect(firewallChain(known(iptables), names, { ...asked, chain: 'gone' }).chain).toBeNull();
  });
});

const END = 'endpoint-5OJB2KTY-shop/web/tcp/http__192.168.1.10/8080';
const KEPT = 'affinity-5OJB2KTY-shop/web/tcp/http__192.168.1.10/8080';
const WEB = 'service-LS5EWBY3-shop/web/tcp/http';
const within = { family: 'ip', table: 'kube-proxy' };
const saddr = { payload: { protocol: 'ip', field: 'saddr' } };
/** As nft 1.0.6 lists what kube-proxy writes for sessionAffinity: ClientIP. */
const AFFINITY = [
  { table: { family: 'ip', name: 'kube-proxy', handle: 1 } },
  { set: { ...within, name: KEPT, type: 'ipv4_addr', size: 65_535, flags: ['timeout'], timeout: 10_800 } },
  {
    map: {
      ...{
        ...within,
        name: 'service-ips',
        type: ['ipv4_addr', 'inet_proto', 'inet_service'],
        map: 'verdict',
      },
      elem: [[{ concat: ['10.96.7.7', 'tcp', 80] }, { goto: { target: WEB } }]],
    },
  },
  ...[END, WEB].map((name) => ({ chain: { ...within, name } })),
  { rule: { ...within, chain: END, expr: [{ set: { op: 'update', elem: saddr, set: `@${KEPT}` } }] } },
  { rule: { ...within, chain: END, expr: [{ dnat: { addr: '192.168.1.10', port: 8080 } }] } },
  {
    rule: {
      ...{ ...within, chain: WEB },
      expr: [{ match: { op: '==', left: saddr, right: `@${KEPT}` } }, { goto: { target: END } }],
    },
  },
  {
    rule: {
      ...{ ...within, chain: WEB },
      expr: [
        {
          vmap: {
            key: { numgen: { mode: 'random', mod: 1 } },
            data: { set: [[0, { goto: { target: END } }]] },
          },
        },
      ],
    },
  },
];

describe('a Service', () => {
  const asked = (now: FirewallReading, service: string) => nodeServices(known(now), names, null, service);
  const shares = (
    entrance: { endpoints: { address: string; port: number | null; share: number }[] } | undefined,
  ) =>
    entrance?.endpoints.map(({ address, port, share }) => [
      `${address}:${String(port)}`,
      Math.round(share * 100),
    ]);

  it('of kube-proxy’s iptables: every way in, every endpoint with its share', () => {
    const { mode, entrances } = asked(iptables, 'shop/web');
    expect(mode).toBe('iptables');
    expect(entrances.map(({ kind, address, port }) => [kind, address, port])).toEqual([
      ['cluster-ip', '10.96.7.7', 80],
      ['external-ip', '203.0.113.7', 80],
      ['load-balancer', '198.51.100.7', 80],
      ['node-port', null, 30080],
    ]);
    for (const entrance of entrances) {
      expect(shares(entrance)).toEqual([
        ['192.168.1.10:8080', 33],
        ['192.168.2.10:8080', 33],
        ['192.168.2.11:8080', 33],
      ]);
      expect(entrance.affinity).toBe(10_800);
    }
    expect(entrances[0]).toMatchObject({
      packets: 3,
      service: 'shop/web:http',
      masquerade: ['clients not from 192.168.0.0/16'],
    });
    expect(entrances[1]?.masquerade[0]).toBe('every client');
    expect(entrances[0]?.endpoints[2]?.packets).toBe(3);
  });

  it('without endpoints is refused', () => {
    expect(asked(iptables, '10.96.9.9:80').entrances).toMatchObject([
      { service: 'shop/empty:http', refused: 'reject', endpoints: [] },
    ]);
  });

  it('of kube-proxy’s nftables', () => {
    const now = reading({ tables: parseNftJson(fixture('nft.txt'), 'n/nft').entries });
    const { mode, entrances } = asked(now, 'shop/');
    expect(mode).toBe('nftables');
    expect(entrances.map(({ kind, address, port, service }) => [kind, address, port, service])).toEqual(
      expect.arrayContaining([
        ['cluster-ip', '10.96.7.7', 80, 'shop/web:http'],
        ['external-ip', '203.0.113.7', 80, 'shop/web:http'],
        ['node-port', null, 30080, 'shop/web:http'],
      ]),
    );
    for (const entrance of entrances)
      expect(shares(entrance)).toEqual([
        ['192.168.1.10:8080', 50],
        ['192.168.2.10:8080', 50],
      ]);
    expect(asked(now, '10.96.9.9').entrances).toMatchObject([{ refused: 'reject' }]);
  });

  it('of nftables with clients that keep their endpoint: for how long, by the set that remembers them', () => {
    const text = AFFINITY.map((object) => JSON.stringify({ nftables: [object] })).join('\n');
    const now = reading({ tables: parseNftJson(text, 'n/nft').entries });
    expect(asked(now, '10.96.7.7').entrances).toMatchObject([
      { affinity: 10_800, endpoints: [{ address: '192.168.1.10', share: 1 }] },
    ]);
  });

  it('of IPVS', () => {
    const now = reading({ virtualServers: parseIpVs(fixture('ip-vs.txt')).entries });
    const { mode, entrances } = asked(now, '');
    expect([mode, entrances.length]).toEqual(['ipvs', 4]);
    expect(shares(entrances[0])).toEqual([['10.12.22.150:6443', 100]]);
    expect(entrances[3]).toMatchObject({ refused: 'reject', endpoints: [] });
  });

  it('shares are a whole, whatever the number of endpoints', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), (count) => {
        const ends = Array.from({ length: count }, (_, at) => at);
        const rules = ends.flatMap((at) => [
          `-A KUBE-SVC-A${at === count - 1 ? '' : ` -m statistic --mode random --probability ${(1 / (count - at)).toFixed(11)}`} -j KUBE-SEP-${at}`,
          `-A KUBE-SEP-${at} -p tcp -m tcp -j DNAT --to-destination 10.0.0.${at}:80`,
        ]);
        const text = `*nat\n-A KUBE-SERVICES -d 10.96.0.9/32 -p tcp -m comment --comment "a/b cluster IP" -m tcp --dport 80 -j KUBE-SVC-A\n${rules.join('\n')}\nCOMMIT\n`;
        const [entrance] = asked(reading({ tables: saved(text) }), 'a/b').entrances;
        expect(entrance?.endpoints).toHaveLength(count);
        for (const { share } of entrance?.endpoints ?? []) expect(share).toBeCloseTo(1 / count, 6);
      }),
      { numRuns: runs(30) },
    );
  });

  it('chains that lead round and round end', () => {
    const rounds = Array.from(
      { length: 50 },
      () => '-A KUBE-SVC-A -m statistic --mode random --probability 0.1 -j KUBE-SVC-A',
    ).join('\n');
    const text = `*nat\n-A KUBE-SERVICES -d 1.1.1.1/32 -p tcp --dport 80 -j KUBE-SVC-A\n${rounds}\nCOMMIT`;
    expect(asked(reading({ tables: saved(text) }), '1.1.1.1').entrances).toMatchObject([{ endpoints: [] }]);
  });
});

it('whatever a node prints, the answers hold', () => {
  const lines = fc.array(
    fc.constantFrom(...fixture('iptables-nft-save.txt').split('\n'), '*x', '-A A -j A', ':A - [0:0]'),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(lines, lines, (first, second) => {
      const [now, before] = [first, second].map((text) =>
        reading({ tables: saved(`*nat\n${text.join('\n')}`) }),
      );
      if (now === undefined || before === undefined) throw new Error('two readings');
      const view = firewallView(known(now, before), names, '');
      for (const { chains } of view.tables)
        for (const { dropped } of chains) expect(dropped.rate ?? 0).toBeGreaterThanOrEqual(0);
      for (const { endpoints } of nodeServices(known(now, before), names, null, '').entrances) {
        expect(endpoints.reduce((sum, { share }) => sum + share, 0)).toBeLessThanOrEqual(1 + 1e-9);
      }
    }),
    { numRuns: runs(100) },
  );
});
