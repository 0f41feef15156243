// Which source the kernel chooses (`ip route get`), for destinations over random addresses and routes, against ours over what ip prints.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressText } from '../route/address.ts';
import { seededRandom, type Random } from '../route/testing/random-routing.ts';
import { runs } from '../testing/runs.ts';
import { passNamespace } from './pass-namespace.ts';
import { namespaceOf } from './testing/namespace-of.ts';
import { packetOf } from './testing/packet-of.ts';
import { said } from './testing/said.ts';

const CASES = Math.min(2_000, runs(150));
const DEVICES = 4;

interface Drawn {
  readonly lines: readonly string[];
  readonly destinations: readonly string[];
}

function of<T>(random: Random, list: readonly T[]): T {
  const one = list[random(list.length)];
  if (one === undefined) throw new Error('nothing to draw from');
  return one;
}

function draw4(random: Random): Drawn {
  const octet = (): number => random(6);
  const address = (): string => `10.${octet()}.${octet()}.${1 + random(9)}`;
  const lines: string[] = [];
  const own: string[] = [];
  for (let at = 0; at < 14; at += 1) {
    const one = address();
    own.push(one);
    const scope = of(random, ['', '', '', ' scope link', ' scope host', ' scope site']);
    lines.push(`addr add ${one}/${of(random, [8, 16, 24, 24, 28, 32])} dev d${random(DEVICES)}${scope}`);
  }
  lines.push('addr add 172.31.0.1/32 dev lo');
  for (let at = 0; at < 24; at += 1) {
    const bits = of(random, [12, 16, 20, 24, 32]);
    const source = random(4) === 0 ? ` src ${of(random, own)}` : '';
    const scope = of(random, ['', '', ' scope link', ' scope host']);
    const via = random(2) === 0 && scope === '' ? ` via ${address()}` : '';
    lines.push(
      `route add ${address()}/${bits} dev d${random(DEVICES)}${via} onlink${scope}${source}`.replace(
        via === '' ? ' onlink' : '\0',
        '',
      ),
    );
  }
  lines.push(`route add default dev d${random(DEVICES)} metric 9`);
  return {
    lines,
    destinations: Array.from({ length: CASES }, () => (random(6) === 0 ? of(random, own) : address())),
  };
}

function draw6(random: Random): Drawn {
  const group = (): string => random(3).toString(16);
  const address = (): string =>
    `${of(random, ['fd00', 'fd00', '2001:db8', '2002:a00', '2001:0'])}:${group()}:${group()}::${(1 + random(9)).toString(16)}`;
  const lines: string[] = [];
  const own: string[] = [];
  for (let at = 0; at < 12; at += 1) {
    const one = address();
    own.push(one);
    lines.push(`addr add ${one}/${of(random, [48, 64, 64, 80, 128])} dev d${random(DEVICES)} nodad`);
  }
  for (let at = 0; at < 16; at += 1)
    lines.push(
      `route add ${address()}/${of(random, [48, 64, 128])} dev d${random(DEVICES)} metric ${1 + random(2000)}${random(4) === 0 ? ` src ${of(random, own)}` : ''}`,
    );
  lines.push(`route add default dev d${random(DEVICES)} metric 9000`);
  return {
    lines,
    destinations: Array.from({ length: CASES }, () => (random(6) === 0 ? of(random, own) : address())),
  };
}

function kernel(
  family: 4 | 6,
  { lines, destinations }: Drawn,
): { readonly state: readonly string[]; readonly answers: readonly string[] } {
  const script = `
    ip link set lo up; echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad
    for n in 0 1 2 3; do ip link add d$n type veth peer name p$n; for e in d$n p$n; do ip link set $e addrgenmode none up; done; done
    printf '%s\\n' "$LINES_OF_IP" | ip -${family} -force -batch - 2>/dev/null
    ip -j -d addr show; ip -j -${family} route show table all; ip -j -${family} rule show
    for d in $DESTINATIONS; do echo "route get $d"; done | ip -o -${family} -force -batch - 2>&1 || :`;
  const output = execFileSync('unshare', ['-n', 'sh', '-c', script], {
    encoding: 'utf8',
    env: { ...process.env, LINES_OF_IP: lines.join('\n'), DESTINATIONS: destinations.join(' ') },
    maxBuffer: 64 * 1024 * 1024,
    timeout: 60_000,
  });
  const [addresses = '', routes = '', rules = '', ...answers] = output.split('\n');
  return {
    state: [addresses, routes, rules],
    answers: answers.filter((line) => !line.startsWith('Command failed') && line.trim() !== ''),
  };
}

describe.each([
  { family: 4, draw: draw4, any: '0.0.0.0' },
  { family: 6, draw: draw6, any: '::' },
] as const)('IPv$family', ({ family, draw, any }) => {
  it(`is that of the kernel for ${CASES} destinations`, () => {
    const seed = fc.readConfigureGlobal().seed ?? Date.now() | 0;
    const drawn = draw(seededRandom(seed + family));
    const { state, answers } = kernel(family, drawn);
    expect(answers).toHaveLength(drawn.destinations.length);
    const [addresses = '', routes = '', rules = ''] = state;
    const at = namespaceOf(
      family === 4
        ? { addresses, routes4: routes, rules4: rules }
        : { addresses, routes6: routes, rules6: rules },
    );
    const sources = new Set<string>();
    for (const [index, destination] of drawn.destinations.entries()) {
      const answer = answers[index] ?? '';
      const theirs = / src (\S+)/.exec(answer)?.[1] ?? 'none';
      const [passage] = passNamespace(
        { at, device: null, packet: packetOf(`icmp ${any} → ${destination}`) },
        { tracked: [] },
      );
      const departure = passage?.departure;
      const ours =
        departure?.kind === 'leaves' || departure?.kind === 'delivered'
          ? addressText(departure.packet.src)
          : passage === undefined
            ? ''
            : said(passage);
      expect(ours, `seed ${seed}, ip -${family} route get ${destination}\nkernel: ${answer}`).toBe(theirs);
      sources.add(theirs);
    }
    console.log(`  IPv${family}, seed ${seed}: ${sources.size} sources`);
    expect(sources.size).toBeGreaterThan(4);
  });
});
