import { describe, expect, it } from 'vitest';
import { clusterOf } from '../cluster.ts';
import { emptyInventory } from '../../probe/inventory.ts';
import type { ServiceFact } from '../../probe/kube-facts.ts';
import { serviceRulesStale } from '../detectors/service-rules-stale.ts';
import { rpFilterDrop } from '../detectors/rp-filter-drop.ts';
import { diagnose } from '../diagnose.ts';
import { withList } from '../testing/case.ts';
import { closed, filter, findings, known, open } from '../testing/real-pasted-pair.ts';
import { isForeignRule } from './foreign-rule.ts';
import { routedCluster } from '../testing/routed-cluster.ts';
import { pairsOf } from './pairs.ts';
import { surveyOf } from './stops.ts';

it('of more ways than there are places each kind gets its part, and in it each node', () => {
  const labels = Array.from({ length: 24 }, (_, at) => `n${at}`);
  const { pairs, left } = pairsOf(clusterOf(routedCluster({ labels, sessions: [], podsEach: 6 })));
  expect([pairs.length, left > 0]).toEqual([400, true]);
  const own = pairs.filter(({ fromNode, toNode }) => fromNode === toNode);
  const kinds: Record<string, typeof pairs> = {
    'between nodes': pairs.filter((one) => one.fromPod !== null && one.toPod !== null && !own.includes(one)),
    'to Pods of their own': own.filter(({ fromPod }) => fromPod === null),
    'to their own node': own.filter(({ toPod }) => toPod === null),
    'Pods of one node': own.filter(({ fromPod, toPod }) => fromPod !== null && toPod !== null),
    'from nodes': pairs.filter((one) => one.fromPod === null && !own.includes(one)),
  };
  for (const [kind, ways] of Object.entries(kinds))
    for (const end of ['fromNode', 'toNode'] as const)
      expect([kind, end, new Set(ways.map((one) => one[end])).size]).toEqual([kind, end, labels.length]);
});

describe('ways that are followed', () => {
  it('each Pod and its node, one Pod of each pair of nodes both ways, each Pod from another node, nodes to Pods, neighbours on a node', () => {
    const { pairs, left } = pairsOf(clusterOf(known()));
    expect(left).toBe(0);
    const names = pairs.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const one of [
      '10.244.1.2 → 10.244.2.2',
      '10.244.2.2 → 10.244.1.2',
      'node-A → 10.244.1.3',
      '10.244.1.3 → node-A',
      '10.244.2.2 → 10.244.1.3',
      'node-B → 10.244.1.2',
      '10.244.1.2 → 10.244.1.3',
      '10.244.1.3 → 10.244.1.2',
    ])
      expect(names).toContain(one);
  });

  it('once for all detectors, and anew where anything else was read', () => {
    const facts = known();
    const survey = surveyOf(clusterOf(facts));
    expect(survey.tried).toBe(14);
    expect(surveyOf(clusterOf(facts))).toBe(survey);
    expect(surveyOf(clusterOf({ ...facts, inventory: null }))).not.toBe(survey);
  });

  it('all arrive where nothing is wrong: nothing is found', () => {
    expect(surveyOf(clusterOf(known())).stops).toEqual([]);
    expect(findings()).toEqual([]);
    expect(findings([filter(...open)])).toEqual([]);
  });
});

