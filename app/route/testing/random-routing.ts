// Random routes, rules and queries, as lines for `ip -batch`. Addresses are drawn from few, so that prefixes lie within
// each other and queries hit them.

export interface RandomRouting {
  /** Devices d0 … with 172.16.N.1/24 and fd00:N::1/64; N is also the rp_filter of the first three. */
  readonly devices: number;
  readonly routes: readonly string[];
  readonly rules: readonly string[];
  readonly queries: readonly RandomQuery[];
}

export interface RandomQuery {
  readonly line: string;
  readonly dst: string;
  readonly src: string | null;
  readonly iif: string | null;
  readonly oif: string | null;
  readonly mark: number;
  readonly tos: number;
  readonly ipproto: 'tcp' | 'udp' | null;
  readonly sport: number;
  readonly dport: number;
  readonly uid: number | null;
}

export type Random = (below: number) => number;

/** Mulberry32. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const DEVICES = 5;
/** The device that is of a group of its own. */
const GROUPED = 2;
const TABLES = ['main', 'main', 'main', 'local', 'default', '100', '101', '102', '1000'];

export function randomRouting(
  random: Random,
  family: 4 | 6,
  { routes, queries, rules }: { readonly routes: number; readonly queries: number; readonly rules: number },
): RandomRouting {
  const draw = new Draw(random, family);
  const made = Array.from({ length: routes }, () => draw.route());
  return {
    devices: DEVICES,
    routes: made,
    rules: Array.from({ length: rules }, (_, at) => draw.rule(100 + at * 10, rules)),
    queries: Array.from({ length: queries }, () => draw.query()),
  };
}

class Draw {
  readonly #random: Random;
  readonly #family: 4 | 6;
  readonly #bases: string[] = [];

  constructor(random: Random, family: 4 | 6) {
    this.#random = random;
    this.#family = family;
  }

  #of<T>(list: readonly T[]): T {
    const one = list[this.#random(list.length)];
    if (one === undefined) throw new Error('nothing to draw from');
    return one;
  }

