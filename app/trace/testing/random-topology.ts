// Small topologies with something wrong in them, or nothing: drawn by a seed, as scripts for the namespaces that real-topology.ts makes.
// A Pod c on node a, a Pod s on node b, and between the nodes a wire, two, a router r, or VXLAN; Pods behind a cable or a bridge.
import { at, LAYOUTS, mac, of, PORT, type Draft, type Space } from './random-draft.ts';
import { mutate } from './random-faults.ts';
import { Random } from './random.ts';

export interface RandomPacket {
  readonly family: 4 | 6;
  readonly proto: 1 | 6 | 17 | 58;
  readonly space: string;
  readonly dst: string;
  readonly sport: number;
  readonly dport: number;
  /** Bytes behind the header of UDP or ICMP. */
  readonly payload: number;
  readonly ttl: number;
  /** What its payload begins with. */
  readonly tag: string;
}

export interface RandomState {
  readonly seed: number;
  readonly layout: string;
  /** What was drawn, in words. */
  readonly faults: readonly string[];
  readonly family: 4 | 6;
  /** In each its shell script. */
  readonly spaces: readonly { readonly name: string; readonly machine: string; readonly script: string }[];
  /** For `ip -batch`, `@c@` the namespace of c. */
  readonly links: string;
  readonly machines: readonly { readonly space: string; readonly pods: readonly string[] }[];
  readonly listens: readonly {
    readonly space: string;
    readonly family: 4 | 6;
    readonly proto: 6 | 17;
    readonly address: string;
    readonly port: number;
  }[];
  readonly packets: readonly RandomPacket[];
  /** Whether there are packet filters. */
  readonly filtered: boolean;
}

export function randomState(seed: number): RandomState {
  const random = new Random(seed);
  const layout = random.of(LAYOUTS);
  const family = random.chance(70) ? 4 : 6;
  const names = layout === 'router' ? ['c', 'a', 'r', 'b', 's'] : ['c', 'a', 'b', 's'];
  const machineOf: Readonly<Record<string, string>> = { c: 'a', s: 'b' };
  const draft: Draft = {
    random,
    layout,
    family,
    spaces: new Map(names.map((name) => [name, space(name, machineOf[name] ?? name)])),
    links: [],
    faults: [],
    addresses: of(
      family,
      { c: '10.1.0.2', s: '10.2.0.2', a: '10.0.0.1', b: layout === 'router' ? '10.0.3.2' : '10.0.0.2' },
      { c: 'fd01::2', s: 'fd02::2', a: 'fd00::1', b: layout === 'router' ? 'fd03::2' : 'fd00::2' },
    ),
    sender: random.chance(85) ? 'c' : 'a',
    target: '',
    listening: 'any',
    ttl: 64,
    size: random.chance(75) ? of(family, 84, 104) : 1400,
    vxlan: { vniOfB: 77, portOfB: 4789 },
  };
  draft.target = draft.addresses[random.chance(80) ? 's' : 'b'];
  build(draft);
  const count = random.of([0, 0, 1, 1, 1, 1, 1, 2, 2, 3]);
  for (let n = 0; n < count; n += 1) mutate(draft);
  return finished(seed, draft);
}

function space(name: string, machine: string): Space {
  return {
    name,
    machine,
    sysctls: new Map(),
    made: [],
    addresses: [],
    up: [],
    routes: [],
    neighbours: [],
    fdb: [],
    last: [],
    nft: [],
    iptables: [],
  };
}

