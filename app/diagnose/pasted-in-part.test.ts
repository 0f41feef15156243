// Fragments of a healthy node's routes and filters, pasted as people do: nothing is concluded from what is not in them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainRoute } from '../route/explain.ts';
import { runs } from '../testing/runs.ts';
import { knownCluster, type KnownCluster } from '../trace/testing/real-cluster.ts';
import { tracePath } from '../trace/trace.ts';
import { diagnose } from './diagnose.ts';

/** Worker 1 of the walkthrough, as `ip route` prints it. */
const ROUTES = `default via 10.12.0.1 dev ens192 proto static
10.12.0.0/16 dev ens192 proto kernel scope link src 10.12.22.151
172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1 linkdown
192.168.0.0/24 via 10.12.22.150 dev ens192 proto bird
blackhole 192.168.1.0/24 proto bird
192.168.1.2 dev calid9d486e54a8 scope link
192.168.2.0/24 via 10.12.22.152 dev ens192 proto bird`.split('\n');
const NOT_WHOLE = 'The IPv4 routes of k8s-worker-1 were pasted in part: paste all that “ip route” prints.';

function pasted(typed: string | null, lines: readonly string[]): KnownCluster {
  const prompt = typed === null ? '' : `root@k8s-worker-1:~# ${typed}\n`;
  return knownCluster(new URL('../paste/fixtures/walkthrough/', import.meta.url), (text, file) =>
    file === 'k8s-worker-1.route-n.txt' ? `${prompt}${lines.join('\n')}\n` : text,
  );
}

const found = (cluster: KnownCluster): string[] =>
  diagnose({ ...cluster, ledgers: new Map() }).findings.map(({ id }) => id);

function traced(cluster: KnownCluster, from: string, to: string) {
  const answer = tracePath(cluster, { from, to, proto: 'tcp', port: 8080, size: null });
  if (!answer.ok) throw new Error(answer.sentence);
  const steps = answer.paths.flatMap(({ hops }) => hops.flatMap((hop) => hop.steps));
  return {
    verdict: answer.paths[0]?.verdict,
    said: steps.map(({ sentence }) => sentence).join('\n'),
    presumed: steps.flatMap(({ presumed }) => presumed).join('\n'),
  };
}

const THERE = ['192.168.1.2', '192.168.2.3'] as const;
const BACK = ['192.168.2.3', '192.168.1.2'] as const;
const OUT = ['192.168.1.2', '8.8.8.8'] as const;
/** Without that of its Pod. */
const LACKING = ROUTES.filter((line) => !line.startsWith('192.168.1.2'));
const stateOf = ({ readings }: KnownCluster): string | undefined =>
  readings.get('k8s-worker-1')?.snapshot.routes4?.state;

