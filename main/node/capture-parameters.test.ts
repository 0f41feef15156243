// What a request becomes on the node: our half and the real script, with a tcpdump that writes down its arguments.
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../app/testing/runs.ts';
import type { CaptureRequest } from './capture-events.ts';
import { captureParameters } from './capture-parameters.ts';
import { CaptureStderr } from './capture-stderr.ts';
import { runGuarded } from './guard.ts';
import { localTransport } from './testing/local-transport.ts';
import { SHELLS } from './testing/shells.ts';

const never = new AbortController().signal;
const request: CaptureRequest = {
  namespace: null,
  interfaceName: null,
  addresses: ['192.168.2.3'],
  expression: null,
  exclude: [],
  snaplen: 128,
};
const ssh = { client: '10.0.0.1', clientPort: 50_000, server: '10.0.0.2', serverPort: 22 };

function lines(over: Partial<CaptureRequest>): string[] {
  const parameters = captureParameters({ ...request, ...over });
  if (!parameters.ok) throw new Error(parameters.failure.sentence);
  return parameters.value.split('\n');
}
function refusal(over: Partial<CaptureRequest>) {
  const parameters = captureParameters({ ...request, ...over });
  return parameters.ok ? null : parameters.failure;
}

describe("a capture's parameters", () => {
  it('name a namespace, an interface, a length, and leave out our own connections where the filter could match them', () => {
    const inside = { namespace: { pid: 7, inode: 4_026_531_840 }, interfaceName: 'eth0' };
    expect(lines({ ...inside, exclude: [ssh], snaplen: 1 })).toEqual([
      '7 4026531840 eth0 128',
      '',
      'host 192.168.2.3',
      '',
    ]);
    expect(lines({ ...inside, exclude: [ssh], expression: ' tcp ' })).toEqual([
      '7 4026531840 eth0 128',
      '10.0.0.1 50000 10.0.0.2 22',
      'tcp',
      '',
    ]);
    expect(lines({ addresses: ['10.0.0.2'], exclude: [ssh, ssh] })[1]).toBe('10.0.0.1 50000 10.0.0.2 22');
    // As whom the Pod goes on may be an end of ours, too.
    const outside = [{ address: '10.0.0.2', peers: ['10.0.0.1'] }];
    expect(lines({ outside, exclude: [ssh] })[1]).toBe('10.0.0.1 50000 10.0.0.2 22');
    expect(lines({ outside: [{ address: '10.0.0.2', peers: ['8.8.8.8'] }], exclude: [ssh] })[1]).toBe('');
  });

  it('leave out what is no address, for a cluster says what it likes', () => {
    const outside = [
      { address: '10.0.0.7', peers: ['8.8.8.8', ';reboot'] },
      { address: '`id`', peers: ['8.8.8.8'] },
    ];
    const namespace = { pid: 7, inode: 8 };
    expect(
      lines({ namespace, outside, addresses: ['192.168.2.3', '$(reboot)', 'fe80::1%eth0', ''] })[2],
    ).toBe(
      'host 192.168.2.3 or host fe80::1 or ((host 10.0.0.7) and (host 8.8.8.8 or icmp[0] = 3 or icmp[0] = 11))',
    );
    expect(refusal({ addresses: ['pod.example'] })).toMatchObject({ kind: 'failed' });
    expect(refusal({ addresses: [] })?.sentence).toContain('has no IP address');
    const named = { ...ssh, server: 'k8s-worker-2' };
    expect(lines({ exclude: [named, { ...ssh, client: 'fe80::1%eth0' }], expression: 'tcp' })[1]).toBe(
      'fe80::1 50000 10.0.0.2 22',
    );
  });

  it('are refused with a sentence where they would not fit into a filter', () => {
    const many = Array.from({ length: 65 }, (_, at) => ({ ...ssh, clientPort: 1024 + at }));
    expect(lines({ exclude: many, addresses: ['10.9.9.9'] })[1]).toBe('');
    expect(refusal({ exclude: many, expression: 'tcp' })?.sentence).toMatch(
      /^65 SSH connections .*: watch without a filter of your own, or open .* fewer nodes/,
    );
    // A masquerade to others is no reason to give up what ran.
    const elsewhere = [{ address: '10.0.0.2', peers: ['8.8.8.8'] }];
    expect(lines({ exclude: many, outside: elsewhere })[1]).toBe('');
    expect(
      refusal({ exclude: many, outside: [{ address: '10.0.0.2', peers: ['10.0.0.1'] }] })?.sentence,
    ).toMatch(/^65 SSH connections .*: open .* fewer nodes/);
    const addresses = Array.from({ length: 17 }, (_, at) => `10.0.1.${at}`);
    expect(refusal({ addresses })?.sentence).toContain('17 addresses');
    expect(refusal({ expression: 'a'.repeat(1001) })).toMatchObject({ kind: 'filter-refused' });
    expect(refusal({ interfaceName: '$(id);x' })?.sentence).toContain('cannot be captured by its name');
    for (const expression of ['tcp)', ') or (tcp', '((tcp)'])
      expect(refusal({ expression })?.sentence).toContain('parentheses');
    for (const expression of ["tcp';id", '`id`', '$(id)', 'tcp\nid', 'tcp\0', '{a,b}', 'tcp"', 'a#b', 'ä'])
      expect(refusal({ expression })).toMatchObject({ kind: 'filter-refused' });
  });
});

