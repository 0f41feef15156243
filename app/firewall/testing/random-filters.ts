// Random rulesets of iptables, as iptables-restore takes them: every match and target that we claim to understand and that leaves
// nothing to chance, with values that the packets of random-packets.ts have.
import type { Random } from '../../route/testing/random-routing.ts';
import { addressOn } from './random-packets.ts';

type Table = 'raw' | 'mangle' | 'nat' | 'filter';

export const BASE_CHAINS: Readonly<Record<Table, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/** Sets that random rules ask, for `ipset restore`. */
export function randomSets(family: 4 | 6): string {
  const [name, inet] = family === 4 ? ['four', 'inet'] : ['six', 'inet6'];
  const at = (device: number, host: number): string => addressOn(family, device, host);
  const net = (device: number, bits: number): string => `${at(device, 0)}/${family === 4 ? bits : bits + 96}`;
  return [
    `create ${name}-ip hash:ip family ${inet}`,
    `add ${name}-ip ${at(0, 2)}`,
    `add ${name}-ip ${at(1, 3)}`,
    `create ${name}-mask hash:ip family ${inet} netmask ${family === 4 ? '30' : '126'}`,
    `add ${name}-mask ${at(0, 2)}`,
    `add ${name}-mask ${at(1, 6)}`,
    `create ${name}-net hash:net family ${inet}`,
    `add ${name}-net ${net(0, 24)}`,
    `add ${name}-net ${at(0, 3)} nomatch`,
    `create ${name}-ipport hash:ip,port family ${inet}`,
    `add ${name}-ipport ${at(1, 2)},tcp:80`,
    `add ${name}-ipport ${at(0, 2)},udp:53`,
    `add ${name}-ipport ${at(1, 2)},${family === 4 ? 'icmp:echo-request' : 'icmpv6:echo-request'}`,
    `create ${name}-netport hash:net,port family ${inet}`,
    `add ${name}-netport ${net(1, 24)},tcp:443`,
    `add ${name}-netport ${net(1, 24)},udp:53`,
    `add ${name}-netport ${at(1, 3)},udp:53 nomatch`,
    `create ${name}-netiface hash:net,iface family ${inet}`,
    `add ${name}-netiface ${net(0, 24)},d0`,
    `add ${name}-netiface ${net(1, 24)},d1`,
    `create ${name}-list list:set`,
    `add ${name}-list ${name}-ip`,
    `add ${name}-list ${name}-net`,
    '',
  ].join('\n');
}

export class RandomFilters {
  readonly #random: Random;
  readonly #family: 4 | 6;
  readonly #withNat: boolean;

  constructor(random: Random, family: 4 | 6, withNat: boolean) {
    this.#random = random;
    this.#family = family;
    this.#withNat = withNat;
  }

  text(): string {
    const tables: readonly Table[] = ['raw', 'mangle', 'filter', 'nat'];
    return tables.map((table) => this.#table(table)).join('');
  }

  #of<T>(items: readonly T[]): T {
    return items[this.#random(items.length)] as T;
  }

  #chance(percent: number): boolean {
    return this.#random(100) < percent;
  }

  #table(table: Table): string {
    const own = table === 'nat' ? ['D1', 'S1'] : ['U1', 'U2', 'U3'];
    const lines = BASE_CHAINS[table].map(
      (chain) => `:${chain} ${table === 'filter' && this.#chance(25) ? 'DROP' : 'ACCEPT'} [0:0]`,
    );
    lines.push(...own.map((chain) => `:${chain} - [0:0]`));
    const chains = table === 'nat' && !this.#withNat ? [] : [...BASE_CHAINS[table], ...own];
    for (const chain of chains) {
      const rules = 1 + this.#random(4);
      for (let at = 0; at < rules; at += 1) lines.push(this.#rule(table, chain, own));
    }
    return [`*${table}`, ...lines, 'COMMIT', ''].join('\n');
  }

