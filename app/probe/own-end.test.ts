// The shells of nodes and containers: dash and BusyBox' ash, with every timeout(1) there is, and with none.
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OWN_END } from './own-end.ts';

let folder = '';
const ways = ['none', 'coreutils', 'BusyBox', 'old BusyBox'] as const;
const shells = { dash: ['dash'], ash: ['busybox', 'sh'] } as const;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hopscope-own-end-'));
  const place = async (way: string, name: string, target: string) => {
    await mkdir(join(folder, way), { recursive: true });
    await symlink(target, join(folder, way, name));
  };
  const [sleep = '', busybox = '', timeout = '', sh = ''] = await Promise.all(
    ['sleep', 'busybox', 'timeout', 'sh'].map(which),
  );
  for (const way of ways) {
    await place(way, 'sleep', sleep);
    await place(way, 'sh', sh);
  }
  await place('coreutils', 'timeout', timeout);
  await place('BusyBox', 'timeout', busybox);
  // As BusyBox 1.29 takes its arguments: without -t the first word is the program.
  const old = join(folder, 'old BusyBox', 'timeout');
  await writeFile(old, `#!${sh}\n[ "$1" = -t ] || exec "$1"\nn=$2; shift 2\nexec ${timeout} "$n" "$@"\n`);
  await chmod(old, 0o755);
});

afterAll(() => rm(folder, { recursive: true }));

function which(name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('sh', ['-c', `command -v ${name}`], (error, out) => {
      if (error === null) resolve(out.trim());
      else reject(new Error(`no ${name} here`, { cause: error }));
    });
  });
}

describe.concurrent.each(Object.keys(shells) as (keyof typeof shells)[])('%s', (shell) => {
  const [program, ...before] = shells[shell];
  const run = (
    way: string,
    seconds: string,
    ...command: string[]
  ): Promise<{ status: number; out: string; ms: number }> =>
    new Promise((resolve) => {
      const began = performance.now();
      void which(program).then((path) =>
        execFile(
          path,
          [...before, '-c', OWN_END, 'sh', seconds, ...command],
          { env: { PATH: join(folder, way) }, timeout: 30_000 },
          (error, out) => {
            const status =
              error === null
                ? 0
                : typeof error.code === 'number'
                  ? error.code
                  : error.signal === 'SIGTERM'
                    ? 143
                    : -1;
            resolve({ status, out, ms: performance.now() - began });
          },
        ),
      );
    });

  it.each(ways)('timeout(1): %s. What hangs is ended, what ends has its own status', async (way) => {
    // execFile waits until every copy of stdout is closed: nothing that hangs is left.
    const hung = await run(way, '1', 'sleep', '60');
    expect([124, 143]).toContain(hung.status);
    expect(hung.ms).toBeLessThan(3 * 1_000 + 2_000);
    const quick = await run(way, '25', 'sh', '-c', 'echo "$0 $1"; exit 7', "a'b", 'c d');
    expect(quick).toMatchObject({ status: 7, out: "a'b c d\n" });
    expect(quick.ms).toBeLessThan(20_000);
  });
});