describe('routes pasted in part', () => {
  it('no part of a healthy list makes a finding, or a trace that stops for lack of a route', () => {
    fc.assert(
      fc.property(fc.subarray(ROUTES, { maxLength: ROUTES.length - 1 }), (lines) => {
        const cluster = pasted('ip route | grep -v SOMETHING', lines);
        expect(found(cluster)).toEqual([]);
        for (const [from, to] of [THERE, BACK, OUT])
          expect(['delivered', 'unknown']).toContain(traced(cluster, from, to).verdict);
      }),
      { numRuns: runs(8) },
    );
  });

  it.each([
    'ip route',
    'sudo ip -4 r',
    'ip route show table main',
    'ip r | cat',
    'ip addr | grep inet; ip route',
    'ssh k8s-worker-1 ip route',
    './collect.sh',
    null,
  ])('%s: all of it is whole', (typed) => {
    expect(stateOf(pasted(typed, ROUTES))).toBe('ok');
  });

  it('what a whole list lacks is lacking', () => {
    expect(found(pasted(null, ROUTES))).toEqual([]);
    expect(found(pasted(null, LACKING))).toEqual(['unexplained-drop']);
    expect(traced(pasted(null, LACKING), ...BACK).verdict).toBe('dropped');
  });

  it.each([
    ['ip route | grep ens192', /ens192/],
    ['ip route show via 10.12.22.152', /10\.12\.22\.152/],
    ['ip route show 192.168.0.0/16', /192\.168/],
    ['ip route show scope link', /scope link/],
    ['ip r show default', /default/],
    ['ip route show proto bird', /bird/],
    ['ip route | head -3', /default|10\.12|172/],
    [null, /ens192/],
    [null, /192\.168/],
    [null, /bird/],
  ])('%s: %s is a part, and says which command to paste', (typed, kept) => {
    const cluster = pasted(
      typed,
      ROUTES.filter((line) => kept.test(line)),
    );
    expect(stateOf(cluster)).toBe('truncated');
    const node = Object.values(cluster.topology.nodes).find(({ label }) => label === 'k8s-worker-1');
    expect(node?.unknowns).toContain(NOT_WHOLE);
    expect(cluster.paste.report.missing.find(({ about }) => about.name === 'k8s-worker-1')).toMatchObject({
      sentence: expect.stringContaining('whether it has other routes') as unknown,
      command: expect.stringContaining('ip route show table all') as unknown,
    });
  });

  it('what it shows is used: a route meant for the address is presumed, the default route leaves it open', () => {
    const cluster = pasted(
      'ip route | grep ens192',
      ROUTES.filter((line) => line.includes('ens192')),
    );
    const there = traced(cluster, ...THERE);
    expect(there.verdict).toBe('delivered');
    expect(there.presumed).toContain(
      `${NOT_WHOLE} It is presumed that no other route of k8s-worker-1 fits better.`,
    );
    const out = traced(cluster, ...OUT);
    expect(out.verdict).toBe('unknown');
    expect(out.said).toContain(
      `${NOT_WHOLE.replace(/\.$/, '')}; only the default route leads to 8.8.8.8 of those that are known.`,
    );
    // Its own /32 was left out; the block of which it is one is a blackhole.
    const back = traced(pasted('ip route | grep -v cali', LACKING), ...BACK);
    expect(back.verdict).toBe('unknown');
    expect(back.said).toContain('only the route 192.168.1.0/24 leads to 192.168.1.2');
    const { topology, readings } = pasted('ip r | grep bird', [ROUTES[3] ?? '']);
    const asked = { at: 'k8s-worker-1', destination: '8.8.8.8', source: null, iif: null, oif: null, mark: 0 };
    const explained = explainRoute(topology, { ...asked, proto: null, sport: 0, dport: 0 }, readings);
    expect(explained).toEqual({
      ok: false,
      sentence: `Where k8s-worker-1 sends 8.8.8.8 is not known: none of its known routes leads there. ${NOT_WHOLE}`,
    });
  });

  it('what ip leaves out of each line, since it was asked for, is what was asked for', () => {
    const of = (typed: string, line: string): unknown =>
      pasted(typed, [line]).readings.get('k8s-worker-1')?.snapshot.routes4?.value?.[0];
    expect(of('ip route show via 10.12.22.152 dev ens192', '192.168.2.0/24 proto bird')).toMatchObject({
      via: '10.12.22.152',
      dev: 'ens192',
      proto: 'bird',
    });
    expect(of('ip r ls proto bird | cat', '192.168.2.0/24 via 10.12.22.152 dev ens192')).toMatchObject({
      dev: 'ens192',
      proto: 'bird',
    });
    expect(of('ip route show dev ens192', 'default via 10.12.0.1 proto static')).toMatchObject({
      dev: 'ens192',
      proto: 'static',
    });
    expect(of('ip route show table 220', '192.168.9.0/24 dev tun0')).toMatchObject({ table: '220' });
  });

  it.each([
    'ip route show via 10.0.0.1; ip route',
    'ip route; ip route show table 100',
    'ip route; iptables-save -t nat',
    'ip rule; ip route; iptables -t nat -S',
  ])('%s: of two lists nobody knows which line is whose, and of which table', (typed) => {
    const cluster = pasted(typed, ['10.12.0.0/16 dev ens192 scope link']);
    const [route] = cluster.readings.get('k8s-worker-1')?.snapshot.routes4?.value ?? [];
    expect(route).toMatchObject({ via: null, table: 'main' });
  });

  it('two tables on one line are a part, though each is whole', () => {
    expect(stateOf(pasted('ip route; ip route show table 100', ROUTES))).toBe('truncated');
  });

  it.each([
    ['220:	from all lookup 220', [], 'truncated'],
    [
      '220:	from all lookup 220',
      ['root@k8s-worker-1:~# ip route show table 220', '10.9.0.0/16 dev ens192'],
      'ok',
    ],
    ['9:	from all fwmark 0x200/0xf00 lookup 2004', [], 'ok'],
    ['99:	not from all fwmark 0x200000/0x200000 lookup 1', [], 'truncated'],
  ])('a rule that leads to a table that was not pasted: %s', (rule, more, state) => {
    const rules = [
      'root@k8s-worker-1:~# ip rule',
      '0:	from all lookup local',
      rule,
      '32766:	from all lookup main',
    ];
    const cluster = pasted('ip route', [...LACKING, ...more, ...rules]);
    expect(stateOf(cluster)).toBe(state);
    expect(found(cluster)).toEqual(state === 'ok' ? ['unexplained-drop'] : []);
    expect(stateOf(pasted('ip route show table all', [...LACKING, ...rules]))).toBe('ok');
  });

  it('the whole list beside a part of it is whole, and remarks around it take nothing away', () => {
    const both = pasted('ip route | grep ens192', [
      ROUTES[0] ?? '',
      'root@k8s-worker-1:~# ip route',
      ...ROUTES,
      'as you can see it is all there',
    ]);
    expect(stateOf(both)).toBe('ok');
    for (const remark of ['2. iptables:', '12:01:33 up 3 days', '1. routing table'])
      for (const lines of [
        [...ROUTES, remark],
        [remark, ...ROUTES],
      ])
        expect(stateOf(pasted('ip route', lines)), remark).toBe('ok');
    for (const hole of ['...', '10.12.0.0/16 dev', '192.168.x.0/24 via 10.12.22.150 dev ens192'])
      for (const lines of [
        [...ROUTES, hole],
        [...ROUTES.slice(0, 4), hole, ...ROUTES.slice(4)],
        [hole, ...ROUTES],
      ])
        expect(stateOf(pasted(null, lines)), lines.join('\n')).toBe('truncated');
  });

  it('a live list that was cut, of which an earlier one is known, is no more', () => {
    const cluster = pasted('ip route', LACKING);
    const reading = cluster.readings.get('k8s-worker-1');
    const routes4 = reading?.snapshot.routes4 ?? null;
    if (reading === undefined || routes4 === null) throw new Error('no routes');
    const sentence = 'The IPv4 routes of k8s-worker-1 are unknown: the output was cut off.';
    const snapshot = { ...reading.snapshot, routes4: { ...routes4, state: 'truncated' as const, sentence } };
    const cut = {
      ...cluster,
      readings: new Map([...cluster.readings, ['k8s-worker-1', { ...reading, snapshot }]]),
    };
    expect(found(cut)).toEqual([]);
    expect(traced(cut, ...BACK)).toMatchObject({
      verdict: 'unknown',
      said: expect.stringContaining('the output was cut off; only the route 192.168.1.0/24') as unknown,
    });
  });
});

