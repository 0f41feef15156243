// For tests on the real kernel: a packet through a router of which several things are changed at once, at random.
import { EtherType, ethernet } from '../../packet/testing/packets/link.ts';
import { ipv4, udp } from '../../packet/testing/packets/network.ts';
import { mac, zeros } from '../../packet/testing/packets/parts.ts';
import type { Random } from '../../route/testing/random-routing.ts';
import type { TracedPacket } from '../packet.ts';
import { packetOf } from './packet-of.ts';
import { both, route, sysctl, type Change } from './real-changes.ts';
import { ROUTER_MACS, type RealCase } from './real-router.ts';

export interface RandomCase extends RealCase {
  readonly packet: TracedPacket;
}

const HOOKS = [
  ['prerouting', 'filter', -300],
  ['prerouting', 'filter', -150],
  ['input', 'filter', 0],
  ['forward', 'filter', 0],
  ['postrouting', 'filter', 0],
] as const;

export function randomCase(random: Random, at: number): RandomCase {
  const of = <T>(list: readonly T[]): T => {
    const one = list[random(list.length)];
    if (one === undefined) throw new Error('nothing to draw from');
    return one;
  };
  const chance = (percent: number): boolean => random(100) < percent;
  // A port of its own: conntrack remembers what was before.
  const sport = 10_000 + at;
  const source = of([
    '10.0.0.2',
    '10.0.0.2',
    '10.0.0.2',
    '10.0.0.77',
    '10.0.1.77',
    '10.9.0.1',
    '10.0.1.1',
    '127.0.0.5',
  ]);
  const destination = of([
    '10.0.1.2',
    '10.0.1.2',
    '10.0.1.2',
    '10.5.0.1',
    '10.6.0.1',
    '9.9.9.9',
    '10.0.0.1',
    '10.0.1.1',
    '127.0.0.1',
  ]);
  const ttl = chance(10) ? 1 : 64;
  const size = chance(20) ? 973 : 30;
  const flags = chance(50) ? 2 : 0;
  const to = chance(5) ? '02:00:00:00:99:99' : ROUTER_MACS.r0;
  const rule = (): string => {
    const match = of([
      '',
      'ip saddr 10.0.0.0/24',
      'ip daddr 10.0.1.2',
      'udp dport 9999',
      'meta mark 7',
      'iifname "r0"',
      'ct state new',
      'ct status dnat',
    ]);
    return `${match} ${of(['drop', 'accept', 'reject', 'meta mark set 7', 'meta mark set 8', 'counter', 'return'])};`;
  };
  const chain = (n: number): string => {
    const [hook, type, priority] = of(HOOKS);
    const rules = [rule(), ...(chance(50) ? [rule()] : [])].map((one) =>
      hook.startsWith('pre') || hook.startsWith('post') ? one.replace('reject;', 'drop;') : one,
    );
    return `chain c${n} { type ${type} hook ${hook} priority ${priority + n}; policy ${chance(10) ? 'drop' : 'accept'}; ${rules.join(' ')} }`;
  };
  const nat = (): string =>
    `chain n { type nat hook prerouting priority -100; ${of(['udp dport 9999 dnat to 10.0.1.2:8888;', 'ip daddr 10.6.0.1 dnat to 10.0.1.2;', 'udp dport 9999 redirect to :8888;'])} }`;
  const changes: Change[] = [];
  const maybe = (percent: number, change: () => Change): void => {
    if (chance(percent)) changes.push(change());
  };
  maybe(30, () => sysctl('ipv4/conf/r0/rp_filter', of([1, 2]), 0));
  maybe(8, () => sysctl('ipv4/conf/r0/forwarding', 0, 1));
  maybe(8, () => sysctl('ipv4/conf/r1/forwarding', 0, 1));
  maybe(8, () => sysctl('ipv4/conf/r0/route_localnet', 1, 0));
  maybe(8, () => sysctl('ipv4/conf/all/accept_local', 1, 0));
  maybe(15, () => ['ip link set r1 mtu 1000', 'ip link set r1 mtu 1500']);
  maybe(30, () =>
    route(
      `${of(['unicast', 'blackhole', 'unreachable', 'prohibit'])} 10.5.0.0/16`.replace(
        'unicast 10.5.0.0/16',
        '10.5.0.0/16 via 10.0.1.2 dev r1',
      ),
    ),
  );
  maybe(20, () => route('default via 10.0.1.2 dev r1'));
  maybe(15, () => route('10.9.0.0/16 via 10.0.0.2 dev r0'));
  maybe(25, () => {
    const selector = of(['fwmark 7', 'from 10.0.0.2', 'to 10.0.1.0/24', 'iif r0', 'ipproto udp dport 9999']);
    const way = of([
      '10.0.1.0/24 via 10.0.1.2 dev r1',
      'blackhole default',
      'unreachable default',
      'throw default',
      'default via 10.0.1.2 dev r1',
    ]);
    return [
      `ip rule add priority 100 ${selector} lookup 77; ip route add ${way} table 77`,
      'ip rule del priority 100; ip route flush table 77',
    ];
  });
  maybe(60, () => {
    const chains = [chain(1), ...(chance(50) ? [chain(2)] : []), ...(chance(35) ? [nat()] : [])];
    return [`nft -f - <<'NFT'\ntable ip t {\n${chains.join('\n')}\n}\nNFT`, 'nft flush ruleset'];
  });
  const [setUp, undo] = changes.length === 0 ? ['', ''] : both(...changes);
  return {
    name: `${source} → ${destination}, ttl ${ttl}, ${size} bytes, to ${to}: ${setUp}`,
    family: 4,
    setUp,
    undo,
    frame: ethernet(
      EtherType.ipv4,
      ipv4(17, udp(sport, 9999, zeros(size)).fill(0, 6, 8), { source, destination, ttl, flags }),
      { destination: mac(to), source: mac(ROUTER_MACS.sender) },
    ),
    packet: packetOf(`udp ${source}:${sport} → ${destination}:9999`, {
      ttl,
      length: 28 + size,
      dontFragment: flags === 2,
      toMac: to,
    }),
  };
}
