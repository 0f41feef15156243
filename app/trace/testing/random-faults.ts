// For random-topology.ts: what is wrong in a state, each from a family of its own.
import { at, mac, of, PORT, type Draft, type Space } from './random-topology.ts';

type Fault = (draft: Draft) => string | null;

/** Nodes that it passes, in order. */
const nodesOf = ({ layout }: Draft): readonly string[] =>
  layout === 'router' ? ['a', 'r', 'b'] : ['a', 'b'];

/** Devices of a namespace by which the packets come or go. */
function devicesOf(draft: Draft, name: string): readonly string[] {
  return at(draft, name).up;
}

const prefixOf = ({ family }: Draft, pods: 'a' | 'b'): string =>
  of(family, { a: '10.1.0.0/24', b: '10.2.0.0/24' }, { a: 'fd01::/64', b: 'fd02::/64' })[pods];

const host = ({ family }: Draft, address: string): string => `${address}/${of(family, 32, 128)}`;

/** The prefix that leads to the destination, or the destination alone. */
function towards(draft: Draft): string {
  const { random, target, addresses } = draft;
  return target === addresses.s && random.chance(50) ? prefixOf(draft, 'b') : host(draft, target);
}

const FAULTS: readonly (readonly [weight: number, fault: Fault])[] = [
  [10, routeOfAType],
  [6, routeMissing],
  [4, routeElsewhere],
  [5, ruleToTable],
  [4, ruleThatRefuses],
  [4, wayBackMissing],
  [7, forwardingOff],
  [10, reversePath],
  [6, deviceDown],
  [8, mtu],
  [7, wrongMac],
  [7, neighbourGone],
  [16, filter],
  [6, nat],
  [9, socket],
  [7, ttl],
  [8, tunnel],
];

export function mutate(draft: Draft): void {
  const sum = FAULTS.reduce((all, [weight]) => all + weight, 0);
  for (let tries = 0; tries < 10; tries += 1) {
    let drawn = draft.random.below(sum);
    const found = FAULTS.find(([weight]) => (drawn -= weight) < 0)?.[1];
    const said = found?.(draft) ?? null;
    if (said === null) continue;
    draft.faults.push(said);
    return;
  }
}

function routeOfAType(draft: Draft): string {
  const { random } = draft;
  const name = random.of(random.chance(80) ? nodesOf(draft) : ['c']);
  const type = random.of([
    'blackhole',
    'unreachable',
    'prohibit',
    'throw',
    'blackhole',
    'unreachable',
    'prohibit',
  ]);
  const metric = random.chance(20) ? ` metric ${random.of([50, 5000])}` : '';
  at(draft, name).last.push(`route replace ${type} ${towards(draft)}${metric}`);
  return `${name}: ${type}${metric}`;
}

function routeMissing(draft: Draft): string | null {
  const { random } = draft;
  const name = random.of([...nodesOf(draft), 'c']);
  const { routes } = at(draft, name);
  const index = routes.findLastIndex(
    (line) =>
      line.startsWith('default') ||
      line.startsWith(prefixOf(draft, 'b')) ||
      line.startsWith(draft.addresses.s),
  );
  if (index === -1) return null;
  const [gone] = routes.splice(index, 1);
  return `${name}: no route ${gone}`;
}

function routeElsewhere(draft: Draft): string | null {
  const { family, random } = draft;
  const name = random.of(nodesOf(draft));
  // Who is on the wire between nodes beside them nobody can know.
  const devices = devicesOf(draft, name).filter((one) => /^(cali|cni)/.test(one));
  if (devices.length === 0) return null;
  const device = random.of(devices);
  const via = random.of(
    of(family, ['10.0.0.77', '10.1.0.2', '10.2.0.9'], ['fd00::77', 'fd01::2', 'fd02::9']),
  );
  at(draft, name).last.push(`route replace ${host(draft, draft.target)} via ${via} dev ${device} onlink`);
  return `${name}: by ${device} to ${via}`;
}

function ruleToTable(draft: Draft): string {
  const { random } = draft;
  const name = random.of(nodesOf(draft));
  const { last } = at(draft, name);
  const type = random.of(['blackhole default', 'unreachable default', 'prohibit default', 'throw default']);
  last.push(`route add ${type} table 100`);
  const rule = `${selector(draft, name)} lookup 100`;
  last.push(`rule add ${rule} priority 1000`);
  return `${name}: rule ${rule}, ${type}`;
}

