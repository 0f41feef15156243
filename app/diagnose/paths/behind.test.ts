// Two faults on one node on one way: the first stops all packets, and the second is named as well.
import { expect, it } from 'vitest';
import type { Finding } from '../finding.ts';
import { diagnose } from '../diagnose.ts';
import { closed, filter, findings, known, open } from '../testing/real-pasted-pair.ts';

const DROP = '[0:0] -A FORWARD -d 10.244.2.0/24 -j DROP';
const raw = (rule: string): string => ['*raw', ':PREROUTING ACCEPT [0:0]', rule, 'COMMIT'].join('\n');
const routes =
  (...lines: readonly string[]) =>
  (text: string): string =>
    text.replace('root@node-A:~# ip rule show', `${lines.join('\n')}\nroot@node-A:~# ip rule show`);
const set = (names: readonly string[], value: number): string[] =>
  names.map((name) => `net.ipv4.${name} = ${String(value)}`);
const off = [
  'sysctl -a | grep ipv4',
  ...set(['ip_forward', 'conf.cni0.forwarding', 'conf.vx0.forwarding'], 0),
  ...set(['conf.all.rp_filter', 'conf.cni0.rp_filter', 'conf.vx0.rp_filter'], 0),
].join('\n');
const ids = (found: readonly Finding[]): string[] =>
  found.map(({ id, where }) => `${id} ${where.node ?? ''}`).sort();

it('a node that does not forward, and a filter that would let nothing pass', () => {
  expect(ids(findings([off]))).toEqual(['ip-forward-off node-A']);
  expect(ids(findings([off, filter(...closed)]))).toEqual([
    'forward-policy-drop node-A',
    'ip-forward-off node-A',
  ]);
});

it('a route that refuses, and a rule that drops', () => {
  const refused = routes('unreachable 10.244.2.2 ');
  expect(ids(findings([filter(...open)], refused))).toEqual(['unexplained-drop node-A']);
  expect(ids(findings([filter(...open, DROP)], refused))).toEqual([
    'forward-policy-drop node-A',
    'unexplained-drop node-A',
  ]);
});

it('rules of two tables; of one chain the second may be what is left for others', () => {
  const before = raw('[0:0] -A PREROUTING -d 10.244.2.0/24 -j DROP');
  const both = findings([`${filter(...open, DROP)}\n${before}`]);
  expect(ids(both)).toEqual(['forward-policy-drop node-A', 'unexplained-drop node-A']);
  expect(both.find(({ id }) => id === 'forward-policy-drop')?.because).toContain(
    'No packet of those comes so far as long as node-A (a filter) stops it before',
  );
  expect(ids(findings([filter(...open, DROP, DROP)]))).toEqual(['forward-policy-drop node-A']);
});

it('rules of nft: the chain that drops first passes on what its rule took', () => {
  const chain = (hook: string, priority: number): string =>
    [
      `  chain ${hook} {`,
      `    type filter hook ${hook} priority ${String(priority)}; policy accept;`,
      '    ip daddr 10.244.2.0/24 counter packets 0 bytes 0 drop',
      '  }',
    ].join('\n');
  const ruleset = (...chains: string[]): string =>
    ['nft list ruleset', 'table inet host {', ...chains, '}'].join('\n');
  expect(ids(findings([ruleset(chain('prerouting', -300), chain('forward', 0))]))).toEqual([
    'forward-policy-drop node-A',
    'unexplained-drop node-A',
  ]);
});

it('the second stays one though somebody asks for a way', () => {
  const before = raw('[0:0] -A PREROUTING -d 10.244.2.0/24 -j DROP');
  const request = { from: '10.244.1.2', to: '10.244.2.2', proto: 'tcp', port: 8080, size: null } as const;
  const { findings: both } = diagnose({
    ...known([`${filter(...open, DROP)}\n${before}`]),
    asked: request,
  });
  expect(
    both.map(({ id, because }) => [id, because.includes('it is a second fault on the same way')]),
  ).toEqual([
    ['forward-policy-drop', true],
    ['unexplained-drop', false],
  ]);
});

