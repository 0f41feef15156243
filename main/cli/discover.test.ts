// `hopscope discover` as a script sees it: what it prints, and its exit codes.
import { execFile, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { ClusterFile } from '../../app/contract/cluster-file.ts';
import { dropsViewSchema } from '../../app/contract/drops-view.ts';
import { auditEntrySchema } from '../../app/contract/audit.ts';
import { discoverDocumentSchema } from '../../app/contract/discover-document.ts';
import { firewallChainSchema, nodeServicesSchema } from '../../app/firewall/firewall-model.ts';
import { probeAnswerSchema } from '../../app/trace/probe-model.ts';
import { startLab, type Lab } from '../engine/testing/lab.ts';
import { inFullTier } from '../../app/testing/runs.ts';
import { CLI } from '../testing/programs.ts';

let lab: Lab;
let folder = '';

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

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

/** What an audit file has. */
async function audited(file: string) {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => auditEntrySchema.parse(JSON.parse(line)));
}

const environment = () => ({ ...process.env, HOME: folder, SSH_AUTH_SOCK: '' });

/** Without a terminal, as in a script. */
function hopscope(...words: string[]): Promise<Run> {
  return started(...words).ended;
}

function started(...words: string[]): ReturnType<typeof run> {
  return run(process.execPath, ...CLI, ...words);
}

