// Where packets go on a real lab, as a script sees it: `hopscope route`, `trace`, `probe` and `scope`.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { inFullTier } from '../../app/testing/runs.ts';
import { probeAnswerSchema } from '../../app/trace/probe-model.ts';
import type { Lab } from '../engine/testing/lab.ts';
import { startCliLab, type CliLab } from './testing/cli-lab.ts';

const tracedPath = z.object({
  verdict: z.string(),
  share: z.number(),
  endpoint: z.string().nullable(),
  hops: z.array(
    z.object({
      namespace: z.string(),
      ingress: z.string().nullable(),
      egress: z.string().nullable(),
      route: z.object({ dst: z.string(), proto: z.string() }).nullable(),
      steps: z.array(z.object({ rules: z.array(z.object({ chain: z.string(), did: z.string() })) })),
    }),
  ),
  stopsAt: z.object({ node: z.string(), interface: z.string().nullable() }).nullable(),
});
const traceDocument = z.object({
  schema: z.literal(1),
  predicted: tracedPath,
  paths: z.array(tracedPath),
  reverse: tracedPath.nullable(),
  kernelAgrees: z.boolean().nullable(),
  findings: z.array(z.unknown()),
});

let cli: CliLab;
let lab: Lab;
let folder: string;
const hopscope = (...words: string[]) => cli.hopscope(...words);
const started = (...words: string[]) => cli.started(...words);

beforeAll(async () => {
  cli = await startCliLab('cli-trace');
  ({ lab, folder } = cli);
}, 90_000);
afterAll(() => cli[Symbol.asyncDispose]());

it('hopscope route says where an address goes and who is behind it, and exits 1 for one that goes nowhere', async () => {
  const words = ['--cluster', lab.clusterFile];
  const there = await hopscope('route', '192.168.2.3', '--node', 'k8s-worker-1', '--json', ...words);
  expect(there).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(there.stdout)).toMatchObject({
    schema: 1,
    nodes: [
      {
        node: 'k8s-worker-1',
        explanation: {
          verdict: 'forwarded',
          rule: { priority: 32766 },
          route: { key: { dst: '192.168.2.0/24', via: '10.12.22.152' }, proto: 'bird' },
          hops: [{ name: 'k8s-worker-2', trouble: null }],
          losers: [{ reason: 'shorter-prefix', route: { key: { dst: '0.0.0.0/0' } } }],
        },
        provenance: { session: { name: 'Mesh_10_12_22_152' }, bird: { verdict: 'agree' } },
      },
    ],
  });
  // From inside a Pod: its own way first, then what its node makes of it.
  const fromPod = await hopscope('route', '192.168.2.3', '--from', 'c2c-network-demo', '--json', ...words);
  expect(fromPod).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(fromPod.stdout)).toMatchObject({
    nodes: [
      {
        node: 'c2c-network-demo',
        explanation: {
          verdict: 'forwarded',
          route: { key: { dst: '0.0.0.0/0', via: '169.254.1.1', dev: 'eth0' } },
          hops: [{ dev: 'eth0', trouble: null }],
          notes: [],
        },
      },
      { node: 'k8s-worker-1', explanation: { route: { key: { dst: '192.168.2.0/24' } } } },
    ],
  });
  // From every node at once: two lead to the block's own, which has nobody of that address.
  const nowhere = await hopscope('route', '192.168.1.77', ...words);
  expect(nowhere.code).toBe(1);
  expect(nowhere.stdout).toMatch(/^k8s-master +192\.168\.1\.77 goes by ens192 to 10\.12\.22\.151/m);
  expect(nowhere.stdout).toMatch(/^k8s-worker-1 +192\.168\.1\.77: a blackhole takes it/m);
  const wrong = await hopscope('route', 'pod', ...words);
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr).toMatch(/must be IP addresses/);
}, 60_000);

