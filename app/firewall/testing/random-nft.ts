// Random rulesets of nftables, as `nft -f` takes them: tables of the families inet, ip and ip6 with base chains at several priorities, sets,
// maps and verdict maps. Every rule counts just before it ends.
import type { Random } from '../../route/testing/random-routing.ts';
import { addressOn } from './random-packets.ts';

type Family = 'inet' | 'ip' | 'ip6';

const BASES = [
  ['prerouting', -300],
  ['prerouting', -150],
  ['input', 0],
  ['forward', -10],
  ['forward', 0],
  ['output', -300],
  ['output', 0],
  ['postrouting', 0],
] as const;
const NAT_BASES = [
  ['prerouting', -100],
  ['prerouting', -90],
  ['output', -100],
  ['postrouting', 100],
  ['input', 100],
] as const;

const SETS: Readonly<Record<4 | 6, string>> = { 4: sets(4), 6: sets(6) };

function sets(family: 4 | 6): string {
  const at = (device: number, host: number): string => addressOn(family, device, host);
  const type = family === 4 ? 'ipv4_addr' : 'ipv6_addr';
  const net = (device: number): string => `${at(device, 0)}/${family === 4 ? 24 : 64}`;
  return `
  set hosts${family} { type ${type}; elements = { ${at(0, 2)}, ${at(1, 3)} } }
  set nets${family} { type ${type}; flags interval; elements = { ${net(0)}, ${at(1, 2)}-${at(1, 3)} } }
  set late${family} { type ${type}; timeout 1h; elements = { ${at(0, 3)}, ${at(1, 4)} } }
  set pairs${family} { type ${type} . inet_proto . inet_service; elements = { ${at(1, 2)} . tcp . 80, ${at(0, 3)} . udp . 53 } }
  set wide${family} { type ${type} . inet_service; flags interval; elements = { ${net(1)} . 22-80, ${at(0, 2)} . 443 } }
  set seen${family} { type ${type}; size 1000; flags dynamic; timeout 1h; }
  map marks${family} { type ${type} : mark; elements = { ${at(0, 2)} : 0x1, ${at(1, 2)} : 0x10 } }
  map ends${family} { type ${type} : verdict; elements = { ${at(0, 2)} : accept, ${at(1, 3)} : drop, ${at(1, 2)} : jump u3, ${at(0, 4)} : goto u2 } }
  map places${family} { type inet_service : ${type} . inet_service; elements = { 80 : ${at(1, 4)} . 8080, 443 : ${at(0, 4)} . 22 } }
  map hosts_to${family} { type ${type} : ${type}; elements = { ${at(1, 2)} : ${at(1, 3)}, ${at(0, 2)} : ${at(0, 4)} } }
`;
}

export function randomNft(random: Random, withNat: boolean): string {
  const tables = (['inet', 'ip', 'ip6'] as const)
    .filter((family) => family === 'inet' || random(3) === 0)
    .map((family) => new NftTable(random, family, withNat).text());
  return [...tables, ...(random(3) === 0 ? [randomNetdev(random)] : [])].join('');
}

/** Before IP sees a packet, and after it has let it go. */
function randomNetdev(random: Random): string {
  const rules = [
    'iifname "d0" counter',
    'oifname "d1" counter',
    'iifname "d*" counter accept',
    'ip daddr 10.2.0.2 counter drop',
    'ip saddr 10.1.0.0/24 counter meta mark set 0x10',
    'ip6 saddr fd01::2 counter drop',
    'meta protocol ip6 counter meta mark set 0x1',
    'meta protocol ip udp dport 53 counter',
    'meta protocol ip ip ttl < 64 counter accept',
    'meta mark 0x10 counter',
    'meta l4proto tcp counter return',
    'tcp dport { 80, 443 } counter drop',
  ];
  const drawn = (): string =>
    Array.from({ length: 1 + random(5) }, () => `    ${rules[random(rules.length)] ?? ''}\n`).join('');
  const chain = (hook: string, device: string): string =>
    `  chain ${hook}-${device} { type filter hook ${hook} device ${device} priority ${random(3)}; policy accept;\n${drawn()}  }\n`;
  return `table netdev n {\n${['d0', 'd1'].flatMap((device) => [chain('ingress', device), chain('egress', device)]).join('')}}\n`;
}

class NftTable {
  readonly #random: Random;
  readonly #family: Family;
  readonly #withNat: boolean;

  constructor(random: Random, family: Family, withNat: boolean) {
    this.#random = random;
    this.#family = family;
    this.#withNat = withNat;
  }