function ruleThatRefuses(draft: Draft): string {
  const { random } = draft;
  const name = random.of(nodesOf(draft));
  const rule = `${selector(draft, name)} ${random.of(['blackhole', 'unreachable', 'prohibit'])}`;
  at(draft, name).last.push(`rule add ${rule} priority 1000`);
  return `${name}: rule ${rule}`;
}

function selector(draft: Draft, name: string): string {
  const { random, addresses } = draft;
  return random.of([
    `from ${random.of([addresses.c, addresses.s])}`,
    `to ${draft.target}`,
    `iif ${random.of(devicesOf(draft, name))}`,
    `ipproto ${random.of(['tcp', 'udp'])} dport ${random.of([PORT, 9])}`,
    'fwmark 0x10',
    `not from ${addresses.c}`,
  ]);
}

function wayBackMissing(draft: Draft): string | null {
  const { random } = draft;
  const name = random.of(nodesOf(draft));
  const { routes } = at(draft, name);
  const index = routes.findIndex((line) => line.startsWith(prefixOf(draft, 'a')));
  if (index === -1) return null;
  const [gone] = routes.splice(index, 1);
  if (random.chance(30)) routes.push(`${random.of(['blackhole', 'unreachable'])} ${prefixOf(draft, 'a')}`);
  return `${name}: no way back, ${gone}`;
}

function forwardingOff(draft: Draft): string {
  const { random, family } = draft;
  const name = random.of(nodesOf(draft));
  const here = at(draft, name);
  if (random.chance(40)) {
    if (family === 4) here.sysctls.set('ipv4/ip_forward', '0');
    else here.sysctls.set('ipv6/conf/all/forwarding', '0');
    return `${name}: forwards nothing`;
  }
  const device = random.of(here.up);
  here.sysctls.set(`ipv${family}/conf/${device}/forwarding`, '0');
  return `${name}: does not forward from ${device}`;
}

/** Strict or loose, mostly with a way back that is another or none. */
function reversePath(draft: Draft): string | null {
  const { random, family, addresses } = draft;
  if (family === 6) return null;
  const name = random.of(nodesOf(draft));
  const here = at(draft, name);
  const device = random.of(here.up);
  const value = random.of([1, 1, 2]);
  here.sysctls.set(`ipv4/conf/${random.chance(60) ? device : 'all'}/rp_filter`, String(value));
  const back = random.below(4);
  if (back === 0) return `${name}: rp_filter ${value} at ${device}`;
  const others = here.up.filter((one) => one !== device);
  const other = random.of(others.length === 0 ? here.up : others);
  // A route to one host alone is what Pods are found by.
  const source = draft.sender === 'c' ? '10.1.0.2/31' : '10.0.0.0/31';
  if (back === 1) here.last.push(`route replace ${source} dev ${other}`);
  else {
    const index = here.routes.findIndex(
      (line) => line.startsWith(prefixOf(draft, 'a')) || line.startsWith(addresses.c),
    );
    if (index !== -1) here.routes.splice(index, 1);
    if (back === 3) here.last.push(`route replace ${source} dev ${other}`);
  }
  return `${name}: rp_filter ${value} at ${device}, the way back ${back === 2 ? 'missing' : `by ${other}`}`;
}

function deviceDown(draft: Draft): string {
  const { random } = draft;
  const name = random.of([...nodesOf(draft), 'c', 's']);
  const device = random.of(at(draft, name).up);
  at(draft, name).last.push(`link set ${device} down`);
  return `${name}: ${device} is down`;
}

function mtu(draft: Draft): string {
  const { random } = draft;
  const name = random.of([...nodesOf(draft), 's', 'c']);
  const device = random.of(at(draft, name).up);
  const bytes = random.of([1280, 1300, 1396, 1399, 1400, 1404]);
  at(draft, name).last.push(`link set ${device} mtu ${bytes}`);
  draft.size = random.of([1400, 1400, 1390, 1450]);
  return `${name}: MTU ${bytes} of ${device}, packets of ${draft.size}`;
}

function wrongMac(draft: Draft): string {
  const { random, family, addresses, layout } = draft;
  const wrong = random.of(['02:00:00:00:99:99', mac('c'), mac('s')]);
  const name = random.of(nodesOf(draft));
  const here = at(draft, name);
  const choices = [
    ...(name === 'b' ? [[addresses.s, here.up.includes('cni0') ? 'cni0' : 'cali2'] as const] : []),
    ...(name === 'a'
      ? [[layout === 'router' ? of(family, '10.0.0.254', 'fd00::fe') : addresses.b, 'eth0'] as const]
      : []),
    ...(name === 'r' ? [[addresses.b, 'r1'] as const] : []),
  ];
  const [address, device] = random.of(choices);
  here.last.push(`neigh replace ${address} lladdr ${wrong} dev ${device} nud permanent`);
  return `${name}: ${address} at ${wrong} on ${device}`;
}