it('hopscope trace goes from Pod to Pod and to a Service and back, as the kernels say, with the chains that accepted', async () => {
  const words = ['--json', '--cluster', lab.clusterFile];
  const [pod, service] = await Promise.all([
    hopscope('trace', 'c2c-network-demo', 'c2c-network-demo-w2', '--port', '8080', ...words),
    hopscope('trace', 'k8s-master', 'svc/default/web', ...words),
  ]);
  expect([pod.code, pod.stderr, service.code, service.stderr]).toEqual([0, '', 0, '']);
  const document = traceDocument.parse(JSON.parse(pod.stdout));
  const hops = ({ hops: list }: z.infer<typeof tracedPath>) =>
    list.map(({ namespace, ingress, egress, route }) => [namespace, ingress, egress, route?.dst ?? null]);
  expect(hops(document.predicted)).toEqual([
    ['c2c-network-demo on k8s-worker-1', null, 'eth0', '0.0.0.0/0'],
    ['k8s-worker-1', 'calid9d486e54a8', 'ens192', '192.168.2.0/24'],
    ['k8s-worker-2', 'ens192', 'calia4d5046802b', '192.168.2.3/32'],
    ['c2c-network-demo-w2 on k8s-worker-2', 'eth0', null, '192.168.2.3/32'],
  ]);
  expect(document.predicted.hops[1]?.route?.proto).toBe('bird');
  const accepted = document.predicted.hops[1]?.steps.flatMap(({ rules }) => rules);
  expect(accepted).toContainEqual(expect.objectContaining({ chain: 'cali-from-wl-dispatch' }));
  expect(accepted).toContainEqual(expect.objectContaining({ chain: 'FORWARD', did: 'accepted' }));
  expect(document).toMatchObject({ kernelAgrees: true, reverse: { verdict: 'delivered' }, findings: [] });
  // Half of the connections go to each endpoint.
  const { paths, kernelAgrees } = traceDocument.parse(JSON.parse(service.stdout));
  expect(paths.map(({ verdict, share, endpoint }) => [verdict, share, endpoint]).sort()).toEqual([
    ['delivered', 0.5, '192.168.1.3:8080 (default/web-1)'],
    ['delivered', 0.5, '192.168.2.2:8080 (default/web-2)'],
  ]);
  expect(kernelAgrees).toBe(true);
}, 60_000);

it('hopscope trace stops where the way is broken, and exits 1', async () => {
  const words = ['--port', '8080', '--json', '--cluster', lab.clusterFile];
  const down = ['ip', 'link', 'set', 'calia4d5046802b'];
  await lab.exec('k8s-worker-2', ...down, 'down');
  const broken = await hopscope('trace', 'c2c-network-demo', 'c2c-network-demo-w2', ...words);
  await lab.exec('k8s-worker-2', ...down, 'up');
  await lab.exec(
    'k8s-worker-2',
    'ip',
    'route',
    'replace',
    '192.168.2.3',
    'dev',
    'calia4d5046802b',
    'proto',
    '80',
    'scope',
    'link',
  );
  expect([broken.code, broken.stderr]).toEqual([1, '']);
  const { predicted, reverse } = traceDocument.parse(JSON.parse(broken.stdout));
  // Without its device the Pod's route is gone: the block's blackhole takes what is for it.
  expect(predicted.stopsAt).toMatchObject({ node: 'k8s-worker-2', interface: 'ens192' });
  expect([predicted.verdict, reverse]).toEqual(['dropped', null]);
}, 60_000);