function build(draft: Draft): void {
  const { layout } = draft;
  pod(draft, 'c', 'a');
  pod(draft, 's', 'b');
  const { family } = draft;
  const podsOf = { a: of(family, '10.1.0.0/24', 'fd01::/64'), b: of(family, '10.2.0.0/24', 'fd02::/64') };
  if (layout === 'router') {
    wire(
      draft,
      ['a', 'eth0', of(family, '10.0.0.1/24', 'fd00::1/64')],
      ['r', 'r0', of(family, '10.0.0.254/24', 'fd00::fe/64')],
      ['a', 'ra'],
    );
    wire(
      draft,
      ['r', 'r1', of(family, '10.0.3.254/24', 'fd03::fe/64')],
      ['b', 'eth0', of(family, '10.0.3.2/24', 'fd03::2/64')],
      ['rb', 'b'],
    );
    at(draft, 'a').routes.push(`default via ${of(family, '10.0.0.254', 'fd00::fe')} dev eth0`);
    at(draft, 'b').routes.push(`default via ${of(family, '10.0.3.254', 'fd03::fe')} dev eth0`);
    at(draft, 'r').routes.push(
      `${podsOf.a} via ${draft.addresses.a} dev r0`,
      `${podsOf.b} via ${draft.addresses.b} dev r1`,
    );
    return;
  }
  wire(
    draft,
    ['a', 'eth0', of(family, '10.0.0.1/24', 'fd00::1/64')],
    ['b', 'eth0', of(family, '10.0.0.2/24', 'fd00::2/64')],
    ['a', 'b'],
  );
  if (layout === 'vxlan') {
    for (const [from, to] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const far = of(family, { a: '10.1.0.0', b: '10.2.0.0' }, { a: 'fd01::', b: 'fd02::' })[to];
      const here = at(draft, from);
      here.addresses.push(
        `${of(family, { a: '10.1.0.0/32', b: '10.2.0.0/32' }, { a: 'fd01::/128', b: 'fd02::/128' })[from]} dev vx0`,
      );
      here.up.push('vx0');
      here.routes.push(`${podsOf[to]} via ${far} dev vx0 onlink`);
      here.neighbours.push(`${far} lladdr ${mac(`v${to}`)} dev vx0 nud permanent`);
      here.fdb.push(`${mac(`v${to}`)} dev vx0 dst ${draft.addresses[to]} self permanent`);
    }
    return;
  }
  const [toB, toA] = [at(draft, 'a').routes, at(draft, 'b').routes];
  if (layout === 'wires') {
    const second = of(family, ['10.0.4.1', '10.0.4.2'], ['fd04::1', 'fd04::2']);
    const bits = of(family, 24, 64);
    wire(draft, ['a', 'eth1', `${second[0]}/${bits}`], ['b', 'eth1', `${second[1]}/${bits}`], ['a2', 'b2']);
    toB.push(`${podsOf.b} nexthop via ${draft.addresses.b} dev eth0 nexthop via ${second[1]} dev eth1`);
    toA.push(`${podsOf.a} nexthop via ${draft.addresses.a} dev eth0 nexthop via ${second[0]} dev eth1`);
    return;
  }
  toB.push(`${podsOf.b} via ${draft.addresses.b} dev eth0`);
  toA.push(`${podsOf.a} via ${draft.addresses.a} dev eth0`);
}

type End = readonly [space: string, device: string, address: string];

function wire(draft: Draft, one: End, two: End, macs: readonly [string, string]): void {
  draft.links.push(
    `link add name ${one[1]} netns @${one[0]}@ address ${mac(macs[0])} mtu 1500 type veth peer name ${two[1]} netns @${two[0]}@ address ${mac(macs[1])} mtu 1500`,
  );
  for (const [name, device, address] of [one, two]) {
    at(draft, name).addresses.push(`${address} dev ${device}`);
    at(draft, name).up.push(device);
  }
}

/** Behind a cable with a route of its own and a gateway that answers for all, or behind a bridge that has the gateway's address. */
function pod(draft: Draft, name: 'c' | 's', node: 'a' | 'b'): void {
  const { family, random, layout } = draft;
  const bits = of(family, 32, 128);
  const own = draft.addresses[name];
  const [inside, host] = [at(draft, name), at(draft, node)];
  const device = name === 'c' ? 'cali1' : 'cali2';
  draft.links.push(
    `link add name eth0 netns @${name}@ address ${mac(name)} mtu 1500 type veth peer name ${device} netns @${node}@ address ${mac(`c${node}`)} mtu 1500`,
  );
  inside.up.push('eth0');
  host.up.push(device);
  const isKnown = random.chance(50);
  if (layout === 'bridge' || (layout === 'vxlan' && random.chance(50))) {
    const gateway = of(family, `10.${name === 'c' ? 1 : 2}.0.1`, `fd0${name === 'c' ? 1 : 2}::1`);
    draft.links.push(`link add name cni0 netns @${node}@ address ${mac(`br${node}`)} mtu 1500 type bridge`);
    host.up.push('cni0');
    host.last.push(`link set ${device} master cni0`);
    host.addresses.push(`${gateway}/${of(family, 24, 64)} dev cni0`);
    inside.addresses.push(`${own}/${of(family, 24, 64)} dev eth0`);
    inside.routes.push(`default via ${gateway} dev eth0`);
    if (isKnown) host.fdb.push(`${mac(name)} dev ${device} master static`);
    return;
  }
  const gateway = of(family, '169.254.1.1', 'fe80::1');
  inside.addresses.push(`${own}/${bits} dev eth0`);
  inside.routes.push(
    ...of(family, [`${gateway} dev eth0 scope link`], []),
    `default via ${gateway} dev eth0`,
  );
  host.routes.push(`${own}/${bits} dev ${device}`);
  if (family === 6) host.addresses.push(`fe80::1/64 dev ${device}`);
  else host.sysctls.set(`ipv4/conf/${device}/proxy_arp`, '1');
  if (!isKnown) return;
  inside.neighbours.push(`${gateway} lladdr ${mac(`c${node}`)} dev eth0 nud permanent`);
  host.neighbours.push(`${own} lladdr ${mac(name)} dev ${device} nud permanent`);
}