  text(): string {
    const families = this.#family === 'inet' ? ([4, 6] as const) : [this.#version()];
    const own = ['u3', 'u2', 'u1'].map((name) => this.#chain(name, 'any', ''));
    const bases = BASES.filter(() => this.#random(3) > 0).map(([hook, priority], at) =>
      this.#chain(`b${at}`, hook, this.#base('filter', hook, priority)),
    );
    const nat = this.#withNat
      ? NAT_BASES.map(([hook, priority], at) =>
          this.#chain(`n${at}`, hook, this.#base('nat', hook, priority)),
        )
      : [];
    return `table ${this.#family} t {${families.map((family) => SETS[family]).join('')}${[...own, ...bases, ...nat].join('')}}\n`;
  }

  #base(type: string, hook: string, priority: number): string {
    const policy = type === 'filter' && this.#random(6) === 0 ? 'drop' : 'accept';
    return `type ${type} hook ${hook} priority ${priority}; policy ${policy};`;
  }

  #of<T>(items: readonly T[]): T {
    return items[this.#random(items.length)] as T;
  }

  #version(): 4 | 6 {
    if (this.#family === 'inet') return this.#random(3) === 0 ? 6 : 4;
    return this.#family === 'ip' ? 4 : 6;
  }

  #chain(name: string, hook: string, base: string): string {
    const count = 1 + this.#random(4);
    const rules = Array.from({ length: count }, () => `    ${this.#rule(name, hook)}\n`);
    return `  chain ${name} { ${base}\n${rules.join('')}  }\n`;
  }

  #rule(chain: string, hook: string): string {
    const family = this.#version();
    let compared = false;
    // nft 1.0.6 lists `ip ttl < 60 ip daddr > 10.1.0.3` as one range, `ip daddr != 0.0.0.60-10.1.0.3`: one comparison a rule.
    const matches = Array.from({ length: this.#random(3) }, () => this.#match(family, hook)).filter(
      (match) => {
        const first = !compared;
        compared ||= /[<>]/.test(match);
        return first || !/[<>]/.test(match);
      },
    );
    const isNat = chain.startsWith('n');
    const last = isNat ? this.#nat(family, hook) : this.#end(family, chain, hook);
    // nft refuses a rule of two protocols.
    const kept = oneProtocol([...matches, last]);
    if (kept.at(-1) !== last) return [...kept, 'counter'].join(' ');
    // Where the end asks as well, what stands before it would count those too for which it then is not.
    const asks = /map|set ct mark|ip6? (dscp|ttl|hoplimit) set|meta l4proto|nat ip/.test(last);
    return [...kept.slice(0, -1), ...(asks ? [] : ['counter']), last].join(' ');
  }

  #match(family: 4 | 6, hook: string): string {
    const ip = family === 4 ? 'ip' : 'ip6';
    const not = this.#random(4) === 0 ? '!= ' : '';
    const host = addressOn(family, this.#random(2), 1 + this.#random(4));
    const net = `${addressOn(family, this.#random(2), 0)}/${family === 4 ? 24 : 64}`;
    const end = this.#of(['saddr', 'daddr']);
    const all = [
      `${ip} ${end} ${not}${host}`,
      `${ip} ${end} ${not}${net}`,
      `${ip} ${end} ${not}{ ${addressOn(family, 0, 2)}, ${addressOn(family, 1, 2)}-${addressOn(family, 1, 3)} }`,
      `${ip} ${end} ${not}@hosts${family}`,
      `${ip} ${end} ${not}@nets${family}`,
      `${ip} ${end} @late${family}`,
      `${ip} daddr . meta l4proto . th dport ${not}@pairs${family}`,
      `meta l4proto { tcp, udp } ${ip} daddr . th dport @wide${family}`,
      `${ip} daddr > ${addressOn(family, 0, 3)}`,
      `tcp dport ${not}{ 22, 80-443 }`,
      `udp dport ${not}53`,
      `meta l4proto { tcp, udp } th dport ${this.#of(['>= 443', '< 80', '22-80'])}`,
      `tcp flags ${this.#of(['syn', '& (fin | syn | rst | ack) == syn', '& (syn | ack) == 0', '!= ack', '{ syn, ack }'])}`,
      `meta l4proto ${not}${this.#of(['tcp', 'udp', '{ tcp, udp }', 'icmp', 'ipv6-icmp'])}`,
      `meta mark ${this.#of(['0x1', '!= 0x10', '& 0x10 == 0x10', '& 0xf == 0', '{ 0x1, 0x10-0x1f }'])}`,
      `meta length ${this.#of(['> 100', '60-140', '{ 28-100 }'])}`,
      `ct state ${not}${this.#of(['new', 'established,related', 'invalid', 'untracked', '{ new, untracked }'])}`,
      `ct mark ${this.#of(['0x1', '!= 0x0', '& 0x10 == 0x10'])}`,
      `ct direction ${this.#of(['original', 'reply'])}`,
      `ct status ${this.#of(['dnat', 'snat', '& dnat != dnat'])}`,
      `ct original ${ip} ${end} ${host}`,
      `meta l4proto tcp ct original proto-dst ${this.#of(['80', '22-443'])}`,
      `fib daddr type ${not}${this.#of(['local', '{ local, unicast }'])}`,
      `fib saddr type local`,
      `iifname ${not}${this.#of(['"d0"', '"d*"', '{ "d0", "d1" }', '"e*"'])}`,
      `oifname ${not}${this.#of(['"d1"', '"d*"'])}`,
      `iif ${not}d0`,
      `limit rate 10000/second burst 10000 packets`,
      `limit rate over 10000/second burst 10000 packets`,
      `quota over 1000 mbytes`,
      `update @seen${family} { ${ip} saddr }`,
      `meta mark set meta mark or 0x20`,
      `log prefix "seen"`,
      family === 4
        ? `ip ttl ${this.#of(['64', '< 60', '> 63'])}`
        : `ip6 hoplimit ${this.#of(['64', '< 60', '> 63'])}`,
      `${ip} dscp ${not}${this.#of(['cs2', 'ef', '{ af11, cs0 }', '0x0a'])}`,
      family === 4 ? `icmp type ${not}echo-request` : `icmpv6 type ${not}{ echo-request, nd-router-advert }`,
    ];
    if (this.#family === 'inet') all.push(`meta nfproto ${family === 4 ? 'ipv4' : 'ipv6'}`);
    if (hook === 'prerouting')
      all.push(
        'fib saddr . iif oif exists',
        'fib saddr . iif oif missing',
        'fib saddr oif exists',
        `iifgroup ${this.#of(['7', 'default'])}`,
      );
    return this.#of(all);
  }

  #end(family: 4 | 6, chain: string, hook: string): string {
    const ip = family === 4 ? 'ip' : 'ip6';
    const jumps = { u3: [], u2: ['u3'], u1: ['u2', 'u3'] }[chain] ?? ['u1', 'u2', 'u3'];
    const [jump] = jumps.length > 0 ? [this.#of(jumps)] : [];
    const ends = ['accept', 'drop', 'return', 'continue', '', 'reject'].filter(
      (end) => end !== 'reject' || ['input', 'forward', 'output'].includes(hook),
    );
    const changes = [
      'meta mark set 0x1',
      'meta mark set meta mark and 0xf0',
      'meta mark set meta mark xor 0x11',
      'meta mark set ct mark',
      `meta mark set ${ip} saddr map @marks${family}`,
      `meta mark set tcp dport map { 22 : 0x1, 80-443 : 0x10 }`,
      'ct mark set meta mark',
      'ct mark set 0x1',
      'ct mark set ct mark or 0x10',
      family === 4 ? 'ip dscp set cs2' : 'ip6 dscp set cs2',
      family === 4 ? 'ip ttl set 64' : 'ip6 hoplimit set 64',
    ];
    const maps = [
      `tcp dport vmap { 22 : accept, 80-443 : drop, 8080 : continue }`,
      `meta l4proto . th dport vmap { tcp . 80 : accept, udp . 53 : return }`,
      `ct state vmap { new : continue, established : accept, invalid : drop }`,
      `iifname vmap { "d0" : accept, "d1" : return }`,
    ];
    if (jumps.length === 3) maps.push(`${ip} daddr vmap @ends${family}`);
    if ((hook === 'prerouting' || hook === 'output') && this.#random(5) === 0) return 'notrack';
    const kind = this.#random(10);
    if (kind < 3 && jump !== undefined) return `${this.#random(5) === 0 ? 'goto' : 'jump'} ${jump}`;
    if (kind < 6) return this.#of(ends);
    return kind < 8 ? this.#of(changes) : this.#of(maps);
  }

  #nat(family: 4 | 6, hook: string): string {
    const ip = family === 4 ? 'ip' : 'ip6';
    const to = addressOn(family, this.#random(2), 2 + this.#random(3));
    const withPort = family === 4 ? `${to}:8080` : `[${to}]:8080`;
    if (hook === 'input') return this.#of(['accept', '', 'return']);
    if (hook === 'postrouting')
      return this.#of([
        'masquerade',
        `snat ${ip} to ${to}`,
        `snat ${ip} to ${ip} saddr map @hosts_to${family}`,
        'accept',
        'return',
        'jump u3',
      ]);
    const of = [
      `dnat ${ip} to ${to}`,
      `meta l4proto tcp dnat ${ip} to ${withPort}`,
      `dnat ${ip} to ${ip} daddr map @hosts_to${family}`,
      `meta l4proto tcp dnat ${ip} to tcp dport map @places${family}`,
      'accept',
      'return',
      'jump u3',
    ];
    if (hook === 'prerouting') of.push('meta l4proto tcp redirect to :8080', 'redirect');
    return this.#of(of);
  }
}

/** Statements, as long as all are of one protocol above IP. */
function oneProtocol(statements: readonly string[]): string[] {
  let only: string | null = null;
  return statements.filter((statement) => {
    const protocol =
      /(?:^|meta l4proto |to |set )(tcp\b|udp\b|icmp\b|icmpv6|ipv6-icmp|\{ tcp)/.exec(statement)?.[1] ?? null;
    if (protocol === null || protocol === only) return true;
    if (only !== null) return false;
    only = protocol;
    return true;
  });
}