/** Options of tcpdump that are ours to give: the interface, the length. Then `--`, and one word more: the filter. */
const COMMAND =
  /^-i\0([\dA-Za-z._@+-]{1,15})\0-p\0-n\0-U\0--immediate-mode\0-s\0\d{1,6}\0-B\x0016384\0(?:-w\0-\0|-d\0)(?:--\0([^\0]*)\0)?$|^-i\0[^\0]+\0-p.*-L\0$/s;

describe.each(SHELLS)('the script under %s', (shell) => {
  let folder = '';
  let round = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hopscope-parameters-'));
    const tool = `#!/bin/sh\nprintf '%s\\0' "$@" >$$\nexit 3\n`;
    writeFileSync(join(folder, 'tcpdump'), tool, { mode: 0o755 });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What tcpdump was started with, and how the node's half ended; the files that were there after it. */
  async function ran(parameters: string): Promise<{ commands: string[]; word: string | null }> {
    const cwd = join(folder, String(round++));
    // A folder of its own to be in: a word that the shell expanded or redirected would leave or name a file here.
    const argv = (command: string): string[] => [
      '/bin/sh',
      '-c',
      'mkdir "$1" && cd "$1" && mkdir any && : >any/file && exec /bin/sh -c "$2"',
      'sh',
      cwd,
      command,
    ];
    const payload = { kind: 'capture', tool: join(folder, 'tcpdump'), parameters } as const;
    const guarded = await runGuarded(localTransport({ argv }), payload, { signal: never, shell });
    if (!guarded.ok) throw new Error(guarded.failure.sentence);
    const { channel, nonce } = guarded.value;
    const stderr = new CaptureStderr(nonce);
    let word: string | null = null;
    for await (const chunk of channel.stderr)
      for (const item of stderr.push(chunk)) if (item.kind === 'end') word = item.word;
    await guarded.value[Symbol.asyncDispose]();
    const files = readdirSync(cwd).filter((name) => name !== 'any');
    expect(files.filter((name) => !/^\d+$/.test(name))).toEqual([]);
    return { commands: files.map((name) => readFileSync(join(cwd, name), 'latin1')), word };
  }

  it('starts tcpdump with the filter as one word', async () => {
    const expression = String.raw`tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 and not host 1::2 or ether[0] >= 0x1 \ip ~ * ^ % @ <`;
    const own = '10.0.0.1 50000 10.0.0.2 22';
    const filter = lines({ addresses: ['192.168.2.3', 'fd00::3'] })[2] ?? '';
    expect(await ran(`0 0 any 128\n${own}\n${filter}\n`)).toEqual({
      commands: [
        '-i\0any\0-p\0-n\0-U\0--immediate-mode\0-s\x00128\0-B\x0016384\0-w\0-\0--\0' +
          'not (tcp and host 10.0.0.1 and host 10.0.0.2 and port 50000 and port 22) and ' +
          'not (outbound and ifindex 1) and (host 192.168.2.3 or host fd00::3' +
          ' or (ip proto 4 and (ip[32:4] = 0xc0a80203 or ip[36:4] = 0xc0a80203))' +
          ' or (udp and (udp[42:4] = 0xc0a80203 or udp[46:4] = 0xc0a80203' +
          ' or (udp[38:4] = 0xfd000000 and udp[42:4] = 0x0 and udp[46:4] = 0x0 and udp[50:4] = 0x3)' +
          ' or (udp[54:4] = 0xfd000000 and udp[58:4] = 0x0 and udp[62:4] = 0x0 and udp[66:4] = 0x3))))\0',
      ],
      word: '3',
    });
    const { commands } = await ran(`0 0 lo 256\n\n${expression}\n`);
    expect(COMMAND.exec(commands[0] ?? '')?.[2]).toBe(`not outbound and (${expression})`);
  });

  it('tells how tcpdump ended, also when a tick comes just then', async () => {
    const all = Array.from({ length: 16 }, () => ran('0 0 any 128\n\nhost 1.2.3.4\n'));
    expect((await Promise.all(all)).map(({ word }) => word)).toEqual(all.map(() => '3'));
  });

  it.each(['eth99', '9', 'dbus-system', 'any0', '-w', 'nflog'])('knows no interface %s', async (name) => {
    const inode = Number(/\d+/.exec(readlinkSync('/proc/self/ns/net'))?.[0]);
    for (const where of ['0 0', `${process.pid} ${inode}`])
      expect(await ran(`${where} ${name} 128\n\nhost 1.2.3.4\n`)).toEqual({
        commands: [],
        word: 'interface',
      });
  });

  it('makes neither shell nor options of anything that it is given', async () => {
    const nasty = fc.constantFrom(
      ...[
        '$(touch pwned)',
        '`touch pwned`',
        ';touch pwned',
        "';touch pwned;'",
        '"',
        '-w/tmp/pwned',
        '>pwned',
        '*',
      ],
      ...[
        'any/*',
        '\\',
        '1.2.3.4',
        '-z',
        'any',
        'lo',
        '0',
        '128',
        '::',
        '(',
        ')',
        '$hop_nonce',
        '~',
        '\t',
        '\r',
      ],
      ...[
        '999999999999999999999',
        '1.2.3.4 5 6.7.8.9 22',
        '{a,b}',
        '&',
        '|',
        '<any/file',
        '!',
        '[',
        ']',
        '=',
        "'",
      ],
    );
    const free = fc
      .string({ unit: 'binary-ascii', maxLength: 20 })
      .map((text) => text.replaceAll(/[\n\0]/g, ''));
    const word = fc.oneof({ weight: 3, arbitrary: nasty }, { weight: 1, arbitrary: free });
    const line = fc.array(word, { maxLength: 5 }).map((words) => words.join(' '));
    // Half of them right but for one line, for what is all wrong is turned away at the first.
    const right = ['0 0 any 128', '1.2.3.4 5 6.7.8.9 22', 'tcp'];
    const parameters = fc.oneof(
      fc.tuple(fc.nat(2), line).map(([at, one]) => right.map((other, index) => (index === at ? one : other))),
      fc.tuple(line, line, line),
    );
    await fc.assert(
      fc.asyncProperty(parameters, async (given) => {
        const { commands, word: end } = await ran(`${given.join('\n')}\n`);
        if (commands.length === 0) expect(end).toMatch(/^(bad|interface|gone)$/);
        else {
          for (const command of commands) expect(command).toMatch(COMMAND);
          expect(end).toBe('3');
        }
      }),
      { numRuns: runs(40) },
    );
    expect(round).toBeGreaterThan(40);
  });

  it('takes what our own half gives, whatever is asked for', async () => {
    const text = fc.string({
      unit: fc.constantFrom(...Array.from('tcp ()[]-\\&|!<>=+*/%^~@.:,_19aZ')),
      maxLength: 40,
    });
    const asked = fc.record({
      namespace: fc.constant(null),
      interfaceName: fc.constantFrom(null, 'lo', '-w', 'a b', 'any'),
      addresses: fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), { maxLength: 3 }),
      expression: fc.option(text),
      exclude: fc.array(
        fc.record({
          client: fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()),
          clientPort: fc.nat(65_535),
          server: fc.ipV4(),
          serverPort: fc.constant(22),
        }),
        { maxLength: 3 },
      ),
      snaplen: fc.nat(1e6),
    });
    await fc.assert(
      fc.asyncProperty(asked, async (one) => {
        const parameters = captureParameters(one);
        if (!parameters.ok) return;
        const { commands, word } = await ran(parameters.value);
        if (one.interfaceName === '-w') expect(word).toBe('interface');
        else expect(word).toBe('3');
        const filter = COMMAND.exec(commands[0] ?? '')?.[2];
        if (commands.length > 0 && one.expression?.trim())
          expect(filter).toContain(`(${one.expression.trim()})`);
      }),
      { numRuns: runs(20) },
    );
  });
});
