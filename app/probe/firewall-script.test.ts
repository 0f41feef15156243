// The part `firewall` of the discovery, beside `counters`, which asks nft as well, on this machine's kernel, in a network namespace of its own.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { discoveryScript } from './discovery-script.ts';
import { parseDiscovery } from './discovery.ts';
import { filtersScript } from './firewall-script.ts';

const nonce = 'abcdefghijklmnop';
const fixtures = fileURLToPath(new URL('./fixtures/firewall', import.meta.url));
const script = discoveryScript({ nonce, parts: ['firewall', 'counters'] });

/** What reading must leave as it was. */
const state =
  'state() { cat /proc/modules /proc/net/ip_tables_names /proc/net/ip6_tables_names 2>/dev/null; nft list ruleset; ls -la /run; }';

/** Runs `before`, then the script, as root of namespaces of its own: nobody else writes to its /run. */
function readAfter(before: string) {
  const program = `mount -t tmpfs none /run\n${before}\n${state}\nstate; sh -c "$script"; echo =====; state`;
  const shell = ['--user', '--map-root-user', '--net', '--mount', 'sh', '-c', `cd ${fixtures}\n${program}`];
  return execFileSync('unshare', shell, {
    env: { ...process.env, script },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function firewallOf(output: Uint8Array) {
  const parsed = parseDiscovery(output, { nonce, nodeLabel: 'n', seenAt: 0 });
  const firewall = parsed.ok ? parsed.value.firewall : null;
  if (!firewall?.value) throw new Error(`no firewall in: ${Buffer.from(output).toString('utf8')}`);
  return { ...firewall, value: firewall.value };
}

describe('the filters of a node', () => {
  it('are read from every backend at once, each rule once', () => {
    const own = `nft add table inet own; nft add chain inet own in '{ type filter hook input priority 5; }'; nft add rule inet own in tcp dport 81 counter drop; nft add table ip kube-proxy; nft add chain ip kube-proxy services; nft add rule ip kube-proxy services accept`;
    const sets = 'ipset create pods hash:ip; ipset add pods 192.0.2.1';
    const {
      state: read,
      value,
      sentence,
    } = firewallOf(
      readAfter(
        `iptables-nft -A INPUT -p tcp --dport 80 -j DROP; iptables-legacy -A INPUT -p tcp --dport 82 -j DROP; ${own}; ${sets}`,
      ),
    );
    expect([read, sentence, value.unreadCount]).toEqual(['ok', null, 0]);
    const rules = value.tables.flatMap(({ backend, family, name, chains }) =>
      chains.flatMap((chain) => chain.rules.map(() => `${backend} ${family} ${name} ${chain.name}`)),
    );
    expect(rules.sort()).toEqual([
      'legacy ip filter INPUT',
      'nft inet own in',
      'nft ip kube-proxy services',
      'nft-compat ip filter INPUT',
    ]);
    expect(value.ipsets).toEqual([{ name: 'pods', type: 'hash:ip', size: 1, members: ['192.0.2.1'] }]);
    expect(value.conntrack?.max).toBeGreaterThan(0);
  });

  it.each([
    ['says so of', 'ct state new limit rate 5/second', 'nft-compat'],
    ['gives up on', 'meta length 5', 'nft'],
  ])('a rule that iptables-save %s is read with nft, once', (_, rule, other) => {
    const { value } = firewallOf(
      readAfter(
        `iptables-nft -A INPUT -j ACCEPT; nft add rule ip filter INPUT ${rule} counter drop; iptables-nft -t nat -A OUTPUT -j ACCEPT`,
      ),
    );
    const found = value.tables.map(
      ({ backend, name, chains }) => `${backend} ${name} ${chains.flatMap(({ rules }) => rules).length}`,
    );
    expect(found.sort()).toEqual(['nft filter 2', `${other} nat 1`]);
  });

  it('a table of nft’s own with a name of iptables’ is read, once', () => {
    const { value } = firewallOf(
      readAfter(
        `nft add table ip filter; nft add chain ip filter mine '{ type filter hook input priority 0; }'; nft add rule ip filter mine counter drop`,
      ),
    );
    expect(value.tables.map(({ backend, chains }) => [backend, chains.map(({ name }) => name)])).toEqual([
      ['nft', ['mine']],
    ]);
  });

  it.each([
    ['whose name is none that nft takes', 'echo "table ip -x {"', 'ok', /that are not read: 1 /],
    ['that nft may not list', 'echo "Operation not permitted" >&2; exit 1', 'not-permitted', /may not read/],
  ])('a table %s is told, and not taken for none', (_, says, became, sentence) => {
    const nft = `mkdir /run/bin; printf '%s\\n' '#!/bin/sh' 'case $2 in chains) ${says};; esac' >/run/bin/nft; chmod +x /run/bin/nft; PATH=/run/bin:$PATH`;
    const read = firewallOf(readAfter(nft));
    expect([read.state, read.value.tables]).toEqual([became, []]);
    expect(read.sentence).toMatch(sentence);
  });

  it.each([
    ['where there are none', ''],
    ['where there are', 'iptables-nft -A INPUT -j ACCEPT; iptables-legacy -t mangle -A INPUT -j ACCEPT'],
  ])('%s reading them changes nothing', (_, before) => {
    const [first, second] = Buffer.from(readAfter(before))
      .toString('utf8')
      .split(/^=====$/m);
    expect(second).toBeDefined();
    // The state before stands in front of the script's own lines.
    const [earlier] = (first ?? '').split(`#${nonce} clock`);
    expect(second?.trim()).toBe(earlier?.trim());
  });

  it('without root it is said that only root may', () => {
    const shell = ['--reuid', '65534', '--regid', '65534', '--clear-groups', 'sh', '-c', script];
    if (process.getuid?.() !== 0) return;
    const { state: read, sentence } = firewallOf(
      execFileSync('setpriv', shell, { stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    expect([read, sentence]).toEqual([
      'not-permitted',
      'This login may not read the packet filters of n: only root may read them.',
    ]);
  });
});

it('that no program listens to a queue is told where the kernel says so, not where it refuses to', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-queues-'));
  try {
    // Nobody can read a folder as a file.
    mkdirSync(join(folder, 'refuses/netfilter/nfnetlink_queue'), { recursive: true });
    const input = `kernel_has() { false; }\n${filtersScript}\nnet=refuses; filters`;
    expect(execFileSync('sh', ['-s'], { input, cwd: folder, encoding: 'utf8' })).not.toContain(
      'nfnetlink_queue',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