function run(
  program: string,
  ...words: string[]
): { readonly child: ChildProcess; readonly ended: Promise<Run> } {
  const options = { timeout: 60_000, maxBuffer: 1 << 26, env: environment() };
  let child: ChildProcess | undefined;
  const ended = new Promise<Run>((resolve) => {
    child = execFile(program, words, options, (_error, stdout, stderr) =>
      resolve({ code: child?.exitCode ?? null, stdout, stderr }),
    );
  });
  if (child === undefined) throw new Error('not started');
  child.stdin?.end();
  return { child, ended };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hopscope-cli-'));
  lab = await startLab('cli-test');
}, 90_000);
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe('hopscope discover', () => {
  it('prints the document of schema 1, and exits 0', async () => {
    const { code, stdout, stderr } = await hopscope('discover', '--cluster', lab.clusterFile, '--json');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const document = discoverDocumentSchema.parse(JSON.parse(stdout));
    expect(document.nodes.map(({ name }) => name)).toEqual(['k8s-master', 'k8s-worker-1', 'k8s-worker-2']);
    expect(document.pods.map(({ hostInterface }) => hostInterface)).toContain('calid9d486e54a8');
    const host = document.nodes[1]?.interfaces.find(({ name }) => name === 'calid9d486e54a8');
    expect(host?.peer).toMatchObject({ pod: 'default/c2c-network-demo', interface: 'eth0' });
    expect(document.nodes[1]?.bgp).toHaveLength(2);
    expect(document.warnings).toEqual([]);
    const nodes = document.nodes.map(({ name }) => name);
    expect(document.cost?.map(({ node }) => node)).toEqual(nodes);
    for (const { commands, ms, cpuMs, sent, received } of document.cost ?? [])
      // Its facts are some KiB, the script that asks for them is sent whole, and a shell takes its time.
      expect([commands >= 1, ms > 0, (cpuMs ?? 0) > 0, sent > 1_000, received > 1_000]).not.toContain(false);
  }, 60_000);

  it('prints the same for people', async () => {
    const { code, stdout, stderr } = await hopscope('discover', '--cluster', lab.clusterFile, '--cost');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /\nReading 3 nodes: \d+ commands, \d+ ms, \d+ ms of CPU, .* \(--cost: of each\)\n$/,
    );
    expect(stderr).toMatch(
      /^( +k8s-(master|worker-1|worker-2) +\d+ commands? +\d+ ms +\d+ ms of CPU .*\n){3}$/,
    );
    expect(stdout).toMatch(/calid9d486e54a8 .*↔ default\/c2c-network-demo eth0/);
    expect(stdout).toMatch(/Mesh_10_12_22_152 .*Established/);
  }, 60_000);

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
      await until(
        async () => !/nft.*monitor|hopscope_trace_/.test(await lab.exec(node, 'ps', '-eo', 'args')),
      );
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

  it('writes what it ran on nodes to the audit file, and refuses one that it cannot write', async () => {
    const audit = join(folder, 'audit.jsonl');
    const done = await hopscope('discover', '--cluster', lab.clusterFile, '--json', '--audit', audit);
    expect(done.code).toBe(0);
    const entries = await audited(audit);
    const ended = entries.filter(({ endedAt }) => endedAt !== null);
    // A line when it begins, and one when it has ended.
    expect(entries).toHaveLength(2 * ended.length);
    for (const node of ['k8s-master', 'k8s-worker-1', 'k8s-worker-2'])
      expect(ended).toContainEqual(
        expect.objectContaining({
          node,
          login: 'root',
          outcome: 'exit 0',
          what: expect.stringMatching(/^discovery: links, routes/) as string,
        }),
      );
    const nowhere = join(folder, 'no', 'such', 'file');
    const refused = await hopscope('discover', '--cluster', lab.clusterFile, '--audit', nowhere);
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toContain('The audit file cannot be written: ENOENT');
  }, 60_000);

  it('hopscope doctor makes each node read little: Kubernetes is listed once, and nothing of it is watched', async () => {
    const audit = join(folder, 'doctor.jsonl');
    await hopscope('doctor', '--cluster', lab.clusterFile, '--json', '--audit', audit);
    const whats = (await audited(audit)).flatMap(({ what, endedAt }) => (endedAt === null ? [] : [what]));
    const lists = whats.filter((what) => what.includes('get --raw'));
    expect(lists.length).toBeGreaterThan(12);
    expect(new Set(lists).size).toBe(lists.length);
    expect(lists.filter((what) => what.includes('watch='))).toEqual([]);
    // Once for the topology, once for what a diagnosis needs beyond it.
    expect(whats.filter((what) => what.startsWith('discovery:'))).toHaveLength(6);
  }, 60_000);

  it('exits 2 for an unknown host key, and says how to accept it', async () => {
    const file = join(folder, 'unknown.yml');
    const text = await readFile(lab.clusterFile, 'utf8');
    await writeFile(join(folder, 'empty'), '');
    await writeFile(file, text.replace(/knownHosts: .*/, `knownHosts: ${join(folder, 'empty')}`));
    const { code, stderr } = await hopscope('discover', '--cluster', file, '--json');
    expect(code).toBe(2);
    expect(stderr).toMatch(/k8s-worker-1.*host key.*SHA256:/i);
    expect(await readFile(join(folder, 'empty'), 'utf8'), 'nothing was accepted silently').toBe('');
  }, 60_000);

  it('exits 2 when Kubernetes does not answer, and says that names are missing', async () => {
    await lab.whileKubernetesHangs(async () => {
      const words = ['discover', '--cluster', lab.clusterFile, '--json', '--timeout', '6'];
      const { code, stdout, stderr } = await hopscope(...words);
      expect(code).toBe(2);
      expect(stderr).toBe('hopscope: Kubernetes has not answered within 6 s: Pods have no names.\n');
      const document = discoverDocumentSchema.parse(JSON.parse(stdout));
      expect(document.pods).toHaveLength(4);
      expect(document.warnings).toEqual(['Kubernetes has not answered within 6 s: Pods have no names.']);
    });
  }, 60_000);

  it('exits 2 when it is interrupted, with what it had by then', async () => {
    await lab.whileKubernetesHangs(async () => {
      const run = started('discover', '--cluster', lab.clusterFile, '--json');
      const deadline = performance.now() + 20_000;
      const asksKubernetes = () => lab.exec('k8s-master', 'pidof', 'kubectl').catch(() => '');
      while ((await asksKubernetes()) === '' && performance.now() < deadline) await sleep(50);
      run.child.kill('SIGINT');
      const { code, stdout, stderr } = await run.ended;
      expect(code).toBe(2);
      expect(stderr).toMatch(/hopscope: Interrupted before everything was read/);
      const document = discoverDocumentSchema.parse(JSON.parse(stdout));
      expect(document.warnings.join()).toMatch(/Interrupted before everything was read/);
    });
  }, 60_000);

  it('tries again where an sshd turned it away for a moment', async () => {
    const cluster = parse(await readFile(lab.clusterFile, 'utf8')) as ClusterFile;
    const [first, ...others] = cluster.nodes;
    if (first?.port === undefined) throw new Error('the lab names no port');
    let turnedAway = 0;
    const door = createServer((near) => {
      near.on('error', () => undefined);
      if (turnedAway++ === 0) {
        near.end('Exceeded MaxStartups\r\n');
        return;
      }
      const far = connect({ host: '127.0.0.1', port: first.port ?? 0 }).on('error', () => undefined);
      near.pipe(far).pipe(near);
    }).listen(0, '127.0.0.1');
    await once(door, 'listening');
    const { port } = door.address() as AddressInfo;
    const file = join(folder, 'throttled.yml');
    const node = { ...first, port, hostKeyAlias: `[127.0.0.1]:${first.port}` };
    await writeFile(file, stringify({ ...cluster, nodes: [node, ...others] }));
    const { code, stdout, stderr } = await hopscope('discover', '--cluster', file, '--json');
    door.close();
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(turnedAway).toBe(2);
    const document = discoverDocumentSchema.parse(JSON.parse(stdout));
    expect(document.nodes.map(({ name }) => name)).toEqual(['k8s-master', 'k8s-worker-1', 'k8s-worker-2']);
  }, 60_000);

  it('exits 2 for a node that cannot be reached, with what the others said', async () => {
    const file = join(folder, 'unreachable.yml');
    const text = await readFile(lab.clusterFile, 'utf8');
    const port = /port: (\d+)/.exec(text)?.[1] ?? '';
    await writeFile(file, text.replace(`port: ${port}`, 'port: 1'));
    const { code, stdout, stderr } = await hopscope('discover', '--cluster', file, '--json');
    expect(code).toBe(2);
    expect(stderr).toMatch(/k8s-master \(127\.0\.0\.1:1\).*refused/);
    const document = discoverDocumentSchema.parse(JSON.parse(stdout));
    expect(document.nodes.map(({ name }) => name)).toEqual(['k8s-worker-1', 'k8s-worker-2']);
    expect(document.warnings.join()).toMatch(/k8s-master/);
  }, 60_000);
});

