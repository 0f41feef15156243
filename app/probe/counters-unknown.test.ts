// What the ledger cannot know of a node, since something was refused, cut or not understood.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { countersScript } from './counters-script.ts';
import { parseDeviceHooks } from './device-hooks.ts';
import { parseDiscovery } from './discovery.ts';

const nonce = 'abcdef0123456789';

type Part = readonly [name: string, text: string, status?: number, stderr?: string];

function countersOf(...parts: readonly Part[]) {
  const frames = parts.map(([name, text, status = 0, stderr = '']) =>
    [
      `#${nonce} begin ${name} 5.00 ${name}`,
      text,
      `#${nonce} end ${name} ${String(status)} 5.01`,
      `#${nonce} stderr ${name}\n${stderr}\n`,
    ].join('\n'),
  );
  const meta =
    'sys/kernel/random/boot_id 0c0ffee0-0000-4000-8000-000000000001\nsys/kernel/hostname a\nsys/kernel/osrelease 6.1\nuid 0\nnetns net:[1]\ntools ip';
  const output = `#${nonce} clock 1000.0 5.00\n#${nonce} begin meta 5.00 cat\n${meta}\n#${nonce} end meta 0 5.01\n${frames.join('')}#${nonce} done 5.02\n`;
  const parsed = parseDiscovery(new TextEncoder().encode(output), { nonce, nodeLabel: 'w', seenAt: 1 });
  if (!parsed.ok) throw new Error(parsed.failure.sentence);
  return parsed.value.counters;
}

const files = '==> self/net/snmp <==\nIp: InReceives\nIp: 1\n==> 2/comm <==\nkthreadd\n';

it('is said in a sentence each, and what was read stays good', () => {
  expect(countersOf(['counted', ''], ['counters', files])).toMatchObject({ state: 'ok', sentence: null });
  expect(countersOf(['counted', ''], ['counters', files])?.value?.wholeMachine).toBe(true);
  const section = countersOf(
    ['counted', 'unread 7'],
    ['counters', files.replace('Ip: 1\n', 'Ip: 1\n???\n')],
    ['qdiscs', '', 1, 'RTNETLINK answers: nothing'],
    ['devicehooks', '', 124],
  );
  expect(section?.state).toBe('ok');
  expect(section?.value?.wholeMachine).toBe(false);
  const said = section?.sentence ?? '';
  expect(said).toContain('What 7 network namespaces on w drop was not read: there are too many.');
  expect(said).toContain('The drops of queues of w are unknown');
  expect(said).toContain('The rules at interfaces of w are unknown');
  expect(said).toContain('Of the counters of w, lines that were not understood: 1.');
});

it('tables of rules beyond the bound, and of names that no shell should get, are counted', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-hooks-'));
  try {
    const tables = [...Array.from({ length: 22 }, (_, at) => `t${String(at)}`), 'a;b'];
    const listed = tables.map(
      (name) =>
        `table netdev ${name} {\n\tchain c {\n\t\ttype filter hook ingress device "d" priority filter; policy accept;\n\t}\n}\n`,
    );
    writeFileSync(join(folder, 'all'), listed.join(''));
    const nft = `#!/bin/sh\ncase "$*" in 'list chains netdev') cat ${folder}/all;; -a*) echo "table $5 $6 {"; echo '}';; esac\n`;
    writeFileSync(join(folder, 'nft'), nft, { mode: 0o755 });
    const script = `within() { shift; "$@"; }\n${countersScript}\ndevice_hooks`;
    const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}` };
    const text = execFileSync('sh', ['-s'], { input: script, env, encoding: 'utf8' });
    expect(text.match(/^table netdev t\d+/gm)).toHaveLength(20);
    expect(text).toContain('left out 3\n');
    expect(parseDeviceHooks(text)).toEqual({ rules: [], unread: 0, cut: true });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