it('hopscope probe sends nothing unasked; a lost packet is placed at the rule that took it, which the kernel names as well; nothing stays', async () => {
  const rule = ['FORWARD', '-p', 'tcp', '--dport', '8081', '-d', '192.168.2.3', '-j', 'DROP'];
  await lab.exec('k8s-worker-2', 'iptables', '-I', ...rule);
  const words = ['c2c-network-demo', 'c2c-network-demo-w2', '--port', '8081', '--cluster', lab.clusterFile];
  const audit = join(folder, 'probe.jsonl');
  const [asked, sent] = await Promise.all([
    hopscope('probe', ...words),
    hopscope('probe', ...words, '--rules', '--yes', '--json', '--audit', audit),
  ]);
  await lab.exec('k8s-worker-2', 'iptables', '-D', ...rule);
  expect([asked.code, asked.stderr]).toEqual([
    2,
    'hopscope: Nothing was sent: --yes agrees to what is shown.\n',
  ]);
  expect(asked.stdout).toMatch(
    /k8s-worker-1, as root, 3 times: Opens a connection to 192\.168\.2\.3 port 8081.*\n +\$ nsenter -t \d+ -n -- /,
  );
  expect([sent.code, sent.stderr]).toEqual([1, '']);
  const document = probeAnswerSchema.parse({ ok: true, ...(JSON.parse(sent.stdout) as object) });
  if (!document.ok || document.outcome === null) throw new Error(sent.stdout);
  const { verdict, sentence, predicted, agrees, rules } = document.outcome;
  expect([verdict, predicted, agrees]).toEqual(['lost', 'dropped', true]);
  expect(sentence).toMatch(
    /^Sent 3, none answered: filter FORWARD rule 1 on k8s-worker-2 rose by \d+ \(-d 192\.168\.2\.3\/32 -p tcp /,
  );
  expect(rules?.map(({ node, agrees: same, difference }) => [node, same, difference])).toEqual([
    ['k8s-worker-1', true, null],
    ['k8s-worker-2', true, null],
  ]);
  expect(rules?.[1]?.met.at(-1)).toMatchObject({ chain: 'FORWARD', number: 1, verdict: 'drop' });
  for (const node of ['k8s-worker-1', 'k8s-worker-2'])
    expect(await lab.exec(node, 'nft', 'list', 'tables')).not.toContain('hopscope');
  expect(await readFile(audit, 'utf8')).toMatch(/rule trace: nft table inet hopscope_trace_/);
}, 90_000);

if (inFullTier()) {
  const tables = (node: string): Promise<string> => lab.exec(node, 'nft', 'list', 'tables');
  const until = async (holds: () => Promise<boolean>): Promise<number> => {
    const began = performance.now();
    while (!(await holds()) && performance.now() - began < 45_000) await sleep(100);
    return performance.now() - began;
  };

  it('a probe that is killed leaves neither its rule nor a process; what an earlier one left is taken out by the next that connects', async () => {
    const node = 'k8s-worker-1';
    const words = [
      'c2c-network-demo',
      'c2c-network-demo-w2',
      '--rules',
      '--yes',
      '--cluster',
      lab.clusterFile,
    ];
    const { child, ended } = started('probe', ...words);
    await until(async () => (await tables(node)).includes('hopscope_trace_'));
    expect(await tables(node)).toContain('hopscope_trace_');
    child.kill('SIGKILL');
    const ms = await until(async () => !(await tables(node)).includes('hopscope_trace_'));
    console.log(`gone ${ms.toFixed(0)} ms after kill -9`);
    expect(ms).toBeLessThan(3 * 15_000);
    await until(async () => !/nft.*monitor|hopscope_trace_/.test(await lab.exec(node, 'ps', '-eo', 'args')));
    expect(await lab.exec(node, 'ps', '-eo', 'args')).not.toMatch(/nft.*monitor|hopscope_trace_/);
    await ended;
    // One whose time is over, and one of somebody who is at work.
    await lab.exec(node, 'nft', 'add', 'table', 'inet', 'hopscope_trace_1700000000_7');
    await lab.exec(node, 'nft', 'add', 'table', 'inet', 'hopscope_trace_9999999999_7');
    await hopscope('doctor', '--cluster', lab.clusterFile);
    expect(await tables(node)).not.toContain('hopscope_trace_1700000000_7');
    expect(await tables(node)).toContain('hopscope_trace_9999999999_7');
    await lab.exec(node, 'nft', 'delete', 'table', 'inet', 'hopscope_trace_9999999999_7');
  }, 180_000);

  const scope = (...more: string[]) =>
    hopscope(
      'scope',
      'c2c-network-demo',
      'c2c-network-demo-w2',
      '--port',
      '8080',
      '--cluster',
      lab.clusterFile,
      ...more,
    );

  it.each([
    ['healthy', [], 'Nothing fails between k8s-worker-1 and k8s-worker-2'],
    [
      'large packets of Pods, one direction',
      [
        'k8s-worker-1',
        '-t',
        'raw',
        'PREROUTING',
        '-i',
        'ens192',
        '-s',
        '192.168.2.0/24',
        '-m',
        'length',
        '--length',
        '1000:65535',
      ],
      'Only large packets fail between k8s-worker-1 and k8s-worker-2, from k8s-worker-2 to k8s-worker-1 only, for all Pods: the nodes themselves reach each other. Meanwhile raw PREROUTING rule 1 on k8s-worker-1 rose by',
    ],
    [
      'one port of one Pod',
      ['k8s-worker-2', '-t', 'filter', 'FORWARD', '-d', '192.168.2.3', '-p', 'tcp', '--dport', '8080'],
      'it is default/c2c-network-demo-w2 alone; others of k8s-worker-2 pass. Meanwhile filter FORWARD rule 1 on k8s-worker-2 rose by',
    ],
  ])(
    'hopscope scope says which it is: %s',
    async (_, [node, t, table = '', ...match], sentence) => {
      const rule = (what: string): Promise<unknown> =>
        node === undefined || t === undefined
          ? Promise.resolve()
          : lab.exec(node, 'iptables', t, table, what, ...match, '-j', 'DROP');
      await rule('-I');
      const found = await scope('--yes', '--json');
      await rule('-D');
      expect(found.stderr).toBe('');
      const document = z
        .object({ sentence: z.string(), by: z.string(), ms: z.number() })
        .parse(JSON.parse(found.stdout));
      console.log(`${document.ms.toFixed(0)} ms: ${document.sentence}`);
      expect(document.sentence).toContain(sentence);
      expect([found.code, document.by]).toEqual([node === undefined ? 0 : 1, 'probes']);
    },
    90_000,
  );
}