describe('forward-policy-drop', () => {
  it('the policy of FORWARD, once, with all ways that it ends', () => {
    const [one, ...others] = findings([filter(...closed)]);
    expect(others).toEqual([]);
    expect(one).toMatchObject({ id: 'forward-policy-drop', where: { node: 'node-A', interface: null } });
    expect(one?.title).toContain('the policy of filter FORWARD is DROP');
    expect(one?.consequences).toContain('10.244.1.2 → 10.244.2.2');
    expect(one?.evidence[0]?.command).toContain('iptables-save');
  });

  it('tables of two families that have one name, and one for their chains, are two', () => {
    const dropping = (family: string, from: string): object[] => {
      const of = { family, table: 'sec' };
      const is = (field: string, right: string): object => ({
        match: { op: '==', left: { payload: { protocol: 'ip', field } }, right },
      });
      const hook = { type: 'filter', hook: 'forward', prio: 0, policy: 'accept' };
      return [
        { table: { family, name: 'sec', handle: 1 } },
        { chain: { ...of, name: 'f', handle: 1, ...hook } },
        {
          rule: {
            ...{ ...of, chain: 'f', handle: 2 },
            expr: [is('saddr', from), is('daddr', '10.244.2.2'), { drop: null }],
          },
        },
      ];
    };
    const nftables = [...dropping('inet', '10.244.1.2'), ...dropping('ip', '10.244.1.3')];
    const found = findings([`nft -j list ruleset\n${JSON.stringify({ nftables })}`]);
    expect(found.map(({ id }) => id)).toEqual(['forward-policy-drop', 'forward-policy-drop']);
  });

  it('a rule of nobody we know does the same; one before it that accepts makes both harmless', () => {
    const drop = '[0:0] -A FORWARD -d 10.244.0.0/16 -j DROP';
    expect(findings([filter(...open, drop)]).map(({ id }) => id)).toEqual(['forward-policy-drop']);
    const accept = '[0:0] -A FORWARD -s 10.244.0.0/16 -j ACCEPT';
    const local = '[0:0] -A FORWARD -d 10.244.0.0/16 -j ACCEPT';
    expect(findings([filter(...closed, accept, local, drop)])).toEqual([]);
  });
});

describe('policy-routing-diverts', () => {
  const table = (text: string): string =>
    text.replace(
      'root@node-A:~# ip rule show',
      'default via 10.0.0.77 dev eth0 table 77 \nroot@node-A:~# ip rule show',
    );
  const rule = (line: string) => (text: string) =>
    table(text).replace('root@node-A:~# ip rule show\n', `root@node-A:~# ip rule show\n${line}\n`);

  it('a foreign rule that leads Pods out of the cluster', () => {
    const [one, ...others] = findings([], rule('100:\tfrom 10.244.1.2 lookup 77'));
    expect(others).toEqual([]);
    expect(one).toMatchObject({ id: 'policy-routing-diverts', where: { node: 'node-A', pod: 'default/p' } });
    expect(one?.title).toContain('100: from 10.244.1.2 lookup 77');
    expect(one?.suggestion.commands).toContain('ip rule del from 10.244.1.2 lookup 77 priority 100');
  });

  it('the kernel’s own rule for table main is gone: nobody asks it, and nothing has a way', () => {
    const [one, ...others] = findings([], (text) => text.replace(/^32766:.*\n/m, ''));
    expect(others).toEqual([]);
    expect(one).toMatchObject({ id: 'policy-routing-diverts', where: { node: 'node-A' } });
    expect(one?.title).toContain('No policy rule in node-A leads to table main');
    expect(one?.suggestion.commands).toContain('ip rule add priority 32766 lookup main');
  });

  it('a foreign rule that fits nobody who is lost: nothing', () => {
    expect(findings([], rule('100:\tfrom 10.0.0.200 lookup 77'))).toEqual([]);
  });

  it.each([
    ['32766: from all lookup main', false],
    ['0: from all lookup local', false],
    ['99: not from all fwmark 0x200000/0x200000 lookup 1', true],
    ['9: from all fwmark 0x200/0xf00 lookup 2004', false],
    [null, false],
  ])('%s is foreign: %s', (text, foreign) => expect(isForeignRule(text)).toBe(foreign));
});