it('behind a rule of the host’s own firewall, and one whose comment looks like a target', () => {
  const before = raw(
    '[0:0] -A PREROUTING -d 10.244.2.0/24 -m comment --comment "see -j 4 of the docs" -j DROP',
  );
  expect(ids(findings([`${filter(...open, DROP)}\n${before}`]))).toEqual([
    'forward-policy-drop node-A',
    'unexplained-drop node-A',
  ]);
  const ufw = [...open, ':ufw-user-forward - [0:0]', '[0:0] -A FORWARD -j ufw-user-forward'];
  const refused = '[0:0] -A ufw-user-forward -d 10.244.2.0/24 -j DROP';
  const both = findings([
    `${filter(...ufw, refused)}\n${raw('[0:0] -A PREROUTING -d 10.244.2.0/24 -j DROP')}`,
  ]);
  expect(both).toHaveLength(2);
});

it('what would be sent on by a router meets nothing that was to be mended', () => {
  const blackhole = routes('blackhole 10.244.2.0/24 ', '10.0.0.0/8 via 10.0.0.77 dev eth0 ');
  const refused = (text: string): string => blackhole(text).replace(/^10\.244\.2\.0\/24 .*\n/m, '');
  const leaks = '[0:0] -A FORWARD -d 10.244.0.0/16 -o eth0 -j DROP';
  const alone = ids(findings([filter(...open)], refused));
  expect(alone.length).toBeGreaterThan(0);
  expect(ids(findings([filter(...open, leaks)], refused))).toEqual(alone);
});

it('where a refused destination would be left to the default route, nobody knows what it would meet', () => {
  const refused = (text: string): string =>
    routes(
      'unreachable 10.244.2.0/24 ',
      'default via 10.0.0.77 dev eth0 ',
    )(text).replace(/^10\.244\.2\.0\/24 .*\n/m, '');
  const leaks = '[0:0] -A FORWARD -d 10.244.0.0/16 -o eth0 -j DROP';
  const alone = ids(findings([filter(...open)], refused));
  expect(alone.length).toBeGreaterThan(0);
  expect(ids(findings([filter(...open, leaks)], refused))).toEqual(alone);
});

/** Answers pass. */
const NEW = '[0:0] -A FORWARD -d 10.244.2.0/24 -m conntrack --ctstate NEW -j DROP';
const TUNNEL = '10.244.2.0/24 via 10.244.2.0 dev vx0 onlink';

it('where the way leads by a router that nobody read, a node that does not forward has a filter as well', () => {
  const routed = (text: string): string => text.replace(TUNNEL, '10.244.2.0/24 via 10.0.0.77 dev eth0');
  const found = findings([off, filter(...open, NEW)], routed);
  expect(ids(found)).toEqual(['forward-policy-drop node-A', 'ip-forward-off node-A']);
});

it('the next best route leads to the other node by its link-local address', () => {
  const refused = (text: string): string =>
    routes('unreachable 10.244.2.2 ')(
      text.replace(TUNNEL, '10.244.2.0/24 via inet6 fe80::b dev eth0 onlink'),
    );
  const linkLocal = (text: string): string =>
    text.replace(/(inet 10\.0\.0\.2\/24 .*)/, '$1\n    inet6 fe80::b/64 scope link');
  const found = diagnose(known([filter(...open, NEW)], refused, linkLocal)).findings;
  expect(ids(found)).toEqual(['forward-policy-drop node-A', 'unexplained-drop node-A']);
});

it('a NetworkPolicy behind a fault is none', () => {
  const azure = [':AZURE-NPM - [0:0]', '[0:0] -A FORWARD -j AZURE-NPM'];
  expect(ids(findings([off, filter(...open, ...azure, '[0:0] -A AZURE-NPM -j DROP')]))).toEqual([
    'ip-forward-off node-A',
  ]);
});