/** Whoever is asked for has another address, or does not answer. */
function neighbourGone(draft: Draft): string {
  const { random, family, addresses } = draft;
  const here = at(draft, 's');
  if (family === 4 && random.chance(40)) {
    here.sysctls.set('ipv4/conf/all/arp_ignore', String(random.of([1, 2, 8])));
    return 's: answers few questions for addresses';
  }
  const index = here.addresses.findIndex((line) => line.startsWith(`${addresses.s}/`));
  if (index === -1) return 's: has another address already';
  const [line = ''] = here.addresses.splice(index, 1);
  here.addresses.push(line.replace(addresses.s, of(family, '10.2.0.66', 'fd02::66')));
  return `s: has not ${addresses.s}`;
}

function filter(draft: Draft): string | null {
  const { random } = draft;
  const name = random.of(nodesOf(draft));
  const here = at(draft, name);
  const [chain, device] = random.of([
    ['prerouting', 'iif'],
    ['forward', 'iif'],
    ['forward', 'oif'],
    ['postrouting', 'oif'],
    ['input', 'iif'],
    ['output', 'oif'],
    ['forward', 'iif'],
  ] as const);
  const condition = random.of(['', 'port', 'proto', 'device', 'address', 'state', 'established']);
  const on = random.of(here.up);
  return random.chance(50)
    ? byNft(draft, here, { chain, condition, device, on })
    : byIptables(draft, here, { chain, condition, device, on });
}

interface Filtered {
  readonly chain: 'prerouting' | 'forward' | 'postrouting' | 'input' | 'output';
  readonly condition: string;
  readonly device: 'iif' | 'oif';
  readonly on: string;
}

function byNft(draft: Draft, here: Space, { chain, condition, device, on }: Filtered): string {
  const { random, family, addresses } = draft;
  const ip = of(family, 'ip', 'ip6');
  const words: Readonly<Record<string, string>> = {
    port: `${random.of(['tcp', 'udp'])} dport ${random.of([PORT, 9])}`,
    proto: `meta l4proto ${random.of(['tcp', 'udp', 'icmp', 'ipv6-icmp'])}`,
    device: `${device}name ${on}`,
    address: `${ip} ${random.of(['saddr', 'daddr'])} ${random.of([addresses.c, addresses.s, addresses.a])}`,
    state: 'ct state new',
    established: 'ct state established,related',
  };
  const verdict = random.of([
    'drop',
    'drop',
    chain === 'postrouting' || chain === 'prerouting' ? 'drop' : 'reject',
    'accept',
    'meta mark set 0x10',
  ]);
  const policy = random.chance(20) ? 'drop' : 'accept';
  const priority = random.of(['raw', 'mangle', 'filter', '10']);
  const kept = chain === 'prerouting' || chain === 'postrouting' || random.chance(60) ? 'accept' : policy;
  here.nft.push(
    `table inet t${here.nft.length} {`,
    `chain ${chain} { type filter hook ${chain} priority ${chain === 'output' || chain === 'prerouting' ? priority : 'filter'}; policy ${kept};`,
    // Neighbour discovery is ICMPv6.
    `icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept`,
    `${words[condition] ?? ''} counter ${verdict}`,
    '}\n}',
  );
  return `${here.name}: nft ${chain} ${words[condition] ?? ''} ${verdict}, policy ${kept}`;
}

