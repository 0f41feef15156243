import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BgpRoute, Route } from '../probe/facts.ts';
import { emptyInventory } from '../probe/inventory.ts';
import { parseLinksJson } from '../probe/ip-links.ts';
import { parseRulesText } from '../probe/ip-rules.ts';
import { runs } from '../testing/runs.ts';
import type { ForwardingState, Topology } from '../topology/model.ts';
import { parseSettings } from '../probe/node-settings.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { settingsScript } from '../probe/settings-script.ts';
import { listed } from '../topology/testing/listed-kind.ts';
import { build } from '../topology/testing/scenario.ts';
import {
  bgp,
  BIRD_SOCKET,
  inputOf,
  route,
  snapshotOf,
  type SyntheticNode,
} from '../topology/testing/synthetic-node.ts';
import type { Loser, RouteExplainRequest, RouteExplanation, RouteProvenance } from './explanation.ts';
import { explainRoute } from './explain.ts';
import { Fib } from './fib.ts';
import { flowOf } from './flow.ts';
import { incomingSettings } from './incoming-settings.ts';
import { receiving } from './kernel-lookup.ts';
import { routeProvenance } from './provenance.ts';
import { routeKey } from './route-text.ts';
import { asked as askedEverywhere } from './testing/asked.ts';

const asked: RouteExplainRequest = { ...askedEverywhere, at: 'a' };
const viaB = route('192.168.2.0/24', { via: '10.0.0.2', dev: 'ens192', proto: 'bird' });
const standby = route('192.168.2.0/24', { via: '10.0.0.3', dev: 'ens192', proto: 'static', metric: 100 });
const byDefault = route('0.0.0.0/0', { via: '10.0.0.254', dev: 'ens192' });
const block = route('192.168.1.0/24', { type: 'blackhole', proto: 'bird' });
const pod = route('192.168.1.2/32', { dev: 'calid9d486e54a8', proto: '80' });
const elsewhere = route('192.168.2.0/25', { via: '10.0.0.9', dev: 'ens192', table: '100' });

/** A node with these routes and no others. */
function topologyOf(routes: readonly Route[], rules = '', extra: Partial<SyntheticNode> = {}): Topology {
  const topology = build([{ label: 'a', at: 100, routes, ...extra }]);
  const forwarding = Object.entries(topology.forwarding).map(([id, state]): [string, ForwardingState] => [
    id,
    { ...state, routes, rules: parseRulesText(rules, 4).entries },
  ]);
  return { ...topology, forwarding: Object.fromEntries(forwarding) };
}

function explained(topology: Topology, request: Partial<RouteExplainRequest> = {}) {
  const answer: RouteExplanation = explainRoute(topology, { ...asked, ...request });
  if (!answer.ok) throw new Error(answer.sentence);
  return answer;
}

const RULES =
  '0:\tfrom all lookup local\n50:\tfrom all fwmark 0x1 lookup 100\n60:\tfrom 10.9.0.0/16 lookup 100\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default';

const NO_LOCAL = 'Table local was not read: which addresses are this machine’s own is not known.';

/** As iproute2 prints them (ip/ipaddress.c print_linkinfo, ip/iplink_vrf.c vrf_print_opt): the kernel here has no VRFs. */
const LINKS = JSON.stringify([
  ...[
    ['red', 10],
    ['blue', 20],
    ['green', 30],
  ].map(([ifname, table], at) => ({
    ...{
      ifindex: 10 + at,
      ifname,
      flags: ['NOARP', 'MASTER', 'UP', 'LOWER_UP'],
      mtu: 65575,
      group: 'default',
    },
    ...{ link_type: 'ether', linkinfo: { info_kind: 'vrf', info_data: { table } } },
  })),
  ...[
    ['eth1', 'red', 10],
    ['eth2', 'blue', 20],
  ].map(([ifname, master, table], at) => ({
    ...{ ifindex: 20 + at, ifname, flags: ['UP', 'LOWER_UP'], mtu: 1500, master, group: 'default' },
    ...{ link_type: 'ether', linkinfo: { info_slave_kind: 'vrf', info_slave_data: { table } } },
  })),
  { ifindex: 30, ifname: 'eth3', flags: ['UP'], mtu: 1500, group: '7', link_type: 'ether' },
  { ifindex: 2, ifname: 'ens192', flags: ['UP'], mtu: 1500, group: 'default', link_type: 'ether' },
]);