  #chance(percent: number): boolean {
    return this.#random(100) < percent;
  }

  /** Nested prefixes: octets and groups of few values. */
  #address(): string {
    if (this.#family === 4) {
      const octet = (): number => (this.#chance(80) ? this.#random(8) : this.#random(256));
      return `10.${octet()}.${octet()}.${octet()}`;
    }
    const group = (): string => (this.#chance(80) ? this.#random(4) : this.#random(65536)).toString(16);
    return `fd01:${group()}:${group()}:${group()}::${group()}`;
  }

  #gateway(device: number): string {
    const host = 2 + this.#random(200);
    return this.#family === 4 ? `172.16.${device}.${host}` : `fd00:${device}::${host.toString(16)}`;
  }

  #prefix(): string {
    if (this.#chance(2)) return 'default';
    const address = this.#bases.length > 0 && this.#chance(40) ? this.#of(this.#bases) : this.#address();
    this.#bases.push(address);
    const bits = this.#family === 4 ? 8 + this.#random(25) : 16 + this.#random(113);
    return `${truncated(address, bits, this.#family)}/${bits}`;
  }

  route(): string {
    const prefix = this.#prefix();
    const type = this.#of([
      ...Array.from({ length: 12 }, () => 'unicast'),
      ...['blackhole', 'unreachable', 'prohibit', 'throw', 'local'],
      ...(this.#family === 4 ? ['broadcast', 'multicast'] : []),
    ]);
    const words = [`route append ${type} ${prefix}`];
    // Default routes of several TOS make the kernel go by the state of their neighbours (fib_select_default).
    if (this.#family === 4 && prefix !== 'default' && this.#chance(15))
      words.push(`tos ${this.#of(['0x10', '0x08'])}`);
    if (this.#family === 6 && this.#chance(8)) words.push(`from ${this.#wide()}`);
    words.push(`table ${this.#of(TABLES)}`, `metric ${1 + this.#random(1000)}`);
    if (this.#family === 6 && type === 'unicast' && this.#chance(20))
      words.push(`pref ${this.#of(['low', 'high'])}`);
    // Next hops come last: ip takes every word after them for theirs.
    const device = this.#random(DEVICES);
    if (type === 'unicast') words.push(this.#way(device));
    else if (type === 'local') words.push('dev lo');
    else if (type === 'broadcast' || type === 'multicast') words.push(`dev d${device}`);
    return words.join(' ');
  }

  #way(device: number): string {
    const hop = (at: number): string => `via ${this.#gateway(at)} dev d${at}`;
    if (this.#chance(15)) {
      const other = (device + 1 + this.#random(DEVICES - 1)) % DEVICES;
      // Which of IPv6's paths a rule's suppress_ifgroup judges, a hash with a secret key decides: all of one group then.
      if (this.#family === 6 && (device === GROUPED || other === GROUPED)) return hop(device);
      return `nexthop ${hop(device)} weight ${1 + this.#random(4)} nexthop ${hop(other)}`;
    }
    // Not IPv6: fibmatch tells another route of the same object, whose cached one is shared (rt6_get_pcpu_route).
    if (this.#family === 4 && this.#chance(8)) return `nhid ${1 + this.#random(8)}`;
    return this.#chance(70) ? hop(device) : `dev d${device}`;
  }

  rule(priority: number, rules: number): string {
    const words = [`rule add priority ${priority}`];
    if (this.#chance(10)) words.push('not');
    if (this.#chance(50)) words.push(`from ${this.#wide()}`);
    if (this.#chance(40)) words.push(`to ${this.#wide()}`);
    if (this.#chance(20)) words.push(`iif ${this.#of(['lo', 'd0', 'd1', 'd2', 'd3', 'gone'])}`);
    if (this.#chance(8)) words.push(`oif d${this.#random(DEVICES)}`);
    if (this.#chance(25))
      words.push(`fwmark ${this.#of(['0x1', '0x1/0xff', '0x10/0x10', '0/0xff', '0x2/0x3'])}`);
    if (this.#chance(10)) words.push(`tos ${this.#of(['0x10', '0x08', '0x04'])}`);
    if (this.#chance(10)) words.push(`ipproto ${this.#of(['tcp', 'udp', 'icmp'])}`);
    if (this.#chance(10)) words.push(`dport ${this.#of(['80', '80-90', '443'])}`);
    if (this.#chance(6)) words.push('sport 1000-2000');
    if (this.#chance(8)) words.push(`uidrange ${this.#of(['0-0', '1000-2000', '5-4294967295'])}`);
    const action = this.#random(100);
    if (action < 70) {
      words.push(`lookup ${this.#of(TABLES)}`);
      if (this.#chance(20)) words.push(`suppress_prefixlength ${this.#of([0, 8, 16, 20])}`);
      if (this.#chance(10)) words.push(`suppress_ifgroup ${this.#of(['7', '0'])}`);
    } else if (action < 80) words.push(`goto ${100 + this.#random(rules + 3) * 10}`);
    else if (action < 86) words.push('nop');
    else words.push(this.#of(['blackhole', 'unreachable', 'prohibit']));
    return words.join(' ');
  }

  #wide(): string {
    const bits = this.#family === 4 ? 8 + this.#random(12) : 16 + this.#random(40);
    return `${truncated(this.#address(), bits, this.#family)}/${bits}`;
  }

  query(): RandomQuery {
    const dst = this.#destination();
    const iif = this.#chance(50) ? `d${this.#random(DEVICES)}` : null;
    const src = iif === null ? (this.#chance(40) ? this.#ownOrAny() : null) : this.#source();
    const mark = this.#chance(40) ? this.#of([1, 2, 3, 16, 17]) : 0;
    const tos = this.#chance(30) ? this.#of([0x10, 0x08, 0x04, 0x1c, 0xb8]) : 0;
    const ipproto = this.#chance(40) ? this.#of(['tcp', 'udp'] as const) : null;
    const sport = ipproto === null ? 0 : this.#of([0, 1000, 1500, 3000]);
    const dport = ipproto === null ? 0 : this.#of([0, 80, 85, 443]);
    const uid = iif === null && this.#chance(20) ? this.#of([0, 5, 1500]) : null;
    const oif = iif === null && this.#chance(10) ? `d${this.#random(DEVICES)}` : null;
    const words = ['route get fibmatch', dst];
    if (src !== null) words.push(`from ${src}`);
    if (iif !== null) words.push(`iif ${iif}`);
    if (oif !== null) words.push(`oif ${oif}`);
    if (mark !== 0) words.push(`mark ${mark}`);
    if (tos !== 0) words.push(`tos 0x${tos.toString(16)}`);
    if (ipproto !== null) words.push(`ipproto ${ipproto}`);
    if (sport !== 0) words.push(`sport ${sport}`);
    if (dport !== 0) words.push(`dport ${dport}`);
    if (uid !== null) words.push(`uid ${uid}`);
    return { line: words.join(' '), dst, src, iif, oif, mark, tos, ipproto, sport, dport, uid };
  }

  #destination(): string {
    if (this.#chance(70)) return neighbour(this.#of(this.#bases), this.#random(4), this.#family);
    if (this.#chance(80)) return this.#address();
    return this.#family === 4
      ? this.#of([
          '127.0.0.1',
          '127.5.5.5',
          '172.16.0.1',
          '172.16.1.255',
          '172.16.2.77',
          '8.8.8.8',
          '0.1.2.3',
        ])
      : this.#of(['fd00:1::1', 'fd00:2::77', '2001:db8::1', 'fd01::']);
  }

  #source(): string {
    if (this.#chance(50)) return this.#gateway(this.#random(DEVICES));
    if (this.#chance(80)) return this.#destination();
    return this.#ownOrAny();
  }

  #ownOrAny(): string {
    const device = this.#random(DEVICES);
    if (this.#chance(80)) return this.#family === 4 ? `172.16.${device}.1` : `fd00:${device}::1`;
    return this.#address();
  }
}

function truncated(address: string, bits: number, family: 4 | 6): string {
  if (family === 4) {
    const octets = address.split('.').map(Number);
    return octets
      .map((octet, at) => octet & (0xff00 >> Math.max(0, Math.min(8, bits - at * 8))))
      .map((octet) => octet & 0xff)
      .join('.');
  }
  return masked6(address, bits);
}

function masked6(address: string, bits: number): string {
  return groups(address)
    .map((group, at) => group & (0xffff0000 >> Math.max(0, Math.min(16, bits - at * 16))) & 0xffff)
    .map((group) => group.toString(16))
    .join(':');
}

function groups(address: string): number[] {
  const [head = '', tail = ''] = address.split('::');
  const [before, after] = [head.split(':'), tail.split(':')];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
}

/** Near enough to be in the same prefix, mostly. */
function neighbour(address: string, add: number, family: 4 | 6): string {
  const at = address.lastIndexOf(family === 4 ? '.' : ':');
  const last = Number.parseInt(address.slice(at + 1), family === 4 ? 10 : 16);
  const next = family === 4 ? (last + add) % 256 : (last + add) % 65536;
  return `${address.slice(0, at + 1)}${family === 4 ? next : next.toString(16)}`;
}