describe('policy-drop', () => {
  const policed = (count: number): string =>
    filter(
      ...open,
      ':cali-FORWARD - [0:0]',
      ':cali-tw-ve01 - [0:0]',
      '[9:9] -A FORWARD -j cali-FORWARD',
      '[9:9] -A cali-FORWARD -d 10.244.1.2/32 -j cali-tw-ve01',
      '[0:0] -A cali-tw-ve01 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      `[${String(count)}:99] -A cali-tw-ve01 -m comment --comment "Drop if no policies passed packet" -j DROP`,
    );
  const asked = { from: '10.244.2.2', to: '10.244.1.2', proto: 'tcp', port: 80, size: null } as const;
  const ids = (facts: ReturnType<typeof known>, more: object = {}) =>
    diagnose({ ...facts, ...more }).findings.map(({ id, where }) => `${id} ${where.node ?? ''}`);

  it('nothing while nobody sends: policies are there to drop', () => {
    expect(ids(known([policed(7)]))).toEqual([]);
    expect(ids(known([policed(7)]), { asked: { ...asked, to: '10.244.1.3' } })).toEqual([]);
  });

  it('where somebody asks for that way, and under its name', () => {
    const [one, ...others] = diagnose({ ...known([policed(0)]), asked }).findings;
    expect(others).toEqual([]);
    expect(one).toMatchObject({ id: 'policy-drop', where: { node: 'node-A' }, confidence: 'likely' });
    expect(one?.consequences).toContain('default/r → default/p (tcp 80)');
  });

  it('where its rule counted more than before; not where it stood still', () => {
    const now = known([policed(9)]);
    const before = (count: number) => {
      const { firewall } = known([policed(count)]).readings.get('node-A')?.snapshot ?? {};
      return {
        earlierFirewalls: new Map([
          ['node-A', { ...firewall, at: { s: (firewall?.at?.s ?? 0) - 10, ns: 0 } }],
        ]),
      };
    };
    expect(ids(now, before(4))).toEqual(['policy-drop node-A']);
    expect(diagnose({ ...now, ...(before(4) as object) }).findings[0]).toMatchObject({
      confidence: 'certain',
      surer: null,
    });
    expect(ids(now, before(9))).toEqual([]);
  });
});

it('a node that its Pods may not reach is so by somebody’s wish; what it refuses of others’ answers is not', () => {
  const refuse = '[3:252] -A INPUT -s 10.244.0.0/16 -p icmp -j DROP';
  expect(findings([filter(...open, refuse)])).toEqual([]);
  const answers = '[3:252] -A INPUT -s 10.244.0.0/16 -p tcp -j DROP';
  expect(findings([filter(...open, answers)]).map(({ id }) => id)).toEqual(['unexplained-drop']);
});

it.each([
  [
    'kube-router',
    [
      ...[':KUBE-POD-FW-X - [0:0]', '[9:540] -A FORWARD -d 10.244.1.2/32 -j KUBE-POD-FW-X'],
      '[0:0] -A KUBE-POD-FW-X -m mark ! --mark 0x10000/0x10000 -j REJECT --reject-with icmp-port-unreachable',
    ],
  ],
  [
    'Azure',
    [
      ...[':AZURE-NPM - [0:0]', ':AZURE-NPM-INGRESS - [0:0]', '[9:540] -A FORWARD -j AZURE-NPM'],
      '[9:540] -A AZURE-NPM -j AZURE-NPM-INGRESS',
      '[9:540] -A AZURE-NPM-INGRESS -d 10.244.1.2/32 -j MARK --set-xmark 0x400/0x400',
      '[0:0] -A AZURE-NPM-INGRESS -m mark --mark 0x400/0x400 -m comment --comment "DROP-ON-INGRESS-DROP-MARK-0x400/0x400" -j DROP',
    ],
  ],
])('a NetworkPolicy that is enforced by %s is one, and no rule of nobody’s', (_, rules) => {
  expect(findings([filter(...open, ...rules)])).toEqual([]);
});

it('a rule for some hours decides by the clock of the node; when lines were pasted is none', () => {
  const always =
    '[9:540] -A FORWARD -d 10.244.2.0/24 -m time --timestart 00:00:00 --timestop 23:59:59 -j DROP';
  const facts = known([filter(...open, always)]);
  const told = (kernel: string): string[] => {
    const readings = new Map(
      [...facts.readings].map(([label, one]) => {
        const { snapshot } = one;
        return [label, { ...one, snapshot: { ...snapshot, meta: { ...snapshot.meta, kernel } } }];
      }),
    );
    return diagnose({ ...facts, readings }).findings.map(({ id }) => id);
  };
  expect(told('')).toEqual([]);
  expect(told('6.1.0')).toEqual(['forward-policy-drop']);
});

