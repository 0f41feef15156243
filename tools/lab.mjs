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

/**
 * Brings the lab up for the user with number `owner`. Resolves to `{ clusterFile, nodes, reused, summary }`, or
 * `{ refused: sentence }`. `reused`, as the lab says under its lock: it is somebody else's, and stays up after us. What
 * does not come up removes itself; another's lab of that name is never ended for it.
 */
export async function labUp(name, owner, signal) {
  const up = await lab(['up', '--name', name, '--owner', String(owner), '--json'], UP_MS, signal);
  if (up.code !== 0) {
    const words = up.timedOut
      ? 'it was not up within 90 s'
      : (up.stderr || up.stdout).trim().split('\n').at(-1);
    return { refused: `The lab cannot be brought up: ${words}` };
  }
  const { reused, instance } = JSON.parse(up.stdout);
  const { stdout } = await lab(['status', '--name', name], STATUS_MS);
  return { clusterFile: instance.client.cluster, nodes: instance.nodes, reused, summary: stdout.trim() };
}

/** Ends the lab. Resolves to null, or to what it said against it. */
export async function labDown(name) {
  const { code, stderr, stdout } = await lab(['down', '--name', name], DOWN_MS);
  return code === 0 ? null : (stderr || stdout).trim();
}
