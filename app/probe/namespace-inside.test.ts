import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { discoveryScript } from './discovery-script.ts';
import { parseDiscovery } from './discovery.ts';
import { INSIDE_BYTES } from './firewall-script.ts';
import { insideScript, MOST_INSIDE } from './inside-script.ts';
import type { InsidesReading } from './inside-facts.ts';
import { insidesOf } from './namespace-inside.ts';
import type { ReadSection } from './section-reading.ts';

const nonce = 'abcdefghijklmnop';

function look(
  pids: readonly number[],
  shell: readonly string[] = ['sh', '-s'],
  change: (script: string) => string = (script) => script,
): InsidesReading {
  const [command = '', ...words] = shell;
  // With the others that are polled: their variables are the same shell's.
  const input = change(discoveryScript({ nonce, parts: ['settings', 'inside'], inside: pids }));
  const stdout = execFileSync(command, words, { input, maxBuffer: 64_000_000 });
  const parsed = parseDiscovery(stdout, { nonce, nodeLabel: 'n', seenAt: 0 });
  const reading = parsed.ok ? parsed.value.insides?.value : null;
  if (!reading) throw new Error(`nothing was told: ${stdout.toString().slice(-500)}`);
  return reading;
}

describe('the inside of a network namespace', () => {
  let pod: ChildProcess;
  beforeAll(async () => {
    const make = `ip link add eth0 type veth peer name far && ip link set far up && ip link set lo up && ip link set eth0 up && ip addr add 192.0.2.9/32 dev eth0 &&
      ip route add 169.254.1.1 dev eth0 && ip route add default via 169.254.1.1 && ip route add blackhole 203.0.113.0/24 table 7 &&
      ip rule add from 192.0.2.9 table 7 && ip neigh add 169.254.1.1 lladdr ee:ee:ee:ee:ee:ee dev eth0 &&
      iptables-legacy -t nat -A OUTPUT -p tcp -j REDIRECT --to-ports 15001 && iptables-nft -t nat -A PREROUTING -p tcp -j REDIRECT --to-ports 15006 &&
      nft add table inet mesh && echo ready && exec sleep 300`;
    pod = spawn('unshare', ['--net', 'sh', '-c', make], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await Promise.race([once(pod.stdout ?? pod, 'data'), once(pod, 'exit')])) as [unknown];
    expect(String(said)).toBe('ready\n');
  });
  afterAll(() => pod.kill('SIGKILL'));

  it.each([
    ['dash', '-s'],
    ['bash', '-s'],
    ['busybox', 'ash', '-s'],
  ])('is read whole from outside, by %s', (...shell) => {
    const { read, unread } = look([pod.pid ?? 0], shell);
    expect(unread).toEqual([]);
    const [inside] = read;
    expect(inside?.sentence).toBeNull();
    expect(inside?.routes4?.value?.map(({ dst, type, table }) => [dst, type, table])).toEqual(
      expect.arrayContaining([
        ['0.0.0.0/0', 'unicast', 'main'],
        ['169.254.1.1/32', 'unicast', 'main'],
        ['203.0.113.0/24', 'blackhole', '7'],
      ]),
    );
    expect(inside?.rules4?.value?.map(({ from, table }) => [from, table])).toContainEqual(['192.0.2.9', '7']);
    expect(inside?.neighbours?.value?.[0]).toMatchObject({ dst: '169.254.1.1', mac: 'ee:ee:ee:ee:ee:ee' });
    expect(
      inside?.addresses?.value?.flatMap(({ addresses }) => addresses.map((one) => one.address)),
    ).toContain('192.0.2.9');
    expect(inside?.sysctls.get('ipv4/conf/eth0/rp_filter')).toMatch(/^[012]$/);
    const filters = inside?.filters;
    expect(filters?.sentence).toBeNull();
    const rules = filters?.value?.tables.flatMap(({ backend, chains }) =>
      chains.flatMap((chain) =>
        chain.rules.map((rule) => `${backend} ${chain.name} ${rule.backend === 'xt' ? rule.text : ''}`),
      ),
    );
    expect(rules).toEqual([
      expect.stringMatching(/^legacy OUTPUT .*-j REDIRECT --to-ports 15001$/),
      expect.stringMatching(/^nft-compat PREROUTING .*-j REDIRECT --to-ports 15006$/),
    ]);
    expect(filters?.value?.tables.some(({ family, name }) => family === 'inet' && name === 'mesh')).toBe(
      true,
    );
  });

  it('says what could not be asked there, instead of that there is nothing', () => {
    const [inside] = look([pod.pid ?? 0], ['sh', '-s'], (script) =>
      script.replaceAll('ask_inside routes4 ip', 'ask_inside routes4 no-such-ip'),
    ).read;
    expect([inside?.links?.state, inside?.routes4?.state, inside?.routes4?.value]).toEqual([
      'ok',
      'missing-tool',
      null,
    ]);
    expect(inside?.sentence).toBe(
      `The IPv4 routes of process ${String(pod.pid)} on n are unknown: no-such-ip is not installed there.`,
    );
  });

  it('whose filters take long to list costs neither its node’s reading nor that of other Pods', () => {
    const pid = pod.pid ?? 0;
    const began = performance.now();
    const { read, unread } = look(
      Array.from({ length: 6 }, () => pid),
      ['sh', '-s'],
      (script) => script.replaceAll('there nft list chains', 'there sleep 60'),
    );
    expect(performance.now() - began).toBeLessThan(15_000);
    expect([read.length, unread]).toEqual([1, []]);
    const [inside] = read;
    expect(inside?.links?.state).toBe('ok');
    // Of the last one: no time was left for it.
    expect(inside?.filters?.sentence).toContain('the time for filters inside Pods was over');
  }, 40_000);

  it('of a process that has ended is not there, and keeps nothing from the others', () => {
    const { read, unread } = look([4_194_304, pod.pid ?? 0]);
    expect(read.map(({ pid }) => pid)).toEqual([pod.pid]);
    expect(unread).toEqual([]);
  });

  it('is not entered by a plain user, and that is said', () => {
    const plain = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-s'];
    const { read, unread } = look([pod.pid ?? 0], plain);
    expect(read).toEqual([]);
    expect(unread.map(({ sentence }) => sentence)).toEqual([
      `The inside of process ${String(pod.pid)} on n was not read: only root may enter its network namespace.`,
    ]);
  });

  it('takes no word for a process that is none, and no more than there may be', () => {
    const numbers = Array.from({ length: MOST_INSIDE }, (_, at) => at + 1);
    const input = discoveryScript({ nonce, parts: ['inside'] }).replace(
      "parts='inside'",
      `parts='inside pid1x pid pid$(id) ${numbers.map((pid) => `pid${pid}`).join(' ')} pid999'`,
    );
    const told = execFileSync('sh', ['-s'], { input }).toString();
    expect(/begin insides[^\n]*\n([^\n]*)\n/.exec(told)?.[1]?.trim()).toBe(numbers.join(' '));
  });
});