describe('route.explain', () => {
  it('names the route, its next hop and why each other loses', () => {
    const answer = explained(topologyOf([viaB, standby, byDefault, block, elsewhere], RULES));
    expect(answer).toMatchObject({
      verdict: 'forwarded',
      rule: { priority: 32766 },
      route: { text: '192.168.2.0/24 via 10.0.0.2 dev ens192 proto bird' },
      hops: [{ via: '10.0.0.2', dev: 'ens192' }],
      evidence: expect.arrayContaining(['a/routes4']) as unknown,
    });
    const losers = answer.losers.map(({ route: { key }, reason }: Loser) => [key.dst, key.metric, reason]);
    expect(losers).toEqual([
      ['192.168.2.0/24', 100, 'higher-metric'],
      ['0.0.0.0/0', 0, 'shorter-prefix'],
      ['192.168.2.0/25', 0, 'rule-mismatch'],
    ]);
    expect(answer.losers[2]?.sentence).toContain('it is for the mark 0x1/0xffffffff');
    expect(answer.rules.map(({ priority, won }) => [priority, won])).toEqual([
      [0, false],
      [50, false],
      [60, false],
      [32766, true],
    ]);
  });

  it('follows a rule by mark, and says which rule would have come later', () => {
    const answer = explained(topologyOf([viaB, elsewhere], RULES), { mark: 1 });
    expect(answer.rule).toMatchObject({ priority: 50 });
    expect(answer.losers).toMatchObject([
      { reason: 'later-rule', route: { key: { dst: '192.168.2.0/24' } } },
    ]);
    expect(answer.losers[0]?.sentence).toBe(
      'Rule 32766 leads to table main, but rule 50 has answered before it.',
    );
  });

  it('knows throw, suppression, tables that no rule leads to, and what is dead', () => {
    const rules = `${RULES}\n70:\tfrom all lookup 200\n80:\tfrom all lookup 300 suppress_prefixlength 24`;
    const answer = explained(
      topologyOf(
        [
          viaB,
          route('192.168.2.0/24', { type: 'throw', table: '200' }),
          route('192.168.2.0/24', { dev: 'ens192', table: '300' }),
          route('192.168.2.0/24', { dev: 'ens192', table: '400' }),
          route('192.168.2.3/32', { dev: 'ens193', flags: ['dead', 'linkdown'] }),
        ],
        rules,
      ),
    );
    expect(answer.route?.key).toEqual(routeKey(viaB));
    const reasons = new Map(
      answer.losers.map(({ route: { key }, reason }) => [`${key.table} ${key.dst}`, reason]),
    );
    expect(reasons).toEqual(
      new Map([
        ['main 192.168.2.3/32', 'unusable'],
        ['200 192.168.2.0/24', 'thrown'],
        ['300 192.168.2.0/24', 'suppressed'],
        ['400 192.168.2.0/24', 'no-rule'],
      ]),
    );
  });

  it('says what rejects, and that nothing leads there', () => {
    expect(explained(topologyOf([block, byDefault]), { destination: '192.168.1.77' })).toMatchObject({
      verdict: 'rejected',
      sentence: '192.168.1.77: a blackhole takes it, and nobody is told.',
      losers: [{ reason: 'shorter-prefix' }],
    });
    expect(explained(topologyOf([block]), { destination: '8.8.8.8' })).toMatchObject({
      verdict: 'no-route',
      route: null,
      losers: [],
    });
  });

  it('says what it rests on that was not read', () => {
    const answer = explained(topologyOf([viaB], '5:\tfrom all flowlabel 0x5 lookup main'), {
      source: '192.168.1.2',
    });
    expect(answer.notes.join('\n')).toMatch(/Rule 5 is not understood whole/);
    expect(explained(topologyOf([viaB]), { source: '192.168.1.2' }).notes.join('\n')).toMatch(
      /no address of this machine/,
    );
    expect(explained(topologyOf([viaB]), { source: '192.168.1.2', iif: 'cali1' }).notes.join('\n')).toMatch(
      /rp_filter 1 it would be refused/,
    );
  });

  it.each([
    [
      { 'ipv4/conf/ens192/forwarding': '0', 'ipv4/conf/ens192/rp_filter': '0' },
      'refused',
      'does not forward',
    ],
    [
      { 'ipv4/conf/ens192/forwarding': '1', 'ipv4/conf/all/rp_filter': '1' },
      'refused',
      'reverse path filter',
    ],
    [{ 'ipv4/conf/ens192/forwarding': '1' }, 'forwarded', 'goes by'],
  ])('asks the device it comes in by: %j', (sysctls, verdict, words) => {
    const defaults = { 'ipv4/conf/all/rp_filter': '0', 'ipv4/conf/ens192/rp_filter': '0' };
    const settings = new Map(Object.entries({ ...defaults, ...sysctls }));
    const on = (dev: string) => incomingSettings(settings, { family: 4, dev, hasAddress: true });
    expect(on('eth9')).toBeNull();
    // The way back to the source leaves by another device.
    const back = route('192.168.1.0/24', { dev: 'cali1' });
    const incoming = on('ens192');
    const flow = flowOf('192.168.2.3', '192.168.1.2', { iif: 'ens192' });
    if (incoming === null || flow === null) throw new Error('not read');
    const answer = receiving(new Fib(4, [viaB, back], []), flow, incoming);
    expect(answer.kind === 'refused' ? 'refused' : 'forwarded').toBe(verdict);
    const why = { 'forwarding-off': 'does not forward', 'reverse-path': 'reverse path filter' };
    expect(answer.kind === 'refused' ? why[answer.why as keyof typeof why] : 'goes by').toBe(words);
  });

  it('asks only for settings that are read on the node', () => {
    const asked = new Set<string>();
    class Sysctls extends Map<string, string> {
      override get(path: string): string {
        asked.add(path.replace(/^(.*\/)[^/]+\//, '$1*/'));
        return '0';
      }
    }
    for (const family of [4, 6] as const)
      incomingSettings(new Sysctls(), { family, dev: 'ens192', hasAddress: true });
    expect(asked).toContain('ipv4/conf/*/src_valid_mark');
    for (const path of asked) expect(settingsScript).toContain(`sys/net/${path}`);
  });

  it('IPv6 that comes in goes on only where the machine forwards it', () => {
    const to = route('fd00:2::/64', { family: 6, dev: 'ens192', scope: null });
    const topology = topologyOf([to, route('fd00:1::1/128', { family: 6, type: 'local', table: 'local' })]);
    const told = (forwarding: string | null, destination = 'fd00:2::3') => {
      const sysctls = forwarding === null ? [] : [['ipv6/conf/all/forwarding', forwarding] as const];
      const base = snapshotOf({ label: 'a', at: 100 });
      const value = parseSettings({ sysctls: '', offloads: '', wireguard: '', felix: '', sockets: '' });
      const settings: NodeSnapshot['settings'] = {
        ...{ state: 'ok', evidence: [], at: base.at, sentence: null },
        value: { ...value, sysctls: new Map(sysctls) },
      };
      const readings = new Map([['a', { snapshot: { ...base, settings }, hostKeyFingerprint: 'k' }]]);
      const answer = explainRoute(topology, { ...asked, destination, iif: 'ens192' }, readings);
      return answer.ok ? [answer.verdict, answer.notes.join(' ')] : [answer.sentence];
    };
    expect(told('1')[0]).toBe('forwarded');
    expect(told('0')[0]).toBe('refused');
    expect(told('0', 'fd00:1::1')[0]).toBe('local');
    expect(told(null)).toEqual(['forwarded', expect.stringMatching(/Whether it forwards IPv6 was not read/)]);
  });

  it('what was not read is not taken for nothing: neighbours, rules, table local', () => {
    const snapshot = { ...snapshotOf({ label: 'a', at: 100 }), neighbours: null };
    const readings = new Map([['a', { snapshot, hostKeyFingerprint: 'k' }]]);
    const answer = explainRoute(topologyOf([viaB]), asked, readings);
    if (!answer.ok) throw new Error(answer.sentence);
    expect(answer.hops[0]?.sentence).toBe('Whether 10.0.0.2 answers is not known: neighbours were not read.');
    expect(answer.rules[0]?.sentence).toBe('table local was not read');
    expect(answer.notes).toEqual([
      'Policy rules were not read: those that every machine begins with are presumed.',
      NO_LOCAL,
    ]);
  });

  it('a dead path is no way, and is said', () => {
    const paths = [
      { via: '10.0.0.2', dev: 'ens192', weight: 1 },
      { via: '10.0.1.2', dev: 'ens224', weight: 1, flags: ['dead', 'linkdown'] },
    ];
    const answer = explained(topologyOf([route('192.168.2.0/24', { nexthops: paths })], RULES));
    expect(answer.sentence).toBe('192.168.2.3 goes by ens192 to 10.0.0.2.');
    expect(answer.hops).toHaveLength(1);
    expect(answer.notes).toEqual([NO_LOCAL, 'Its path to 10.0.1.2 by ens224 is dead: it is not used.']);
  });

  describe('VRFs and groups of devices', () => {
    const rules = `${RULES}\n100:\tfrom all lookup [l3mdev-table]\n200:\tfrom all lookup 300 suppress_ifgroup 7`;
    const inRed = route('192.168.2.0/24', { via: '10.1.0.2', dev: 'eth1', table: '10' });
    const inBlue = route('192.168.2.3/32', { via: '10.2.0.2', dev: 'eth2', table: '20' });
    const grouped = route('192.168.2.3/32', { dev: 'eth3', table: '300' });
    const own = route('10.1.0.1/32', { type: 'local', dev: 'eth1', table: '10' });
    const topology = topologyOf([viaB, inRed, inBlue, grouped, own], rules);
    const told = (request: Partial<RouteExplainRequest>, links = LINKS) => {
      const base = snapshotOf({ label: 'a', at: 100 });
      const said = parseLinksJson(links);
      if (!said.ok || base.links === null) throw new Error('links');
      const snapshot = { ...base, links: { ...base.links, value: said.value } };
      const answer = explainRoute(
        topology,
        { ...asked, ...request },
        new Map([['a', { snapshot, hostKeyFingerprint: 'k' }]]),
      );
      if (!answer.ok) throw new Error(answer.sentence);
      return answer;
    };
    const won = (request: Partial<RouteExplainRequest>) => told(request).route?.key.table;

    it('what comes in by a device of a VRF, or is sent in it, goes by its table', () => {
      expect(won({ iif: 'eth1', source: '10.1.0.9' })).toBe('10');
      expect(won({ iif: 'red', source: '10.1.0.9' })).toBe('10');
      expect(won({ oif: 'red' })).toBe('10');
      expect(won({ oif: 'eth1', source: '10.1.0.1' })).toBe('10');
      expect(won({ iif: 'eth2', source: '10.2.0.9' })).toBe('20');
      expect(won({ iif: 'ens192', source: '10.0.0.9' })).toBe('main');
      const answer = told({ iif: 'eth1', source: '10.1.0.9' });
      expect(answer.rules.find(({ won: one }) => one)?.sentence).toBe('table 10, the VRF’s, has the answer');
      const reasons = answer.losers.map(({ route: { key }, sentence }) => [key.table, sentence]);
      expect(reasons).toContainEqual(['20', 'Table 20 is another VRF’s.']);
      expect(answer.notes.join(' ')).not.toMatch(/VRF/);
    });

    it('what is in none says so of the rule, and a group that is suppressed is told', () => {
      const answer = told({});
      expect(answer.route?.key).toEqual(routeKey(viaB));
      const why = new Map(answer.losers.map(({ route: { key }, sentence }) => [key.table, sentence]));
      expect(why.get('10')).toMatch(/it is for devices of a VRF, and this is in none/);
      expect(why.get('300')).toMatch(/its device is of group 7/);
    });

    it('where devices were not read in full, that is said', () => {
      const notes = explainRoute(topology, asked);
      expect(notes.ok && notes.notes.join(' ')).toMatch(
        /which devices belong to one is not known.*groups are not known/,
      );
    });

    it('a VRF without routes that are known by its number', () => {
      expect(told({ oif: 'green' }).notes.join(' ')).toMatch(/No route of table 30, that of the VRF green/);
    });
  });

  it('refuses what it cannot answer with one sentence', () => {
    const topology = topologyOf([viaB]);
    expect(explainRoute(topology, { ...asked, at: 'z' })).toEqual({
      ok: false,
      sentence: 'No node is called z; there are: a.',
    });
    expect(explainRoute(topology, { ...asked, destination: 'pod' })).toMatchObject({ ok: false });
    expect(explainRoute(topology, { ...asked, source: 'fd00::1' })).toMatchObject({ ok: false });
  });

  it('every route that contains the address is the winner or a loser with a reason', () => {
    const dst = fc
      .tuple(
        fc.constantFrom(0, 8, 16, 20, 24, 25, 32),
        fc.constantFrom('192.168.2.3', '192.168.0.0', '10.0.0.0'),
      )
      .map(([length, address]) => `${address}/${length}`);
    const table = fc.constantFrom('main', 'local', '100', '200', 'default');
    const type = fc.constantFrom('unicast', 'blackhole', 'throw', 'local');
    const routes = fc.array(
      fc
        .record({ dst, table, type, metric: fc.nat(2) })
        .map((one) => route(one.dst, { ...one, dev: 'ens192' })),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(routes, fc.constantFrom('', RULES), fc.nat(1), (list, rules, mark) => {
        const topology = topologyOf(list, rules);
        const answer = explained(topology, { mark });
        const containing = list.filter(({ dst: one }) => {
          const length = Number(one.split('/')[1]);
          return (
            length === 0 ||
            one.startsWith('192.168.2.3/') ||
            (length === 16 && one.startsWith('192.168.')) ||
            (length === 20 && one.startsWith('192.168.')) ||
            (length === 8 && one.startsWith('192.'))
          );
        });
        expect(answer.losers.length + (answer.route === null ? 0 : 1)).toBe(containing.length);
      }),
      { numRuns: runs(60) },
    );
  });
});

const held = (extra: Partial<BgpRoute> = {}): BgpRoute => ({
  socket: BIRD_SOCKET,
  table: null,
  dst: '192.168.2.0/24',
  type: 'unicast',
  protocol: 'Mesh_10_0_0_2',
  source: 'BGP',
  since: '10:00:00',
  sinceAt: null,
  from: '10.0.0.2',
  nexthops: [{ via: '10.0.0.2', dev: 'ens192' }],
  primary: true,
  preference: 100,
  asPath: [],
  localPref: 100,
  bgpNextHop: '10.0.0.2',
  communities: [],
  originatorId: null,
  clusterList: [],
  ...extra,
});

describe('route.provenance', () => {
  const known = (routes: readonly Route[], bird: SyntheticNode['bird']) => {
    const node: SyntheticNode = { label: 'a', at: 100, routes, ...(bird === undefined ? {} : { bird }) };
    const input = inputOf([node]);
    return {
      topology: topologyOf(routes, '', node),
      readings: new Map(Object.entries(input.readings)),
      inventory: input.inventory,
    };
  };
  const behind = (state: ReturnType<typeof known>, one: Route): Extract<RouteProvenance, { ok: true }> => {
    const answer = routeProvenance(state, { at: 'a', route: routeKey(one) });
    if (!answer.ok) throw new Error(answer.sentence);
    return answer;
  };
  const running = {
    state: 'running',
    protocols: [bgp('Mesh_10_0_0_2', { neighbourAddress: '10.0.0.2' })],
  } as const;
  const table = (...routes: BgpRoute[]) => ({ ...running, routes: { routes, cut: false, unread: [] } });

  it('names the session, when it came, and that both agree', () => {
    const answer = behind(known([viaB, byDefault], table(held())), viaB);
    expect(answer.session).toMatchObject({ name: 'Mesh_10_0_0_2' });
    expect(answer.bird.verdict).toBe('agree');
    expect(answer.claims.map(({ by }) => by)).toEqual(['kernel', 'BIRD']);
    expect(answer.claims[1]?.sentence).toBe(
      'BIRD has it from Mesh_10_0_0_2 (BGP), its session with 10.0.0.2, since 10:00:00, by 10.0.0.2.',
    );
    expect(answer.takeover.sentence).toBe(
      '192.168.2.0 would follow default via 10.0.0.254 dev ens192 proto boot.',
    );
  });

  it('sees that they are apart: another way, withdrawn, dead, or not known', () => {
    const other = held({ nexthops: [{ via: '10.0.0.7', dev: 'ens192' }] });
    expect(behind(known([viaB], table(other)), viaB).bird).toMatchObject({ verdict: 'apart' });
    expect(behind(known([viaB], table()), viaB).bird.sentence).toMatch(/stale/);
    expect(behind(known([viaB], { state: 'dead' }), viaB).bird.sentence).toMatch(/BIRD is dead/);
    const cut = { ...running, routes: { routes: [], cut: true, unread: [] } };
    expect(behind(known([viaB], cut), viaB).bird.verdict).toBe('unknown');
    expect(behind(known([pod], table()), pod).bird.verdict).toBe('not-its-own');
  });

  it('tells what would be lost without a Pod’s own route, and what is not in use at all', () => {
    const state = known([pod, block, byDefault, viaB, standby], table());
    expect(behind(state, pod).takeover.sentence).toBe(
      '192.168.1.2 would follow blackhole 192.168.1.0/24 proto bird, and be lost there.',
    );
    expect(behind(state, standby).takeover.sentence).toMatch(/^It is not in use for 192\.168\.2\.0 even now/);
    expect(behind(state, byDefault).takeover).toEqual({
      route: null,
      sentence: 'Nothing: what has no route of its own would have no way.',
    });
    expect(routeProvenance(state, { at: 'a', route: routeKey(elsewhere) })).toEqual({
      ok: false,
      sentence: 'a has no route 192.168.2.0/25 any more.',
    });
  });

  it('names pool, block, affinity and who has the address, also when it is borrowed', () => {
    const state = known([pod], table());
    const { calico, kinds } = emptyInventory;
    const inventory = {
      ...emptyInventory,
      kinds: { ...kinds, 'calico.pools': listed, 'calico.blocks': listed },
      calico: {
        ...calico,
        pools: {
          p: {
            name: 'default-pool',
            cidr: '192.168.0.0/16',
            blockSize: 24,
            ipipMode: 'Never',
            vxlanMode: 'Never',
            natOutgoing: true,
            disabled: false,
            disableBgpExport: false,
            nodeSelector: 'all()',
          },
        },
        blocks: {
          b: {
            name: '192-168-1-0-24',
            cidr: '192.168.1.0/24',
            node: 'b',
            strictAffinity: false,
            allocations: [
              { address: '192.168.1.2', node: 'a', namespace: 'default', pod: 'demo', type: null },
            ],
          },
        },
      },
    };
    expect(behind({ ...state, inventory }, pod).ipam).toEqual([
      'It lies in the pool default-pool (192.168.0.0/16, no encapsulation).',
      'Its block 192.168.1.0/24 belongs to b.',
      '192.168.1.2 is given to default/demo, borrowed by a.',
    ]);
    expect(behind({ ...state, inventory: null }, pod).ipam).toEqual([
      'Kubernetes was not read: pools and blocks are not known.',
    ]);
  });
});