it('rp-filter-drop: packets that have to pass come in where their answers would not leave', () => {
  const set = ['ip_forward', 'conf.all.rp_filter', 'conf.vx0.rp_filter', 'conf.vx0.forwarding'];
  const settings = `sysctl -a | grep ipv4\n${set.map((one) => `net.ipv4.${one} = 1`).join('\n')}`;
  const away = (text: string): string =>
    text.replace(
      'root@node-A:~# ip rule show',
      '10.244.2.2 via 10.0.0.77 dev eth0 \nroot@node-A:~# ip rule show',
    );
  const dropped = rpFilterDrop.detect(clusterOf(known([settings], away))).drafts;
  expect(dropped.map(({ where }) => where)).toMatchObject([{ node: 'node-A', interface: 'vx0' }]);
  // The route that somebody has laid over the network's own is behind it.
  const [one, ...others] = findings([settings], away);
  expect(others).toEqual([]);
  expect(one).toMatchObject({ id: 'policy-routing-diverts', where: { node: 'node-A' } });
  expect(one?.title).toContain('On node-A the route “10.244.2.2/32 via 10.0.0.77 dev eth0');
  expect(one?.consequences.join()).toContain('rp-filter-drop');
  // Without the filter the same routes lose nothing on their way in.
  expect(findings([], away).map(({ id }) => id)).not.toContain('rp-filter-drop');
});

it('service-rules-stale: rules that lead a Service to who is none of its endpoints; as Kubernetes lists them: nothing', () => {
  const service: ServiceFact = {
    namespace: 'default',
    name: 'web',
    type: 'ClusterIP',
    clusterIps: ['10.96.0.7'],
    externalIps: [],
    loadBalancerIps: [],
    externalName: null,
    ports: [{ name: null, protocol: 'TCP', port: 80, targetPort: '8080', nodePort: null }],
    hasSelector: true,
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    sessionAffinity: 'None',
  };
  const endpoint = {
    ...{ addresses: ['10.244.2.2'], ready: true, serving: true, terminating: false, hinted: false },
    ...{ nodeName: null, pod: null },
  };
  const slice = { namespace: 'default', name: 'web-1', service: 'web', endpoints: [endpoint] };
  const ports = [{ name: null, protocol: 'TCP', port: 8080 }];
  const saved = (to: string, chance = '', ...rules: string[]): string =>
    [
      ...['iptables-save -c', '*nat', ':PREROUTING ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]'],
      `[0:0] -A PREROUTING -d 10.96.0.7/32 -p tcp -m tcp --dport 80${chance} -j DNAT --to-destination ${to}`,
      ...['COMMIT', '*filter', ...open, ...rules, 'COMMIT'],
    ].join('\n');
  const seen = (
    to: string,
    nodeB: (text: string) => string = (text) => text,
    { nodeA = (text: string) => text, chance = '' } = {},
  ): string[] => {
    const facts = known([saved(to, chance)], nodeA, nodeB);
    const inventory = withList(
      withList(facts.inventory ?? emptyInventory, 'services', [service]),
      'endpointSlices',
      [{ ...slice, ports }],
    );
    return serviceRulesStale.detect(clusterOf({ ...facts, inventory })).drafts.map(({ title }) => title);
  };
  expect(seen('10.244.2.2:8080')).toEqual([]);
  expect(seen('10.244.2.99:8080')).toEqual([
    'The rules of node-A lead Service default/web to 10.244.2.99:8080, which is none of its endpoints',
  ]);
  expect(seen('10.244.2.2:8081')).toHaveLength(1);
  // On node B there is, behind its translation, a rule of which nobody knows what it does.
  const asking = '[0:0] -A FORWARD -m string --string "GET" --algo bm -j DROP';
  const unsure = (text: string): string =>
    `${text}\nroot@node-B:~# ${saved('10.244.2.2:8080', '', asking)}\nroot@node-B:~# \n`;
  expect(seen('10.244.2.2:8080', unsure)).toEqual([]);
  // On node B nothing translates it: either nobody there takes it, or the node has its address itself (NodeLocal DNSCache).
  const bare = (text: string): string =>
    `${text}\nroot@node-B:~# ${['iptables-save -c', '*filter', ...open, 'COMMIT'].join('\n')}\nroot@node-B:~# \n`;
  const away = (text: string): string =>
    text.replace('\nlocal 10.0.0.2 dev', '\ndefault via 10.0.0.254 dev eth0 \nlocal 10.0.0.2 dev');
  const held = (text: string): string =>
    text.replace(
      '\nlocal 10.0.0.2 dev',
      '\nlocal 10.96.0.7 dev lo table local proto kernel scope host src 10.96.0.7\nlocal 10.0.0.2 dev',
    );
  expect(seen('10.244.2.2:8080', (text) => bare(away(text)))).toEqual([
    'No rule of node-B translates Service default/web',
  ]);
  expect(seen('10.244.2.2:8080', (text) => bare(held(text)))).toEqual([]);
  // A part of all connections falls through: the chain of one endpoint is empty.
  const chance = ' -m statistic --mode random --probability 0.75000000000';
  const out = (text: string): string =>
    text.replace('\nlocal 10.0.0.1 dev', '\ndefault via 10.0.0.254 dev eth0 \nlocal 10.0.0.1 dev');
  expect(seen('10.244.2.2:8080', (text) => text, { nodeA: out, chance })).toEqual([
    'The rules of node-A do not translate 25 of 100 connections to Service default/web',
  ]);
});

