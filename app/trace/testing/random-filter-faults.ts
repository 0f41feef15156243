// For random-faults.ts: rules of nftables and iptables that drop, reject, mark or rewrite.
import { at, nodesOf, of, PORT, type Draft, type Space } from './random-draft.ts';

export function filter(draft: Draft): string | null {
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

export function nat(draft: Draft): string {
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
