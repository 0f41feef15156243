// `hopscope discover`: its time against as many parallel `ssh NODE true`, and what it costs a node.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { discoverDocumentSchema } from '../app/contract/discover-document.ts';
import { openCountedDoor } from './fixtures/counted-door.ts';
import { report, ROUNDS, rounds, tellLoad } from './fixtures/figures.ts';
import { startLab, type Lab } from './fixtures/lab.ts';
import { finish, hopscope } from './fixtures/program.ts';

const SIZES = [3, 12, 30];
const TIME_BUDGET = 1.5;
const CPU_BUDGET_MS = 250;
const PODS = 100;
const ROUTES = 10_000;

tellLoad('at the start');
for (const size of SIZES) await timeOf(size);
await costOf();
tellLoad('at the end');

/** Connect and discover, wall clock. */
async function timeOf(size: number): Promise<void> {
  await using lab = await startLab(`d${size}`, { nodes: size, pods: 2 });
  const discover = async (): Promise<number> => {
    const { ms, stdout } = await hopscope(['discover', '--cluster', lab.client.cluster, '--json']);
    const found = discoverDocumentSchema.parse(JSON.parse(stdout));
    if (found.nodes.length !== size) throw new Error(`discovered ${found.nodes.length} of ${size} nodes`);
    return ms;
  };
  const values = await rounds(ROUNDS, {
    discover,
    startUp: async () => (await hopscope(['--version'])).ms,
    ssh: () => sshTrue(lab),
  });
  const reference = { name: `${size} × \`ssh NODE true\` in parallel`, values: values.ssh };
  report({
    name: `connect and discover ${size} nodes, whole process`,
    measured: values.discover,
    unit: 'ms',
    reference,
    budget: null,
  });
  report({
    name: 'our own start-up (`hopscope --version`)',
    measured: values.startUp,
    unit: 'ms',
    reference,
    budget: null,
  });
  report({
    name: `connect and discover ${size} nodes, after our start-up`,
    measured: values.discover.map((ms, round) => ms - (values.startUp[round] ?? Number.NaN)),
    unit: 'ms',
    reference,
    budget: { of: 'ratio', atMost: TIME_BUDGET },
  });
}

async function sshTrue(lab: Lab): Promise<number> {
  const started = performance.now();
  await Promise.all(lab.nodes.map(({ name }) => finish('ssh', ['-F', lab.client.sshConfig, name, 'true'])));
  return performance.now() - started;
}

/** CPU of a full node, everything between accepting the connection and the last process gone. */
async function costOf(): Promise<void> {
  await using lab = await startLab('cpu', { nodes: 2, pods: PODS });
  await addRoutes(lab.worker.pid);
  await using door = await openCountedDoor(lab);
  const discover = async (): Promise<void> => {
    const { stdout } = await hopscope(['discover', '--cluster', door.clusterFile, '--json']);
    const found = discoverDocumentSchema.parse(JSON.parse(stdout));
    const routes = found.nodes[0]?.routes.length ?? 0;
    if (found.pods.length < PODS || routes < ROUTES) {
      throw new Error(`discovered ${found.pods.length} Pods and ${routes} routes`);
    }
  };
  const { stdout: collector } = await hopscope(['collect']);
  const quoted = `'${collector.replaceAll("'", String.raw`'\''`)}'`;
  const collect = async (): Promise<void> => {
    const { stdout } = await finish('ssh', [...door.sshArguments, `sh -c ${quoted}`]);
    if (!stdout.includes('END HOPSCOPE')) throw new Error('the collector printed no reading');
  };
  const values = await rounds(ROUNDS, {
    discover: () => door.count(discover),
    collect: () => door.count(collect),
    ssh: () => door.count(() => finish('ssh', [...door.sshArguments, 'true'])),
  });
  report({
    name: `CPU of a node with ${PODS} Pods and ${ROUTES} routes, one connect and discover`,
    measured: values.discover,
    unit: 'ms',
    reference: { name: 'CPU of one `ssh NODE true`', values: values.ssh },
    budget: { of: 'value', atMost: CPU_BUDGET_MS },
  });
  report({
    name: 'the same, everything that is ever read and printed at once (`hopscope collect`)',
    measured: values.collect,
    unit: 'ms',
    reference: { name: 'CPU of one `ssh NODE true`', values: values.ssh },
    budget: null,
  });
}

/** Static, so that BIRD leaves them alone. */
async function addRoutes(nodePid: number): Promise<void> {
  const lines = Array.from({ length: ROUTES }, (_, index) => {
    const prefix = `10.100.${Math.floor(index / 256)}.${index % 256}/32`;
    return `route add ${prefix} via 10.12.22.150 dev ens192 proto static\n`;
  });
  const target = ['-t', String(nodePid), '--net', '--'];
  const child = spawn('nsenter', [...target, 'ip', '-batch', '-'], { stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(lines.join(''));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error('the routes could not be added');
}