it('what the reverse path filter drops hangs on the address that it came from, as an answer on whom it is for', () => {
  const set = ['ip_forward', 'conf.all.rp_filter', 'conf.vx0.rp_filter', 'conf.vx0.forwarding'];
  const settings = `sysctl -a | grep ipv4\n${set.map((one) => `net.ipv4.${one} = 1`).join('\n')}`;
  const refused = (text: string): string =>
    text.replace('root@node-A:~# ip rule show', 'unreachable 10.244.2.2 \nroot@node-A:~# ip rule show');
  const { drafts } = rpFilterDrop.detect(clusterOf(known([settings], refused)));
  expect(drafts.map(({ touches }) => touches.includes('address 10.244.2.2'))).toEqual([true]);
});

it('unexplained-drop: what a rule at another place takes is told with its place; what another finding explains stands under that', () => {
  const [one, ...others] = findings([filter(...open, '[0:0] -A OUTPUT -d 10.244.2.2/32 -j DROP')]);
  expect(others).toEqual([]);
  expect(one).toMatchObject({ id: 'unexplained-drop', where: { node: 'node-A' } });
  expect(one?.title).toContain('rule 1 of filter OUTPUT drops it');
  const refused = findings([], (text) =>
    text.replace('root@node-A:~# ip rule show', 'unreachable 10.244.2.2 \nroot@node-A:~# ip rule show'),
  );
  expect(refused.map(({ id }) => id)).toEqual(['unexplained-drop']);
  expect(refused[0]?.title).toMatch(/and 4 more stop at node-A: an unreachable route$/);
});

describe('bridges of Pods', () => {
  it('link-down: the bridge itself, with all ways that end there under it', () => {
    const [one, ...others] = findings([], (text) =>
      text.replace('4: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP>', '4: cni0: <BROADCAST,MULTICAST>'),
    );
    expect(others).toEqual([]);
    expect(one).toMatchObject({ id: 'link-down', where: { node: 'node-A', interface: 'cni0' } });
  });

  it.each([
    ['switched off', { ve01: ['bridge state', 'disabled'] }],
    ['isolated', { ve01: ['bridge isolated', 'on'], ve02: ['bridge isolated', 'on'] }],
  ] as const)('a port that is %s is told once, also where Pods of one node alone are parted', (_, set) => {
    const wanted: Readonly<Record<string, readonly string[]>> = set;
    const facts = known();
    const snapshot = facts.readings.get('node-A')?.snapshot;
    for (const one of snapshot?.links?.value ?? []) {
      const detail = wanted[one.name];
      if (detail !== undefined) Object.assign(one, { details: [detail] });
    }
    const told = diagnose(facts).findings;
    expect(told.map(({ id, where }) => [id, where.interface])).toEqual([
      ['bridge-port-blocked', expect.stringMatching(/^ve0[12]$/)],
    ]);
  });
});