describe('a reader that goes away, and a bug', () => {
  it('a closed pipe is neither a stack nor a finding', async () => {
    const command = `"$0" "\${@:2}" discover --cluster "$1" --json | true; echo "status \${PIPESTATUS[0]}"`;
    const piped = run('bash', '-c', command, process.execPath, lab.clusterFile, ...CLI);
    expect(await piped.ended).toEqual({ code: 0, stdout: 'status 0\n', stderr: '' });
  }, 60_000);

  it('what nobody expected is one sentence, and exits 2', async () => {
    const breaks = 'data:text/javascript,process.stdout.write=()=>{throw new Error("boom")}';
    const broken = run(process.execPath, '--import', breaks, ...CLI, '--help');
    const { code, stderr } = await broken.ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/^hopscope: [^\n]*boom\n$/);
  });
});

describe('a wrong call', () => {
  it.each([
    [['discover'], /--cluster/],
    [['discover', '--cluster', '/nonexistent.yml'], /does not exist/],
    [['discover', '--cluster', 'x', '--timeout', 'soon'], /1 to 3600/],
    [['nonsense'], /nonsense/],
    [['node-wrapper', '--sudoers', 'a b'], /login/],
  ])('%j exits 2 and says what is wrong', async (words, said) => {
    const { code, stderr } = await hopscope(...words);
    expect(code).toBe(2);
    expect(stderr).toMatch(said);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('--help exits 0', async () => {
    const { code, stdout } = await hopscope('--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/discover/);
  });
});

describe('hopscope drops', () => {
  it('names what one node drops, and says nothing of healthy ones with their traffic', async () => {
    const run = started('drops', '--all', '--cluster', lab.clusterFile, '--seconds', '3', '--json');
    const send = `use Socket; socket(my $s, PF_INET, SOCK_DGRAM, 0); send($s, "x", 0, pack_sockaddr_in(9, inet_aton("10.12.22.151")))`;
    // Its first sample counts from nothing: sent until it has ended.
    const over = new AbortController();
    const sending = (async () => {
      while (!over.signal.aborted) {
        await lab.exec('k8s-worker-1', 'perl', '-e', send);
        await sleep(50);
      }
    })();
    const { code, stdout, stderr } = await run.ended;
    over.abort();
    await sending;
    expect([code, stderr]).toEqual([0, '']);
    const view = dropsViewSchema.parse(JSON.parse(stdout));
    const dropped = view.nodes.map(({ label, rows }) => [
      label,
      rows.filter(({ packets }) => packets > 0).map(({ place, reason }) => [place.kind, reason]),
    ]);
    expect(dropped).toEqual([
      ['k8s-master', []],
      ['k8s-worker-1', [['node', 'udp-no-socket']]],
      ['k8s-worker-2', []],
    ]);
  }, 60_000);

  it.each([
    [[], 'Name one node, or say --all.'],
    [['k8s-worker-1', '--all'], 'Name one node, or say --all.'],
    [['nobody'], 'No node is called nobody; there are: k8s-master, k8s-worker-1, k8s-worker-2.'],
  ])(
    '%j is refused with a sentence',
    async (words, sentence) => {
      const { code, stderr } = await hopscope('drops', ...words, '--cluster', lab.clusterFile);
      expect([code, stderr]).toEqual([2, `hopscope: ${sentence}\n`]);
    },
    60_000,
  );
});

describe('hopscope firewall', () => {
  it('says where a Service’s packets go, and which policy a hashed chain is', async () => {
    const node = ['firewall', 'k8s-worker-1', '--cluster', lab.clusterFile, '--json'];
    const asked = await Promise.all([
      hopscope(...node, '--service', 'default/web'),
      hopscope(...node, '--chain', 'cali-tw-cali0761ccbeace'),
    ]);
    expect(asked.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    const [services, chain] = asked.map(({ stdout }): unknown => JSON.parse(stdout));
    const { entrances, contradictions, mode } = nodeServicesSchema.parse(services);
    expect([mode, contradictions]).toEqual(['iptables', []]);
    const ends = [
      { address: '192.168.1.3', port: 8080, share: 0.5, pod: 'default/web-1' },
      { address: '192.168.2.2', port: 8080, share: 0.5, pod: 'default/web-2' },
    ];
    expect(entrances).toMatchObject([
      { kind: 'cluster-ip', address: '10.96.7.7', service: 'default/web:http', endpoints: ends },
      { kind: 'node-port', port: 30_080, endpoints: ends },
    ]);
    const [web] = z.object({ chains: z.array(firewallChainSchema) }).parse(chain).chains;
    expect(web?.chain?.subject).toBe('Pod default/web-1');
    const policy = web?.rules.find(({ target }) => target?.startsWith('cali-pi-') === true)?.target ?? '';
    const said = await hopscope('firewall', 'k8s-worker-1', '--cluster', lab.clusterFile, '--chain', policy);
    expect(said.stdout).toContain('NetworkPolicy default/allow-cluster');
  }, 60_000);

  it('says what a plain user may not read', async () => {
    const { code, stdout, stderr } = await hopscope(
      'firewall',
      'k8s-worker-2',
      '--cluster',
      lab.rightsClusterFile,
    );
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      'hopscope: This login may not read the packet filters of k8s-worker-2: only root may read them.\n',
    );
  }, 60_000);
});
