import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { birdExchangeScript, parseBirdExchange } from './bird-exchange.ts';

const nonce = 'abcdefghijklmnop';
const socket = '/var/run/calico/bird.ctl';
const context = { nonce, nodeLabel: 'a', seenAt: 0 };
const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
const framed = (lists: Readonly<Record<string, string>>, stderr = '', status = 0): Uint8Array =>
  new TextEncoder().encode(
    [
      `#${nonce} clock 1000.0 5.00`,
      ...Object.entries(lists).map(
        ([name, text]) =>
          `#${nonce} begin ${name} 5.00 birdcl\n${text}\n#${nonce} end ${name} ${status} 5.01`,
      ),
      ...Object.keys(lists).map((name) => `#${nonce} stderr ${name}\n${stderr}`),
      `#${nonce} done 5.02`,
      '',
    ].join('\n'),
  );
const ready = 'BIRD 2.0.12 ready.\nAccess restricted\n';

it.each(['dash', 'bash', 'busybox ash'])('the script is understood by %s', (shell) => {
  const [command = '', ...words] = shell.split(' ');
  const script = birdExchangeScript(nonce, { socket, protocol: 'Mesh_10_12_22_152' });
  expect(
    script.ok && execFileSync(command, [...words, '-n'], { input: script.value, encoding: 'utf8' }),
  ).toBe('');
});

it('a name or socket that could be anything else is refused, with a sentence', () => {
  const bad = fc.string({ minLength: 1, maxLength: 40 }).filter((name) => !/^[A-Za-z_][\w.-]*$/.test(name));
  fc.assert(
    fc.property(bad, (protocol) => {
      expect(birdExchangeScript(nonce, { socket, protocol })).toMatchObject({ ok: false });
    }),
    { numRuns: runs(200) },
  );
  for (const protocol of ['$(id)', 'a b', '-v', 'x;y', "x'y"])
    expect(birdExchangeScript(nonce, { socket, protocol }).ok).toBe(false);
  expect(birdExchangeScript(nonce, { socket: '/tmp/x', protocol: 'Mesh_1' })).toEqual({
    ok: false,
    failure: '/tmp/x is no socket of BIRD that is asked.',
  });
});

it.each(['2.0.12', '1.6.8'])('reads what BIRD %s prints, with the best of each destination', (version) => {
  const imported = fixture(`birdcl-${version}-routes.txt`);
  const filtered = fixture(`birdcl-${version}-routes-filtered.txt`);
  const read = parseBirdExchange(framed({ exported: ready, imported, filtered }), context);
  if (!read.ok) throw new Error(read.failure);
  expect(read.value.exported).toEqual({ prefixes: new Map(), cut: false });
  expect(read.value.imported.prefixes.size).toBeGreaterThan(0);
  expect([...read.value.imported.prefixes.values()].some(({ best }) => best)).toBe(true);
  expect(read.value.filtered.prefixes.size).toBeGreaterThan(0);
});

it.each([
  ['', 'Unable to connect to server control socket: Permission denied', 1, /this login may not ask BIRD/],
  ['', 'timeout: failed to run command ‘birdcl’: No such file or directory', 127, /there is no birdcl/],
  ['', 'Unable to connect: Connection refused', 1, /BIRD did not answer \(Unable to connect/],
  ['', '', 0, /BIRD did not answer\./],
  [`${ready}Mesh_x is not a protocol\n`, '', 1, /BIRD said: Mesh_x is not a protocol/],
  // What is missing from half a list would be told as missing at the peer.
  [fixture('birdcl-2.0.12-routes.txt'), '', 124, /BIRD did not tell all of “birdcl” within 10 s/],
  [fixture('birdcl-2.0.12-routes.txt'), '', 1, /BIRD did not tell all of “birdcl”\./],
])('what is wrong is said: %#', (stdout, stderr, status, sentence) => {
  const read = parseBirdExchange(
    framed({ exported: stdout, imported: stdout, filtered: stdout }, stderr, status),
    context,
  );
  expect(read).toMatchObject({ ok: false, failure: expect.stringMatching(sentence) as string });
});

it('a session that is not up advertises nothing, and may still have what it was told', () => {
  const imported = fixture('birdcl-2.0.12-routes.txt');
  const read = parseBirdExchange(
    framed({ exported: `${ready}No valid tables\n`, imported, filtered: ready }),
    context,
  );
  if (!read.ok) throw new Error(read.failure);
  expect([read.value.exported.prefixes.size, read.value.imported.prefixes.size > 0]).toEqual([0, true]);
});

it('any bytes: no throw', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fc.string({ maxLength: 200 }), (a, b) => {
      parseBirdExchange(framed({ exported: a, imported: ready + b, filtered: ready }), context);
      parseBirdExchange(new TextEncoder().encode(a), context);
    }),
    { numRuns: runs(100) },
  );
});