function finished(seed: number, draft: Draft): RandomState {
  const { family, vxlan, random } = draft;
  const spaces = [...draft.spaces.values()];
  if (draft.layout === 'vxlan')
    for (const node of ['a', 'b'] as const) {
      const [vni, port] = node === 'a' ? [77, 4789] : [vxlan.vniOfB, vxlan.portOfB];
      at(draft, node).made.push(
        `link add name vx0 address ${mac(`v${node}`)} mtu ${of(family, 1450, 1430)} type vxlan id ${vni} local ${draft.addresses[node]} dstport ${port} nolearning ${of(family, '', 'udp6zerocsumrx')}`,
      );
    }
  const header = of(family, 28, 48);
  const packets = ([6, 17, of(family, 1, 58)] as const).map((proto, index): RandomPacket => ({
    family,
    proto,
    space: draft.sender,
    dst: draft.target,
    sport: 40_000 + index * 7 + random.below(1000) * 20,
    dport: proto === 1 || proto === 58 ? 0 : PORT,
    payload: draft.size - header,
    ttl: draft.ttl,
    tag: `hopscope-${seed}-${proto}`.slice(0, draft.size - header),
  }));
  const servers = draft.target === draft.addresses.s ? 's' : draft.target === draft.addresses.b ? 'b' : 's';
  const address =
    draft.listening === 'loopback' ? of(family, '127.0.0.1', '::1') : of(family, '0.0.0.0', '::');
  return {
    seed,
    layout: draft.layout,
    faults: draft.faults,
    family,
    spaces: spaces.map((one) => ({ name: one.name, machine: one.machine, script: scriptOf(one, draft) })),
    links: `${draft.links.join('\n')}\n`,
    machines: [...new Set(spaces.map(({ machine }) => machine))].map((machine) => ({
      space: machine,
      pods: spaces.filter((one) => one.machine === machine && one.name !== machine).map(({ name }) => name),
    })),
    listens:
      draft.listening === 'none'
        ? []
        : ([6, 17] as const).map((proto) => ({ space: servers, family, proto, address, port: PORT })),
    packets,
    filtered: spaces.some(({ nft, iptables }) => nft.length + iptables.length > 0),
  };
}

/** Neighbours that do not answer are given up soon, and what is said is said at once. */
function scriptOf(one: Space, { family }: Draft): string {
  const isPod = one.machine !== one.name;
  const sysctls = new Map([
    ['ipv4/conf/all/rp_filter', '0'],
    ['ipv4/icmp_ratelimit', '0'],
    ['ipv6/icmp/ratelimit', '0'],
    ...(isPod
      ? []
      : ([
          ['ipv4/ip_forward', '1'],
          ['ipv6/conf/all/forwarding', '1'],
        ] as const)),
    ...one.sysctls,
  ]);
  const ip = (lines: readonly string[]): string =>
    lines.length === 0 ? '' : `ip -${family} -force -batch - <<'EOF'\n${lines.join('\n')}\nEOF\n`;
  const set = ([path, value]: readonly [string, string]): string =>
    `echo ${value} 2>/dev/null >/proc/sys/net/${path} || :\n`;
  const isEarly = ([path]: readonly [string, string]): boolean =>
    !/forwarding$|rp_filter$/.test(path) || path.includes('/all/');
  const early = [...sysctls].filter(isEarly);
  const late = [...sysctls].filter((entry) => !isEarly(entry));
  return [
    ip(one.made),
    'cd /proc/sys/net; for f in ipv*/neigh/*/retrans_time_ms; do echo 20 >$f; done\n',
    'for f in ipv4/neigh/*/proxy_delay ipv6/neigh/*/proxy_delay ipv4/conf/*/rp_filter ipv6/conf/*/accept_dad ipv6/conf/*/router_solicitations; do echo 0 >$f; done\n',
    early.map(set).join(''),
    ip([
      ...one.last.filter((line) => line.includes('master')),
      ...one.addresses.map((line) => `addr add ${line}${family === 6 ? ' nodad' : ''}`),
      ...['lo', ...one.up].map((device) => `link set ${device} up`),
    ]),
    ip([
      ...one.routes.map((line) => `route add ${line}`),
      ...one.neighbours.map((line) => `neigh replace ${line}`),
      ...one.last.filter((line) => !line.includes('master')),
    ]),
    one.fdb.length === 0
      ? ''
      : `bridge -force -batch - <<'EOF'\n${one.fdb.map((line) => `fdb replace ${line}`).join('\n')}\nEOF\n`,
    late.map(set).join(''),
    one.nft.length === 0 ? '' : `nft -f - <<'EOF'\n${one.nft.join('\n')}\nEOF\n`,
    one.iptables.length === 0
      ? ''
      : `${of(family, 'iptables-nft-restore', 'ip6tables-nft-restore')} <<'EOF'\n${one.iptables.join('\n')}\nEOF\n`,
  ].join('');
}
