import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { runFolder } from './run-folder.ts';
import { LAB } from './testing/lab-run.ts';

const lab = [process.execPath, ...LAB];

/** What `lab down` would remove lies in a /run of the test's own: a mount namespace with an empty one. Needs root. */
async function inOwnRun(script: string, ...words: string[]): Promise<string> {
  const inside = `mount -t tmpfs tmpfs /run && mkdir -p /run/hopscope-lab/one && echo {} >/run/hopscope-lab/one/state.json; ${script}`;
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', inside, 'sh', ...lab, ...words];
  return (await promisify(execFile)('unshare', args, { timeout: 20_000 })).stdout;
}

it.each([
  ['', ['down']],
  ['..', ['down']],
  ['one/..', ['heal']],
  ['..', ['exec', 'k8s-master', 'true']],
])(
  'no verb leaves the folder of its instance: --name "%s" is refused for %j, nothing is removed',
  async (name, [verb = '', ...rest]) => {
    const look = 'find /run -type f; "$@" 2>&1; echo "exit $?"; find /run -type f';
    expect(await inOwnRun(look, verb, '--name', name, ...rest)).toBe(
      `/run/hopscope-lab/one/state.json\n"${name}" cannot be a lab's name: use 1 to 24 lower-case letters, digits and hyphens.\nexit 2\n/run/hopscope-lab/one/state.json\n`,
    );
  },
);

it('has no folder for what is not a name', () => {
  for (const name of ['', '.', '..', '../..', 'one/..', '/run', 'One', '.lock-one'])
    expect(() => runFolder(name)).toThrow('is not the name of a lab');
});