describe('filters pasted in part', () => {
  const NAT = ['*nat', ':PREROUTING ACCEPT [0:0]', ':POSTROUTING ACCEPT [0:0]', 'COMMIT'];
  const FILTER = ['*filter', ':FORWARD ACCEPT [0:0]', 'COMMIT'];
  const missing = (typed: string | null, lines: readonly string[]) =>
    pasted(null, [
      ...ROUTES,
      ...(typed === null ? ['', ...lines] : [`root@k8s-worker-1:~# ${typed}`, ...lines]),
    ]).readings.get('k8s-worker-1')?.snapshot.firewall;

  it.each([
    ['iptables-save -t nat', NAT],
    ['iptables-save | grep -v cali', [...NAT, ...FILTER]],
    ['nft list table ip nat', ['table ip nat {', '}']],
    ['nft list ruleset ip', ['table ip nat {', '}']],
    ['iptables-save -tnat', NAT],
    [null, FILTER],
  ])('%s: rules may be missing, and the command that tells them is named', (typed, lines) => {
    const firewall = missing(typed, lines);
    expect(firewall?.value?.rulesMissing).toBe('some');
    expect(firewall?.sentence).toMatch(
      /^The packet filters of k8s-worker-1 were pasted in part \(ip \w+(, ip \w+)?\): paste all that “iptables-save -c” prints\.$/,
    );
  });

  it.each([
    ['iptables-save', FILTER],
    ['iptables-save -c > rules; cat rules', NAT],
    ['nft list ruleset', ['table ip nat {', '}']],
    [null, [...NAT, ...FILTER]],
  ])('%s: none are', (typed, lines) => {
    expect(missing(typed, lines)?.value).not.toHaveProperty('rulesMissing');
    expect(missing(typed, lines)?.sentence).toBeNull();
  });

  it('a part that is pasted after the whole takes the place of its table', () => {
    const again = ['root@k8s-worker-1:~# iptables-save -t nat | grep -v KUBE-SEP', ...NAT];
    expect(missing('iptables-save', [...NAT, ...FILTER, ...again])?.value?.rulesMissing).toBe('some');
    const whole = ['root@k8s-worker-1:~# iptables-save', ...NAT, ...FILTER];
    const after = missing('iptables-save -t nat | grep -v KUBE-SEP', [...NAT, ...whole]);
    expect(after?.value).not.toHaveProperty('rulesMissing');
  });

  it('four tables one by one are all that a packet of IPv4 meets', () => {
    const one = (name: string): string[] => [
      `root@k8s-worker-1:~# iptables-save -t ${name}`,
      `*${name}`,
      ':OUTPUT ACCEPT [0:0]',
      'COMMIT',
    ];
    const all = ['raw', 'mangle', 'nat', 'filter'].flatMap(one);
    expect(missing('true', all)?.value).not.toHaveProperty('rulesMissing');
    expect(missing('true', all.slice(4))?.value?.rulesMissing).toBe('some');
  });

  const V6 = ['root@k8s-worker-1:~# ip6tables-save', ...FILTER.slice(0, -1)];
  const FORWARDS6 = [
    'root@k8s-worker-1:~# ip -6 route',
    'fd00:1::2 dev calid9d486e54a8 metric 1024 pref medium',
    'fd00:2::/64 via fd00::3 dev ens192 proto bird metric 1024 pref medium',
  ];
  const IPVS = [
    'root@k8s-worker-1:~# ip -d addr',
    '9: kube-ipvs0: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN',
  ];
  const WARNING = '# Warning: iptables-legacy tables present, use iptables-legacy-save to see them';
  it.each([
    ['the other family, cut', [...NAT, ...FILTER, ...V6], undefined],
    ['the other family, whole', [...NAT, ...FILTER, ...V6, 'COMMIT'], 'whole'],
    [
      'the other family where Pods have its addresses',
      [...NAT, ...FILTER, ...FORWARDS6],
      'iptables-save -c; ip6tables-save -c',
    ],
    ['the other backend', [...NAT, ...FILTER, WARNING], 'iptables-legacy-save -c'],
    ['what IPVS translates', [...NAT, ...FILTER, ...IPVS], 'ipvsadm -Ln'],
  ])('all of one tool, and of %s', (_, lines, ask) => {
    const firewall = missing('iptables-save', lines);
    expect(firewall?.value?.rulesMissing).toBe(ask === 'whole' ? undefined : 'some');
    if (ask !== 'whole' && ask !== undefined)
      expect(firewall?.sentence).toContain(`paste all that “${ask}” prints.`);
  });
});
