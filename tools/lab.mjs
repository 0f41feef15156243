// The lab as `npm start` uses it: through its own program, up for the window and down after it.
import { inClone, isRoot } from './paths.mjs';
import { run } from './run.mjs';

const UP_MS = 90_000;
const DOWN_MS = 60_000;
const STATUS_MS = 30_000;

const lab = (args, timeout, signal) =>
  run(process.execPath, [inClone('dist/main/cli.js'), 'lab', ...args], { timeout, signal });

/** Why this machine can have no lab, or null. */
export function labImpossible() {
  if (process.platform !== 'linux') {
    return 'The lab is built from Linux network namespaces, and this is not Linux. Connect to a cluster of your own instead.';
  }
  if (!isRoot) {
    return 'The lab needs root (network namespaces, mounts). Run `sudo npm start` for it, or connect to a cluster of your own.';
  }
  return null;
}

async function status(name) {
  const { code, stdout } = await lab(['status', '--name', name, '--json'], STATUS_MS);
  return code === 0
    ? (JSON.parse(stdout).instances.find((instance) => instance.name === name) ?? null)
    : null;
}

/**
 * Brings the lab up for the user with number `owner`. Resolves to `{ clusterFile, wasUp }`, or `{ refused: sentence }`.
 */
export async function labUp(name, owner, signal) {
  const before = await status(name);
  const wasUp = before?.phase === 'up';
  const up = await lab(['up', '--name', name, '--owner', String(owner)], UP_MS, signal);
  if (up.code !== 0) {
    await labDown(name);
    const words = up.timedOut
      ? 'it was not up within 90 s'
      : (up.stderr || up.stdout).trim().split('\n').at(-1);
    return { refused: `The lab cannot be brought up: ${words}` };
  }
  const now = await status(name);
  if (now === null) return { refused: 'The lab says that it is up, and has no status.' };
  return { clusterFile: now.client.cluster, wasUp, summary: up.stdout.trim() };
}

/** Ends the lab. Resolves to null, or to what it said against it. */
export async function labDown(name) {
  const { code, stderr, stdout } = await lab(['down', '--name', name], DOWN_MS);
  return code === 0 ? null : (stderr || stdout).trim();
}
