// `hopscope discover` as a script sees it: what it prints, and its exit codes.
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { ClusterFile } from '../../app/contract/cluster-file.ts';
import { auditEntrySchema } from '../../app/contract/audit.ts';
import { discoverDocumentSchema } from '../../app/contract/discover-document.ts';
import type { Lab } from '../engine/testing/lab.ts';
import { CLI } from '../testing/programs.ts';
import { startCliLab, type CliLab } from './testing/cli-lab.ts';

let cli: CliLab;
let lab: Lab;
let folder: string;
const hopscope = (...words: string[]) => cli.hopscope(...words);
const started = (...words: string[]) => cli.started(...words);

beforeAll(async () => {
  cli = await startCliLab('cli-test');
  ({ lab, folder } = cli);
}, 90_000);
afterAll(() => cli[Symbol.asyncDispose]());

/** What an audit file has. */
async function audited(file: string) {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => auditEntrySchema.parse(JSON.parse(line)));
}

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
    const lists = whats.filter((what) => what.includes('kubectl'));
    expect(lists.filter((what) => what.includes('watch='))).toEqual([]);
    // Nodes and Pods first, groups, what there is more of with more Pods, events and what Calico in etcd alone has; all others in one.
    const [together, ...more] = lists.filter((what) => !what.includes('get --raw'));
    expect(together).toContain('networkpolicies.v1.networking.k8s.io,ippools.v1.crd.projectcalico.org,');
    expect([more, lists.length]).toEqual([[], 9]);
    expect(new Set(lists).size).toBe(lists.length);
    // Once for the topology, once for what a diagnosis needs beyond it, and again only where a node said that it changed:
    // of a lab as young as this one the ports of its bridge do.
    const readings = whats.filter((what) => what.startsWith('discovery:'));
    const byDoorbell = /^discovery: links, routes, pods(, inside[^,]*(, pid\d+)*)?$/;
    const planned = readings.filter((what) => !byDoorbell.test(what));
    expect(planned.filter((what) => what.includes('settings'))).toHaveLength(3);
    expect(planned.filter((what) => what.includes('firewall'))).toHaveLength(3);
    expect(planned).toHaveLength(6);
  }, 60_000);

  it('hopscope doctor finds nothing wrong in a healthy cluster where logins may read less, and says what was not looked for', async () => {
    const { code, stdout, stderr } = await hopscope('doctor', '--cluster', lab.rightsClusterFile, '--json');
    expect([code, stderr]).toEqual([0, '']);
    const { findings, skipped } = JSON.parse(stdout) as { findings: unknown[]; skipped: { why: string }[] };
    expect(findings).toEqual([]);
    expect(skipped.map(({ why }) => why).join()).toMatch(/k8s-worker-2 is not known: log in as root/);
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
    const piped = cli.run('bash', '-c', command, process.execPath, lab.clusterFile, ...CLI);
    expect(await piped.ended).toEqual({ code: 0, stdout: 'status 0\n', stderr: '' });
  }, 60_000);

  it('what nobody expected is one sentence, and exits 2', async () => {
    const breaks = 'data:text/javascript,process.stdout.write=()=>{throw new Error("boom")}';
    const broken = cli.run(process.execPath, '--import', breaks, ...CLI, '--help');
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
