// `hopscope bgp` as a script sees it, on a lab with a route reflector: what it prints, and its exit codes.
import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { bgpExchangeSchema } from '../../app/topology/bgp-exchange-model.ts';
import { bgpMatrixSchema } from '../../app/topology/bgp-matrix-model.ts';
import { startLab, type Lab } from '../engine/testing/lab.ts';
import { CLI } from '../testing/programs.ts';

const documentSchema = bgpMatrixSchema.extend({ prefixes: z.record(z.string(), bgpExchangeSchema) });
let lab: Lab;

function hopscope(...words: string[]): Promise<{ readonly code: number; readonly stdout: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...CLI, 'bgp', '--cluster', lab.clusterFile, ...words],
      { timeout: 60_000, env: { ...process.env, SSH_AUTH_SOCK: '' } },
      (_error, stdout) => {
        resolve({ code: child.exitCode ?? -1, stdout });
      },
    );
    child.stdin?.end();
  });
}

beforeAll(async () => {
  lab = await startLab('bgp-cli', '--reflectors', '1', '--pods', '1');
}, 90_000);

afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

it('clients of a reflector are no gap: exit code 0, and who reflects is said', async () => {
  const { code, stdout } = await hopscope('--json', '--prefixes');
  expect(code).toBe(0);
  const document = documentSchema.parse(JSON.parse(stdout));
  const { prefixes, ...matrix } = document;
  // The reflector gives each client the other's block and its own, and both are installed there.
  const ofFirst = prefixes[matrix.pairs[0]?.id ?? ''];
  expect(ofFirst?.ok === true && ofFirst.directions).toMatchObject([
    { from: 'k8s-master', to: 'k8s-worker-1', counts: { installed: 2, missing: 0, refused: 0 } },
    { from: 'k8s-worker-1', to: 'k8s-master', counts: { installed: 1, missing: 0, refused: 0 } },
  ]);
  expect(matrix).toMatchObject({ wrong: 0, gaps: [], mesh: { on: false } });
  // It waits for Calico's lists, which come last.
  expect(matrix.mesh.sentence).not.toContain('no BGPConfiguration was read');
  expect(matrix.pairs.map(({ verdict, ends }) => [verdict, ends.map((end) => end?.name)])).toEqual([
    ['established', ['Node_10_12_22_151', 'Global_10_12_22_150']],
    ['established', ['Node_10_12_22_152', 'Global_10_12_22_150']],
  ]);
  const reflectors = matrix.nodes.filter(({ reflector }) => reflector);
  expect(reflectors).toMatchObject([{ label: 'k8s-master', clusterIds: ['244.0.0.1'], as: 64512 }]);
  expect(matrix.pairs[0]?.ends[0]).toMatchObject({
    reflects: true,
    holdTime: 240,
    localAs: 64512,
    neighbourAs: 64512,
    neighbourAddress: '10.12.22.151',
    imported: 1,
    exported: 2,
  });
}, 60_000);

it('a session that should be up and is not: exit code 1, with both sides’ words', async () => {
  await lab.exec(
    'k8s-worker-2',
    'birdcl',
    '-s',
    '/var/run/calico/bird.ctl',
    'disable',
    'Global_10_12_22_150',
  );
  const { code, stdout } = await hopscope('--prefixes');
  expect(code).toBe(1);
  expect(stdout).toMatch(/^disabled {2}k8s-master – k8s-worker-2$/m);
  expect(stdout).toMatch(/^ {2}k8s-master → k8s-worker-1: \d installed$/m);
  expect(stdout).toContain('k8s-worker-2: switched off by hand or by its configuration (down).');
  expect(stdout).toMatch(/^1 of 2 sessions that should be up is not, or not well\.$/m);
}, 60_000);