function byIptables(draft: Draft, here: Space, { chain, condition, device, on }: Filtered): string | null {
  if (here.iptables.length > 0) return null;
  const { random, family, addresses } = draft;
  const upper = chain.toUpperCase();
  const table = random.of(
    chain === 'prerouting'
      ? ['raw', 'mangle']
      : chain === 'postrouting'
        ? ['mangle']
        : chain === 'output'
          ? ['raw', 'mangle', 'filter']
          : ['mangle', 'filter', 'filter'],
  );
  const words: Readonly<Record<string, string>> = {
    port: `-p ${random.of(['tcp', 'udp'])} --dport ${random.of([PORT, 9])}`,
    proto: `-p ${random.of(['tcp', 'udp', of(family, 'icmp', 'icmpv6')])}`,
    device: `-${device === 'iif' ? 'i' : 'o'} ${on}`,
    address: `-${random.of(['s', 'd'])} ${random.of([addresses.c, addresses.s, addresses.a])}`,
    state: '-m conntrack --ctstate NEW',
    established: '-m conntrack --ctstate RELATED,ESTABLISHED',
  };
  const verdict = random.of([
    'DROP',
    'DROP',
    table === 'filter' ? 'REJECT' : 'DROP',
    table === 'mangle' ? 'MARK --set-xmark 0x10/0xffffffff' : 'ACCEPT',
  ]);
  const policy = chain !== 'prerouting' && chain !== 'postrouting' && random.chance(25) ? 'DROP' : 'ACCEPT';
  here.iptables.push(
    `*${table}`,
    `:${upper} ${policy} [0:0]`,
    ':inner - [0:0]',
    ...of(
      family,
      [],
      [
        `-A ${upper} -p icmpv6 --icmpv6-type 135 -j ACCEPT`,
        `-A ${upper} -p icmpv6 --icmpv6-type 136 -j ACCEPT`,
      ],
    ),
    `-A ${upper} -j inner`,
    `-A inner ${words[condition] ?? ''} -j ${verdict}`,
    'COMMIT',
  );
  return `${here.name}: iptables ${table} ${upper} ${words[condition] ?? ''} ${verdict}, policy ${policy}`;
}

function nat(draft: Draft): string {
  const { random, family, addresses } = draft;
  const ip = of(family, 'ip', 'ip6');
  const name = random.of(nodesOf(draft));
  const here = at(draft, name);
  const port = random.of([PORT, 9]);
  const to = (address: string): string => of(family, `${address}:${port}`, `[${address}]:${port}`);
  const hook = draft.sender === name ? 'output' : 'prerouting';
  const kind = random.of(['dnat', 'redirect', 'masquerade', 'snat', 'dnat-host']);
  const base = `nat${here.nft.length}`;
  const chain = (where: string, priority: string, rule: string): string =>
    `table inet ${base} { chain c { type nat hook ${where} priority ${priority}; ${rule}\n}\n}`;
  switch (kind) {
    case 'dnat': {
      draft.target = of(family, '10.96.0.10', 'fd96::10');
      here.nft.push(
        chain(
          hook,
          '-100',
          `${ip} daddr ${draft.target} meta l4proto { tcp, udp } counter dnat ${ip} to ${to(random.of([addresses.s, addresses.b]))}`,
        ),
      );
      break;
    }
    case 'dnat-host':
      here.nft.push(chain(hook, '-100', `${ip} daddr ${draft.target} counter dnat ${ip} to ${addresses.b}`));
      break;
    case 'redirect':
      here.nft.push(
        chain(hook, '-100', `meta l4proto { tcp, udp } th dport ${PORT} counter redirect to :${port}`),
      );
      break;
    case 'masquerade':
      here.nft.push(chain('postrouting', '100', `oifname ${random.of(here.up)} counter masquerade`));
      break;
    default:
      here.nft.push(
        chain(
          'postrouting',
          '100',
          `${ip} saddr ${addresses.c} counter snat ${ip} to ${of(family, '10.0.0.99', 'fd00::99')}`,
        ),
      );
  }
  return `${name}: ${kind} in ${hook}, port ${port}`;
}

function socket(draft: Draft): string {
  draft.listening = draft.random.of(['none', 'none', 'loopback']);
  return `listening: ${draft.listening}`;
}

function ttl(draft: Draft): string {
  draft.ttl = draft.random.of([1, 1, 2, 3, 4]);
  return `TTL ${draft.ttl}`;
}

function tunnel(draft: Draft): string | null {
  const { random, layout, family, addresses } = draft;
  if (layout !== 'vxlan') return null;
  switch (random.below(5)) {
    case 0:
      draft.vxlan.vniOfB = 78;
      return 'b: VNI 78';
    case 1:
      draft.vxlan.portOfB = 8472;
      return 'b: port 8472';
    case 2:
      at(draft, 'a').fdb.length = 0;
      return 'a: no FDB entry';
    case 3: {
      const { fdb } = at(draft, 'a');
      const index = fdb.findIndex((line) => line.includes('vx0'));
      if (index === -1) return null;
      fdb[index] = (fdb[index] ?? '').replace(addresses.b, of(family, '10.0.0.77', 'fd00::77'));
      return 'a: the FDB entry leads to nobody';
    }
    default:
      at(draft, 'b').last.push(`link set vx0 address ${mac('va')}`);
      return 'b: vx0 has the MAC of a’s';
  }
}
