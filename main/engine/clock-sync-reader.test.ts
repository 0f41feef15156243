import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { localTransport } from '../node/testing/local-transport.ts';
import { readClockSync } from './clock-sync-reader.ts';

const { signal } = new AbortController();
const tracking =
  'C0A80101,192.168.1.1,3,1795800650.8,-0.000012,0.0,0.0,-12.3,0.010,0.250,0.0015,0.0003,64.2,Normal';

it('asks a node under the guard, and of one that cannot answer nothing is known', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'hopscope-sync-'));
  try {
    await writeFile(path.join(folder, 'chronyc'), `#!/bin/sh\necho '${tracking}'\n`);
    await chmod(path.join(folder, 'chronyc'), 0o755);
    const node = localTransport({
      argv: (command) => ['sh', '-c', `PATH='${folder}':$PATH; export PATH; ${command}`],
    });
    const sync = await readClockSync(node, { label: 'a', now: () => 0, signal });
    expect(sync).toMatchObject({ by: 'chrony', source: '192.168.1.1' });
    expect(sync?.bound?.plusMinusNs).toBeCloseTo(1_062_000, 0);
  } finally {
    await rm(folder, { recursive: true });
  }
  const mute = localTransport({ argv: () => ['false'] });
  expect(await readClockSync(mute, { label: 'a', now: () => 0, signal })).toBeNull();
});