const head = { nodeLabel: 'n', command: 'x', at: null, seenAt: 0, exitStatus: 0, bytes: 0 };
function section(name: string, stdout: string): [string, ReadSection] {
  return [
    name,
    {
      head: { ...head, id: `n/${name}`, state: 'ok' },
      state: 'ok',
      stdout,
      stderr: '',
      ranges: [{ start: 100, end: 100 + Buffer.byteLength(stdout) }],
    },
  ];
}
const root = { uid: 0 };
const stat = (ticks: number): string => `7 (a) b)) S ${'0 '.repeat(18)}${String(ticks)} 0 0`;

it('is dropped when the number became another process’s while it was read', () => {
  const read = (still: number) =>
    insidesOf(
      new Map([
        section('insides', '7'),
        section('inside:7:who', `net:[12]\n${stat(99)}`),
        section('inside:7:still', stat(still)),
      ]),
      'n',
      root,
    )?.value?.read.map(({ inode, startTicks }) => [inode, startTicks]);
  expect(read(99)).toEqual([[12, 99]]);
  expect(read(100)).toEqual([]);
});

it.each([
  ['JSON', `[${'{"dst":"10.0.0.1","dev":"eth0","flags":[]},'.repeat(100_000)}`.slice(0, INSIDE_BYTES)],
  // The script counts bytes: here one character is two.
  ['text with other letters', '10.0.0.1 dev äöü scope link \n'.repeat(150_000).slice(0, INSIDE_BYTES - 10)],
])('says of routes that were cut that they are unknown, not that there are none: %s', (_, routes) => {
  const reading = insidesOf(
    new Map([
      section('insides', '7'),
      section('inside:7:who', `net:[12]\n${stat(99)}`),
      section('inside:7:routes4', routes),
      section('inside:7:still', stat(99)),
    ]),
    'n',
    root,
  )?.value?.read[0];
  expect([reading?.routes4?.state, reading?.routes4?.value]).toEqual(['truncated', null]);
  expect(reading?.sentence).toBe('The IPv4 routes of process 7 on n are unknown: the output was cut off.');
});

