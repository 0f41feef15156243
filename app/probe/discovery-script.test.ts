import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { discoveryBody, DISCOVERY_PARTS, discoveryScript } from './discovery-script.ts';
import { parseDiscovery } from './discovery.ts';
import { OWN_END } from './own-end.ts';

const nonce = 'abcdefghijklmnop';

describe('the discovery script', () => {
  it.each(['dash', 'bash', 'busybox ash'])('is understood by %s', (shell) => {
    const [command = '', ...words] = shell.split(' ');
    expect(
      execFileSync(command, [...words, '-n'], { input: discoveryScript({ nonce }), encoding: 'utf8' }),
    ).toBe('');
  });

  it('refuses a nonce that could be something else', () => {
    expect(() => discoveryScript({ nonce: 'short' })).toThrow('nonce');
    expect(() => discoveryScript({ nonce: 'a'.repeat(16) + ';' })).toThrow('nonce');
    const run = () => execFileSync('sh', ['-c', discoveryBody], { env: { nonce: 'x;y' }, stdio: 'pipe' });
    expect(run).toThrow('malformed nonce');
  });

  it('runs only what reads', () => {
    const forbidden =
      /iptables(-legacy|-nft)? -|sysctl|\bnft (-(?!j list |a -t list )|add|delete|flush)|modprobe|\bip [^\n]*\b(add|del|set|flush|replace)\b|>\s*\/(?!dev\/null)|\brm |\bkill\b/;
    // The watchdog ends its own children.
    const body = discoveryBody.replace(OWN_END, '');
    expect(body.split('\n').filter((line) => !line.trim().startsWith('#') && forbidden.test(line))).toEqual(
      [],
    );
  });

  it('fits into one argument with room for a guard around it', () => {
    // MAX_ARG_STRLEN is 131,072 bytes; sshd and shells in between may hold less.
    expect(discoveryScript({ nonce }).length).toBeLessThan(32_000);
  });

  it('carries no more than the parts need that are asked for', () => {
    const [whole = 0, counters = 0, bird = 0] = [undefined, ['counters'] as const, ['bird'] as const].map(
      (parts) => discoveryScript(parts === undefined ? { nonce } : { nonce, parts }).length,
    );
    expect(counters).toBeLessThan(whole / 3);
    expect(bird).toBeLessThan(whole / 4);
  });

  it.each(DISCOVERY_PARTS)('reads %s alone, without a word on stderr', (part) => {
    const output = execFileSync('sh', ['-s'], {
      input: discoveryScript({ nonce, parts: [part] }),
    }).toString();
    expect(output).toContain(`#${nonce} begin meta`);
    expect(output).toContain('#' + nonce + ' done');
    expect(output).not.toMatch(/not found|Syntax error|unexpected/);
  });

  it('says that a tool is missing, and goes on', () => {
    // The same script on a node without `ip`, by calling it something that no node has.
    const script = discoveryScript({ nonce, parts: ['links', 'routes'] }).replace(
      /\bip \$j/g,
      'no-such-ip $j',
    );
    const parsed = parseDiscovery(execFileSync('sh', ['-s'], { input: script }), {
      nonce,
      nodeLabel: 'n',
      seenAt: 0,
    });
    expect(
      parsed.ok && [
        parsed.value.links?.state,
        parsed.value.neighbours?.state,
        parsed.value.meta.bootId.length,
      ],
    ).toEqual(['missing-tool', 'missing-tool', 36]);
  });

  it('takes nothing of ours for a namespace’s own process', async () => {
    // Each tells its namespace, then waits for its stdin to close.
    const start = async (env: NodeJS.ProcessEnv) => {
      const words = [
        '--user',
        '--map-root-user',
        '--net',
        'sh',
        '-c',
        'readlink /proc/self/ns/net; read end',
      ];
      const child = spawn('unshare', words, {
        env: { ...process.env, ...env },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const [said] = (await once(child.stdout, 'data')) as [Buffer];
      return { inode: Number(/\d+/.exec(said.toString())?.[0]), end: () => child.stdin.end() };
    };
    const ours = await start({ HOPSCOPE_GUARD: 'abc' });
    const theirs = await start({});
    try {
      const output = execFileSync('sh', ['-s'], { input: discoveryScript({ nonce, parts: ['pods'] }) });
      const parsed = parseDiscovery(output, { nonce, nodeLabel: 'n', seenAt: 0 });
      const inodes = parsed.ok ? parsed.value.netns?.value?.namespaces.map(({ inode }) => inode) : [];
      expect(inodes).toContain(theirs.inode);
      expect(inodes).not.toContain(ours.inode);
    } finally {
      ours.end();
      theirs.end();
    }
  });

  it('has the numbers of lsns where ip cannot list names, and says what ip said', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hopscope-tools-'));
    try {
      const tool = (name: string, script: string): void =>
        writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      tool('ip', 'echo "ip: no netns here" >&2; exit 1');
      tool('lsns', 'echo "4026532000 7 99"');
      const output = execFileSync('sh', ['-s'], {
        input: discoveryScript({ nonce, parts: ['pods'] }),
        env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` },
      });
      const parsed = parseDiscovery(output, { nonce, nodeLabel: 'n', seenAt: 0 });
      const nsids = parsed.ok ? parsed.value.nsids : null;
      expect([nsids?.state, nsids?.value?.byInode]).toEqual(['ok', [{ nsid: 7, inode: 4_026_532_000 }]]);
      expect(nsids?.sentence).toContain('(ip: no netns here)');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
