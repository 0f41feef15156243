import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { checkMachine } from './preflight.ts';
import { LAB } from './testing/lab-run.ts';

const run = promisify(execFile);

/** Runs `lab up` after `prepare` in namespaces of its own. @returns its exit code and its only line of stderr. */
async function upAfter(prepare: string, namespaces: string[]): Promise<{ code: number; said: string }> {
  const script = `${prepare}; exec "$@"`;
  const args = [...namespaces, 'sh', '-c', script, 'sh', process.execPath, ...LAB, 'up', '--name', 'refused'];
  try {
    await run('unshare', args, { timeout: 20_000 });
    return { code: 0, said: '' };
  } catch (cause) {
    const { code, stderr } = cause as { code: number; stderr: string };
    return { code, said: stderr.trim() };
  }
}

describe('checkMachine', () => {
  it('refuses another system and another user, each with its reason', async () => {
    expect(await checkMachine({ platform: 'darwin', uid: 0 })).toMatchObject({
      failure: { kind: 'not-linux' },
    });
    expect(await checkMachine({ platform: 'linux', uid: 1000 })).toMatchObject({
      failure: { kind: 'not-root' },
    });
  });

  it('names every missing tool and the command that installs them', async () => {
    const hide = 'mount --bind /dev/null /usr/sbin/bird; mount --bind /dev/null /usr/bin/tcpdump';
    const { code, said } = await upAfter(hide, ['--mount', '--propagation', 'private']);
    expect(code).toBe(2);
    expect(said).toBe(
      'The lab needs bird, tcpdump, not found here; install with: apt-get install bird2 tcpdump',
    );
  });

  it('says so when root may make no namespaces', async () => {
    const { code, said } = await upAfter('echo 0 >/proc/sys/user/max_net_namespaces', [
      '--user',
      '--map-root-user',
    ]);
    expect(code).toBe(2);
    expect(said).toMatch(
      /^This machine does not let root make namespaces \(unshare failed: .*\); run the lab on /,
    );
    expect(said.split('\n')).toHaveLength(1);
  });
});
