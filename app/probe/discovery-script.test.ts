import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { discoveryBody, discoveryScript } from './discovery-script.ts';
import { parseDiscovery } from './discovery.ts';

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
      /iptables(-legacy|-nft)? -|sysctl|\bnft (-|add|delete|flush)|modprobe|\bip [^\n]*\b(add|del|set|flush|replace)\b|>\s*\/(?!dev\/null)|\brm |\bkill\b/;
    expect(
      discoveryBody.split('\n').filter((line) => !line.trim().startsWith('#') && forbidden.test(line)),
    ).toEqual([]);
  });

  it('fits into one argument with room for a guard around it', () => {
    // MAX_ARG_STRLEN is 131,072 bytes; sshd and shells in between may hold less.
    expect(discoveryScript({ nonce }).length).toBeLessThan(16_000);
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
});