  #rule(table: Table, chain: string, own: readonly string[]): string {
    const matches = Array.from({ length: this.#random(3) }, () => this.#match(table, chain));
    const target = this.#target(table, chain, own);
    // Each once: two of an option in one rule are refused.
    const kinds = new Set<string>();
    const kept = matches.filter((match) => {
      const kind = /-p /.test(match) ? 'p' : (/^(?:! )?(-[iosd]|-m \S+)/.exec(match)?.[1] ?? match);
      if (kinds.has(kind)) return false;
      kinds.add(kind);
      return true;
    });
    const words = target.startsWith('-p ') ? kept.filter((match) => !/-p /.test(match)) : kept;
    return [`-A ${chain}`, ...words, target].join(' ');
  }

  #match(table: Table, chain: string): string {
    const family = this.#family;
    const not = this.#chance(25) ? '! ' : '';
    const host = addressOn(family, this.#random(2), 1 + this.#random(4));
    const net = `${addressOn(family, this.#random(2), 0)}/${family === 4 ? 24 : 64}`;
    const set = family === 4 ? 'four' : 'six';
    const icmp = family === 4 ? '-p icmp -m icmp' : '-p ipv6-icmp -m icmp6';
    const all = [
      `${not}-s ${net}`,
      `${not}-d ${net}`,
      `${not}-s ${host}`,
      `${not}-d ${host}`,
      `-p tcp`,
      `${not}-p udp`,
      `-p tcp -m tcp ${not}--dport ${this.#of(['80', '22:80', '443', '8080'])}`,
      `-p udp -m udp ${not}--dport 53`,
      `-p tcp -m tcp ${not}--sport 1024:${1100 + this.#random(500)}`,
      `-p tcp -m multiport ${not}--dports 22,80:443`,
      `-p udp -m multiport --ports 53,8080`,
      `-p tcp -m tcp ${not}--tcp-flags ${this.#of(['FIN,SYN,RST,ACK SYN', 'ACK ACK', 'RST RST', 'ALL SYN', 'SYN,ACK NONE'])}`,
      `${icmp} ${not}--icmp${family === 4 ? '' : 'v6'}-type ${family === 4 ? '8' : '128'}`,
      `-m mark ${not}--mark ${this.#of(['0x1', '0x10/0x10', '0x0/0xf', '0x2/0x3'])}`,
      `-m connmark ${not}--mark ${this.#of(['0x1', '0x10/0x10', '0x0/0xff'])}`,
      `-m conntrack ${not}--ctstate ${this.#of(['NEW', 'INVALID', 'ESTABLISHED,RELATED', 'NEW,UNTRACKED', 'DNAT', 'SNAT', 'UNTRACKED'])}`,
      `-m conntrack --ctorigdst ${host}`,
      `-m conntrack --ctorigsrc ${net} --ctproto ${this.#of(['6', '17'])}`,
      `-m conntrack --ctorigdstport ${this.#of(['80', '22:443'])}`,
      `-m conntrack --ctdir ${this.#of(['ORIGINAL', 'REPLY'])}`,
      `-m set ${not}--match-set ${set}-ip ${this.#of(['src', 'dst'])}`,
      `-m set ${not}--match-set ${set}-net ${this.#of(['src', 'dst'])}`,
      `-m set ${not}--match-set ${set}-mask ${this.#of(['src', 'dst'])}`,
      `-m set ${not}--match-set ${set}-ipport ${this.#of(['dst,dst', 'src,dst'])}`,
      `-m set --match-set ${set}-netport dst,dst`,
      `-m set --match-set ${set}-list ${this.#of(['src', 'dst'])}`,
      `-m iprange ${not}--dst-range ${addressOn(family, 1, 2)}-${addressOn(family, 1, 3)}`,
      `-m length ${not}--length ${this.#of(['0:100', '100:300', '200:'])}`,
      `-m tos ${not}--tos ${this.#of(['0x10', '0x00/0xff', '0x28'])}`,
      `-m dscp ${not}--dscp ${this.#of(['0x2e', '0x0a', '0x00'])}`,
      family === 4
        ? `-m ttl ${this.#of(['--ttl-eq 64', '--ttl-lt 50', '--ttl-gt 63', '! --ttl-eq 10'])}`
        : `-m hl ${this.#of(['--hl-eq 64', '--hl-lt 50', '--hl-gt 63', '! --hl-eq 10'])}`,
      `-m limit --limit 10000/sec --limit-burst 10000`,
      `-m recent --rcheck --name nobody --rsource`,
      `-m comment --comment "of no importance"`,
      `-m policy --dir ${/^PRE|^IN/.test(chain) ? 'in' : /^POST|^OUT/.test(chain) ? 'out' : 'in'} --pol ${this.#of(['none', 'none', 'ipsec'])}`,
    ];
    if (family === 4)
      all.push(`-m addrtype ${not}--dst-type LOCAL`, `-m addrtype ${not}--src-type LOCAL,UNICAST`);
    else all.push(`-m addrtype ${not}--dst-type LOCAL`);
    const isOwn = /^[USD]\d/.test(chain);
    if (isOwn ? /^[UD]/.test(chain) : /^PRE|^IN|^FOR/.test(chain))
      all.push(`${not}-i ${this.#of(['d0', 'd1', 'd+'])}`, `${not}-i d0`);
    if (isOwn ? /^[US]/.test(chain) : /^POST|^OUT|^FOR/.test(chain))
      all.push(`${not}-o ${this.#of(['d0', 'd1', 'd+'])}`, `${not}-o d1`);
    if (/^PRE|^IN|^FOR/.test(chain)) {
      all.push(
        `-m set --match-set ${set}-netiface src,src`,
        `-m devgroup --src-group 7`,
        '-m pkttype --pkt-type unicast',
      );
      if (family === 4) all.push('-m addrtype --dst-type LOCAL --limit-iface-in');
    }
    if ((table === 'raw' || table === 'mangle') && chain === 'PREROUTING')
      all.push(
        `-m rpfilter`,
        `-m rpfilter --invert`,
        `-m rpfilter --loose`,
        '-m rpfilter --validmark --invert',
      );
    if (/^POST/.test(chain)) return this.#of(all.filter((match) => !match.startsWith('-m policy --dir in')));
    // In chains that several hooks share, a policy has no direction.
    return this.#of(isOwn ? all.filter((match) => !/policy/.test(match)) : all);
  }

  #target(table: Table, chain: string, own: readonly string[]): string {
    const later = own.filter((name) => name > chain || !own.includes(chain));
    const jumps = table === 'nat' ? natChains(chain) : later;
    if (jumps.length > 0 && this.#chance(35)) return `${this.#chance(20) ? '-g' : '-j'} ${this.#of(jumps)}`;
    if (table === 'nat') return this.#natTarget(chain);
    if (this.#chance(table === 'filter' ? 40 : 20))
      return `-j ${this.#of(table === 'filter' ? ['ACCEPT', 'DROP', 'RETURN', 'ACCEPT', this.#reject()] : ['ACCEPT', 'RETURN', 'DROP', 'ACCEPT'])}`;
    const marks = [
      '-j MARK --set-xmark 0x1/0x1',
      '-j MARK --set-xmark 0x10/0xff',
      '-j MARK --set-xmark 0x2/0x0',
      '-j MARK --set-xmark 0x0/0xf',
      '-j CONNMARK --set-xmark 0x1/0xffffffff',
      '-j CONNMARK --set-xmark 0x10/0x10',
      '-j CONNMARK --save-mark --nfmask 0xf --ctmask 0xff',
      '-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0x1f',
      '',
    ];
    if (table === 'raw') return this.#of(['-j CT --notrack', ...marks.slice(0, 4), '']);
    if (table === 'mangle')
      marks.push(
        '-j TOS --set-tos 0x10/0x3f',
        '-j DSCP --set-dscp 0x0a',
        this.#family === 4 ? '-j TTL --ttl-set 64' : '-j HL --hl-set 64',
        this.#family === 4 ? '-j TTL --ttl-dec 1' : '-j HL --hl-dec 1',
      );
    return this.#of(marks);
  }

  #reject(): string {
    return this.#family === 4
      ? 'REJECT --reject-with icmp-port-unreachable'
      : 'REJECT --reject-with icmp6-port-unreachable';
  }

  #natTarget(chain: string): string {
    const family = this.#family;
    const to = addressOn(family, this.#random(2), 2 + this.#random(3));
    const withPort = family === 4 ? `${to}:8080` : `[${to}]:8080`;
    if (chain === 'POSTROUTING' || chain === 'S1')
      return this.#of(['-j MASQUERADE', `-j SNAT --to-source ${to}`, '-j RETURN', '-j ACCEPT', '']);
    if (chain === 'INPUT') return this.#of(['-j ACCEPT', '', '-j RETURN']);
    const dnat = [
      `-j DNAT --to-destination ${to}`,
      `-p tcp -j DNAT --to-destination ${withPort}`,
      '-j RETURN',
      '',
      '-j ACCEPT',
    ];
    dnat.push(`-j NETMAP --to ${addressOn(family, 1, 0)}/${family === 4 ? 24 : 64}`);
    // To the router itself only what comes in.
    if (chain === 'PREROUTING')
      dnat.push('-p tcp -j REDIRECT --to-ports 8080', `-j DNAT --to-destination ${addressOn(family, 0, 1)}`);
    return this.#of(dnat);
  }
}

function natChains(chain: string): string[] {
  if (chain === 'PREROUTING' || chain === 'OUTPUT') return ['D1'];
  return chain === 'POSTROUTING' ? ['S1'] : [];
}