it('reads whom a Pod asks for names, what stands behind the address as well, and nothing of what was not read to its end', () => {
  const asks = (text: string, state: ReadSection['state'] = 'ok') => {
    const [name, read] = section('inside:7:resolver', text);
    return insidesOf(
      new Map([
        section('insides', '7'),
        section('inside:7:who', `net:[12]\n${stat(99)}`),
        [name, { ...read, state }],
        section('inside:7:still', stat(99)),
      ]),
      'n',
      root,
    )?.value?.read[0]?.nameservers;
  };
  const text = 'nameserver 10.96.0.10 # the cluster’s\nnameserver fe80::1%eth0\nnameserver 10.96.0.10x\n';
  expect(asks(text)).toEqual(['10.96.0.10', 'fe80::1']);
  expect(asks(text, 'timeout')).toBeUndefined();
});

describe('a container’s resolv.conf', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-resolver-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const SAID = 'nameserver 10.96.0.10\n';
  const kept = 'echo nameserver 10.96.0.10 >';

  // Folders such as /proc/50 is one. Of each case the namespace of its mounts, what is mounted, and what makes the file.
  it.each([
    ['50', '/etc/resolv.conf', `${kept}etc/resolv.conf`, SAID],
    ['50', '/etc/resolv.conf', `{ echo search a; yes 'options a'; } | head -c 5000 >etc/resolv.conf`, ''],
    ['50', '/etc/resolv.conf', `echo 'nameserver /etc/shadow' >etc/resolv.conf`, ''],
    [
      '50',
      '/etc/resolv.conf',
      `{ echo nameserver 10.96.0.10; head -c 5000 /dev/zero | tr '\\0' x; echo; echo nameserver 10.96.0.10; } >etc/resolv.conf`,
      SAID,
    ],
    // The host’s own: of a process that is in no container.
    ['1', '/etc/resolv.conf', `${kept}etc/resolv.conf`, ''],
    ['50', '/etc/hosts', `${kept}etc/resolv.conf`, ''],
    // What a container’s root may put there.
    ['50', '/etc/resolv.conf', `${kept}other && ln -s ../other etc/resolv.conf`, ''],
    ['50', '/etc/resolv.conf', `rmdir etc && mkdir other && ${kept}other/resolv.conf && ln -s other etc`, ''],
    ['50', '/etc/resolv.conf', 'mkfifo etc/resolv.conf', ''],
  ])('mounts of %s, %s mounted, %s', (mounts, mounted, make, expected) => {
    const proc = mkdtempSync(join(folder, 'proc-'));
    for (const one of ['1/ns', '50/ns', '50/root/etc']) mkdirSync(join(proc, one), { recursive: true });
    writeFileSync(join(proc, '50/mountinfo'), `7 6 8:1 /pods/a ${mounted} rw,relatime - ext4 /dev/sda1 rw\n`);
    const input = `cd 50/root && ${make}\ncd ../..\ntouch 1/ns/mnt\nln ${mounts}/ns/mnt 50/ns/mnt 2>/dev/null || touch 50/ns/mnt
      within() { shift; "$@"; }\n${insideScript}\nresolver_of 50`;
    expect(execFileSync('sh', ['-s'], { input, cwd: proc, encoding: 'utf8', timeout: 5_000 })).toBe(expected);
  });
});

it('takes any text', () => {
  const facts = ['who', 'links', 'routes4', 'rules4', 'neighbours', 'settings', 'sockets', 'still'];
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...facts), fc.string()), { maxLength: 10 }), (said) => {
      const told = said.map(([fact, text]) => section(`inside:7:${fact}`, text));
      const all = [
        section('inside:7:who', `net:[12]\n${stat(99)}`),
        section('inside:7:still', stat(99)),
        ...told,
      ];
      return insidesOf(new Map([section('insides', ''), ...all]), 'n', root)?.state === 'ok';
    }),
    { numRuns: runs(100) },
  );
});
