import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { judgeHostKey, knownHostName, knownKeyTypes, parseKnownHosts } from './known-hosts.ts';
import { hashName, readKnownHosts, rememberHostKey } from './known-hosts-files.ts';
import { patternListMatch, wildcardMatch } from './pattern.ts';

const folder = mkdtempSync(join(tmpdir(), 'hopscope-known-hosts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const signal = new AbortController().signal;

/** A blob that names its type, as every key blob does. */
const blob = (type: string, seed: number): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.alloc(32, seed)]);
};
const line = (names: string, type: string, seed: number): string =>
  `${names} ${type} ${blob(type, seed).toString('base64')}`;
const judge = (lines: readonly string[], name: string, type = 'ssh-ed25519', seed = 1) =>
  judgeHostKey(parseKnownHosts('kh', lines.join('\n')), name, blob(type, seed));

describe('OpenSSH rules', () => {
  it.each([
    ['the same key', [line('h', 'ssh-ed25519', 1)], 'match'],
    ['another key of the type', [line('h', 'ssh-ed25519', 2)], 'changed'],
    ['a key of another type only', [line('h', 'ssh-rsa', 2)], 'changed'],
    [
      'keys of several other types',
      [line('h', 'ssh-rsa', 2), line('h', 'ecdsa-sha2-nistp256', 3)],
      'changed',
    ],
    ['a key of another type and the same', [line('h', 'ssh-rsa', 2), line('h', 'ssh-ed25519', 1)], 'match'],
    ['a key of another type that is revoked', [`@revoked ${line('h', 'ssh-rsa', 2)}`], 'unknown'],
    ['another and the same', [line('h', 'ssh-ed25519', 2), line('h', 'ssh-ed25519', 1)], 'match'],
    ['a key of another host', [line('g', 'ssh-ed25519', 1)], 'unknown'],
    ['a list with the host', [line('a,h,b', 'ssh-ed25519', 1)], 'match'],
    ['a list that negates the host', [line('*,!h', 'ssh-ed25519', 1)], 'unknown'],
    ['a pattern', [line('?', 'ssh-ed25519', 1)], 'match'],
    ['a name in capitals', [line('H', 'ssh-ed25519', 1)], 'match'],
    ['a hashed name', [line(hashName('h'), 'ssh-ed25519', 1)], 'match'],
    ['another hashed name', [line(hashName('g'), 'ssh-ed25519', 1)], 'unknown'],
    ['a revoked key', [`@revoked ${line('*', 'ssh-ed25519', 1)}`], 'revoked'],
    [
      'a revoked key that is also accepted',
      [line('h', 'ssh-ed25519', 1), `@revoked ${line('h', 'ssh-ed25519', 1)}`],
      'revoked',
    ],
    ['a revoked other key', [`@revoked ${line('h', 'ssh-ed25519', 2)}`], 'unknown'],
    ['a certificate authority', [`@cert-authority ${line('*', 'ssh-ed25519', 1)}`], 'unknown'],
    ['a comment', [`# ${line('h', 'ssh-ed25519', 1)}`], 'unknown'],
    ['carriage returns', [`${line('h', 'ssh-ed25519', 1)}\r`], 'match'],
    [
      'tabs and a comment behind',
      [`  ${line('h', 'ssh-ed25519', 1).replaceAll(' ', '\t')}\tme@there`],
      'match',
    ],
  ])('%s', (_what, lines, kind) => {
    expect(judge(lines, 'h').kind).toBe(kind);
  });

  it('names file and line, and passes over what is broken', () => {
    const known = parseKnownHosts(
      'kh',
      ['x', '', '@what h ssh-rsa AAAA', line('h', 'ssh-rsa', 3), 'h ssh-rsa !!!', '|1|a|b ssh-rsa AAAA'].join(
        '\n',
      ),
    );
    expect(known.skipped.map((text) => text.split(' ')[0])).toEqual(['kh:1:', 'kh:3:', 'kh:5:', 'kh:6:']);
    expect(judgeHostKey(known, 'h', blob('ssh-rsa', 4))).toMatchObject({
      kind: 'changed',
      offending: { file: 'kh', line: 4 },
    });
    expect(knownKeyTypes(known, 'h')).toEqual(['ssh-rsa']);
  });

  it('names the line of the same type as the offending one, else the first', () => {
    const others = [line('h', 'ssh-rsa', 2), line('h', 'ecdsa-sha2-nistp256', 3)];
    expect(judge(others, 'h')).toMatchObject({ offending: { line: 1 } });
    expect(judge([...others, line('h', 'ssh-ed25519', 4)], 'h')).toMatchObject({ offending: { line: 3 } });
  });

  it('takes a line whose type and key disagree for broken', () => {
    const known = parseKnownHosts('kh', `h ssh-rsa ${blob('ssh-ed25519', 1).toString('base64')}`);
    expect(known.lines).toEqual([]);
    expect(known.skipped).toHaveLength(1);
  });

  it('agrees with ssh-keygen -F on what matches', () => {
    const key = join(folder, 'k');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const publicKey = readFileSync(`${key}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
    const names = ['node-1', '10.0.0.1', '[10.0.0.1]:2222', '[node-1]:22', 'a.b.example'];
    const patterns = [
      'node-*',
      '10.0.0.?',
      '[10.0.0.1]:2222',
      '*,!node-1',
      '*.example',
      'NODE-1',
      hashName('node-1'),
      hashName('[10.0.0.1]:2222'),
    ];
    for (const pattern of patterns) {
      const file = join(folder, 'one');
      writeFileSync(file, `${pattern} ${publicKey}\n`);
      const known = parseKnownHosts(file, readFileSync(file, 'utf8'));
      for (const name of names) {
        let found = true;
        try {
          execFileSync('ssh-keygen', ['-F', name, '-f', file], { stdio: 'ignore' });
        } catch {
          found = false;
        }
        expect([pattern, name, knownKeyTypes(known, name).length > 0]).toEqual([pattern, name, found]);
      }
    }
  });

  it('is read by ssh-keygen when we have written it', async () => {
    const file = join(folder, 'written', 'known_hosts');
    await rememberHostKey(file, '[10.0.0.1]:2222', blob('ssh-ed25519', 1), { hashed: true });
    await rememberHostKey(file, 'plain', blob('ssh-ed25519', 1), { hashed: false });
    for (const name of ['[10.0.0.1]:2222', 'plain']) {
      expect(execFileSync('ssh-keygen', ['-F', name, '-f', file], { encoding: 'utf8' })).toContain(
        'ssh-ed25519',
      );
    }
    const twice = Array.from({ length: 20 }, (_, at) =>
      rememberHostKey(file, `h${at}`, blob('ssh-ed25519', at), { hashed: false }),
    );
    await Promise.all(twice);
    const known = await readKnownHosts([file, join(folder, 'absent')], signal);
    expect(known.lines).toHaveLength(22);
    expect(known.skipped).toEqual([]);
  });
});

describe('a line that we add', () => {
  it('is added once, however many want it, and not beside another key', async () => {
    const file = join(folder, 'once');
    writeFileSync(file, '# mine');
    const key = blob('ssh-ed25519', 1);
    const five = [1, 2, 3, 4, 5].map(() => rememberHostKey(file, '[10.0.0.1]:2222', key, { hashed: true }));
    expect((await Promise.all(five)).map(({ kind }) => kind)).toEqual([
      'unknown',
      'match',
      'match',
      'match',
      'match',
    ]);
    const other = await rememberHostKey(file, '[10.0.0.1]:2222', blob('ssh-rsa', 2), { hashed: false });
    expect(other).toMatchObject({ kind: 'changed', offending: { line: 2 } });
    const written = readFileSync(file, 'utf8');
    expect(written.startsWith('# mine\n|1|')).toBe(true);
    expect(written.trimEnd().split('\n')).toHaveLength(2);
  });

  it('does not wait for ever behind one that failed', async () => {
    await expect(rememberHostKey(folder, 'h', blob('ssh-rsa', 1), { hashed: false })).rejects.toThrow();
    await expect(rememberHostKey(folder, 'h', blob('ssh-rsa', 1), { hashed: false })).rejects.toThrow();
  });
});

describe('whatever is in the file', () => {
  const anything = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[|@!*?,[\]:1 a-z=+/\n]{0,200}$/),
  );

  it('never throws, and accounts for every line', () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 20 }), fc.string(), (lines, name) => {
        const content = lines.join('\n');
        const known = parseKnownHosts('f', content);
        const meaningful = content
          .split('\n')
          .filter((text) => text.trim() !== '' && !text.trim().startsWith('#'));
        expect(known.lines.length + known.skipped.length).toBe(meaningful.length);
        judgeHostKey(known, name, Buffer.from(content));
        for (const sentence of known.skipped) expect(sentence.length).toBeLessThan(120);
      }),
    );
  });

  it('finds the key it was given among noise', () => {
    fc.assert(
      fc.property(
        fc.array(anything, { maxLength: 10 }),
        fc.stringMatching(/^[a-z0-9.-]{1,30}$/),
        fc.nat(65_535),
        (noise, host, port) => {
          const name = knownHostName(host, port);
          const clean = noise.filter((text) => !/revoked/.test(text));
          const known = parseKnownHosts('f', [...clean, line(name, 'ssh-ed25519', 9), ...clean].join('\n'));
          expect(judgeHostKey(known, name, blob('ssh-ed25519', 9)).kind).toBe('match');
        },
      ),
    );
  });
});

describe('patterns', () => {
  it('mean what the obvious regular expression means', () => {
    const pattern = fc.stringMatching(/^[ab*?]{0,8}$/);
    fc.assert(
      fc.property(pattern, fc.stringMatching(/^[ab]{0,8}$/), (glob, text) => {
        const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(wildcardMatch(glob, text)).toBe(expression.test(text));
      }),
    );
  });

  it('take no time, however wicked', () => {
    const started = performance.now();
    expect(wildcardMatch('*a'.repeat(200), 'a'.repeat(5_000) + 'b')).toBe(false);
    // Backtracking would take longer than the universe has.
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('that only deny match nothing', () => {
    expect(patternListMatch(['!a'], 'b')).toBe(false);
    expect(patternListMatch(['*', '!a'], 'b')).toBe(true);
  });
});
