import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { findMarked, killProcesses, readLivingProcess } from './processes.ts';
import { RUN_ROOT, runFolder } from './run-folder.ts';
import {
  eventually,
  hostTraces,
  lab,
  namespaces,
  onNode,
  ssh,
  startTicks,
  status,
  success,
} from './testing/lab-run.ts';
import { setTraffic } from './traffic.ts';

// The lab itself, through its own command line: real namespaces, BIRD, sshd, kubectl. Needs root.

/** Of the issue: "up and converged in 15 s"; asserted at three times that, the measured value is printed. */
const UP_DEADLINE_MS = 3 * 15_000;
const NAME = `test-${process.pid}`;
const OTHER = `${NAME}-b`;
const BIRD = 'birdcl -s /var/run/calico/bird.ctl';

const before = { traces: '' };
let scratch = '';

async function timedUp(name: string, ...args: string[]): Promise<void> {
  const startedAt = performance.now();
  await lab('up', '--name', name, ...args);
  const elapsed = performance.now() - startedAt;
  console.log(`lab up: ${(elapsed / 1000).toFixed(1)} s (deadline 15 s)`);
  expect(elapsed).toBeLessThan(UP_DEADLINE_MS);
}

beforeAll(async () => {
  before.traces = await hostTraces();
  scratch = await mkdtemp(join(tmpdir(), 'lab-test-'));
  await writeFile(join(scratch, 'wrapper'), '#!/bin/sh\nid -u\n');
  await timedUp(NAME, '--owner', '65534', '--wrapper', join(scratch, 'wrapper'));
});

afterAll(async () => {
  await lab('down', '--name', OTHER);
  await lab('down', '--name', NAME);
  await rm(scratch, { recursive: true, force: true });
});

describe('a node', () => {
  it('has the classic interfaces, and Pods under Calico’s names', async () => {
    const links = await ssh(NAME, [], 'k8s-worker-1', 'ip -br link; cat /sys/class/net/ens192/mtu');
    expect(links).toMatch(/^ens192@if\d+ +UP +00:50:56:b4:bf:02/m);
    expect(links).toMatch(/^docker0 +DOWN .*<NO-CARRIER/m);
    expect(links).toMatch(/^calid9d486e54a8@if3 +UP +ee:ee:ee:ee:ee:ee/m);
    expect(links).toMatch(/^1500$/m);
    expect(await onNode(NAME, 'k8s-worker-2', 'ip -br link')).toMatch(/^calia4d5046802b@if3 +UP/m);
  });

  it.each([
    [0, 'k8s-master', []],
    [
      1,
      'k8s-worker-1',
      [
        '192.168.1.2 dev calid9d486e54a8 proto 80 scope link',
        '192.168.1.3 dev cali0761ccbeace proto 80 scope link',
      ],
    ],
    [
      2,
      'k8s-worker-2',
      [
        '192.168.2.2 dev cali9fb0db7f13e proto 80 scope link',
        '192.168.2.3 dev calia4d5046802b proto 80 scope link',
      ],
    ],
  ])('%i has every route, each with its owner: %s', async (index, node, pods) => {
    const address = `10.12.22.${150 + index}`;
    const blocks = [0, 1, 2].map((block) =>
      block === index
        ? `blackhole 192.168.${block}.0/24 proto bird`
        : `192.168.${block}.0/24 via 10.12.22.${150 + block} dev ens192 proto bird`,
    );
    const routes = (await onNode(NAME, node, 'ip route')).split('\n').map((route) => route.trim());
    expect(routes.toSorted()).toEqual(
      [
        'default via 10.12.0.1 dev ens192',
        `10.12.0.0/16 dev ens192 proto kernel scope link src ${address}`,
        '172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1 linkdown',
        ...blocks,
        ...pods,
      ].toSorted(),
    );
  });

  it('has a BGP session with every other', async () => {
    const isMesh = (answer: string): boolean =>
      answer.match(/^Mesh_10_12_22_15\d +BGP .* Established/gm)?.length === 2;
    for (const node of ['k8s-master', 'k8s-worker-1', 'k8s-worker-2']) {
      const answer = await eventually(() => onNode(NAME, node, `${BIRD} show protocols`), isMesh, 5_000);
      expect(answer).toSatisfy(isMesh);
    }
  });

  it('shows nothing of its neighbours or its host', async () => {
    const seen = await onNode(
      NAME,
      'k8s-worker-1',
      'hostname; ls /home; ls /tmp /run/hopscope-lab 2>&1; ps -eo comm=; tr "\\0" "\\n" </proc/1/environ',
    );
    const lines = seen.split('\n');
    // Where a program starts, and what `..` leads to from there, is the node's own root.
    const here = await onNode(NAME, 'k8s-worker-1', 'cat ./etc/hostname; stat -c %i . .. / ; pwd');
    const [hostname, folder, above, root, path] = here.split('\n');
    expect([hostname, path]).toEqual(['k8s-worker-1', '/']);
    expect([folder, above]).toEqual([root, root]);
    expect(lines[0]).toBe('k8s-worker-1');
    expect(lines).toContain('operator');
    expect(seen).toContain("cannot access '/run/hopscope-lab'");
    expect(lines.filter((line) => line === 'pause')).toHaveLength(2);
    expect(lines.filter((line) => line === 'bird')).toHaveLength(1);
    const variables = lines.filter((line) => /^[A-Z_]+=/.test(line)).map((line) => line.split('=')[0]);
    expect(variables).toContain('PATH');
    for (const name of ['SUDO_USER', 'NODE_OPTIONS', 'VITEST']) expect(variables).not.toContain(name);
  });

  it('accepts Pods’ packets in rules that carry Calico’s chain names', async () => {
    const rules = await onNode(NAME, 'k8s-worker-1', 'iptables-save');
    for (const chain of [
      'cali-FORWARD',
      'cali-from-wl-dispatch',
      'cali-to-wl-dispatch',
      'cali-fw-calid9d486e54a8',
      'cali-tw-calid9d486e54a8',
      'cali-PREROUTING',
    ]) {
      expect(rules).toContain(`:${chain} -`);
    }
  });

  it('cannot send a packet off the machine', async () => {
    const fabric = await readLivingProcess(runFolder(NAME).fabricPid);
    const inFabric = async (command: string): Promise<string> => {
      const words = ['-t', `${fabric?.pid ?? 0}`, '--net', '--', 'sh', '-c', command];
      return (await promisify(execFile)('nsenter', words, { timeout: 5_000 })).stdout.trim();
    };
    expect(await inFabric('ip route get 192.0.2.1 2>&1 || :')).toContain('unreachable');
    expect(await inFabric('cat /proc/sys/net/ipv4/ip_forward')).toBe('0');
    const nodes = ['k8s-master', 'k8s-worker-1', 'k8s-worker-2'];
    const links = JSON.parse(await inFabric('ip -j link')) as { ifname: string; ifindex: number }[];
    expect(links.map(({ ifname }) => ifname).toSorted()).toEqual(['lo', 'br0', ...nodes].toSorted());
    // Each port's cable ends in the node it is named after, not in the host.
    for (const node of nodes) {
      const port = links.find(({ ifname }) => ifname === node)?.ifindex;
      expect(await onNode(NAME, node, 'cat /sys/class/net/ens192/iflink')).toBe(String(port));
    }
  });
});

describe('a Pod', () => {
  const inPod = 'p=$(pgrep -f "http-client.pl" | head -1); nsenter -t $p -n -m -p -u';

  it('has its /32 and MTU, and finds the other Pods through proxy ARP', async () => {
    const seen = await onNode(
      NAME,
      'k8s-worker-1',
      `${inPod} sh -c 'hostname; ip a show dev eth0; ip route; ls /sys/class/net'`,
    );
    expect(seen).toMatch(/^c2c-network-demo$/m);
    expect(seen).toMatch(/^3: eth0@if4: .* mtu 1440/m);
    expect(seen).toContain('inet 192.168.1.2/32 scope global eth0');
    expect(seen).toContain('default via 169.254.1.1 dev eth0');
    expect(seen).toMatch(/^eth0$/m);
    const neighbours = await onNode(NAME, 'k8s-worker-1', `${inPod} ip neigh`);
    expect(neighbours).toContain('169.254.1.1 dev eth0 lladdr ee:ee:ee:ee:ee:ee');
  });

  it('is told apart on its node by its nsid', async () => {
    const seen = await onNode(
      NAME,
      'k8s-worker-1',
      'lsns -t net -n -o NETNSID,COMMAND; ip -o link show calid9d486e54a8',
    );
    const nsid = /link-netnsid (\d+)/.exec(seen)?.[1] ?? 'none';
    expect(seen).toMatch(new RegExp(`^ *${nsid} .*pause`, 'm'));
  });

  it('fetches every second, and fast enough on demand for 200 packets a second', async () => {
    const count = async (seconds: number): Promise<number> => {
      const said = await onNode(
        NAME,
        'k8s-worker-2',
        `timeout ${seconds} tcpdump -p -ni ens192 -w /dev/null 'host 192.168.1.2 and host 192.168.2.3 and tcp port 8080' 2>&1 || :`,
      );
      return Number(/(\d+) packets captured/.exec(said)?.[1] ?? 0);
    };
    expect(await count(3)).toBeGreaterThan(10);
    await success(setTraffic(NAME, 20));
    const perSecond = (await count(3)) / 3;
    await success(setTraffic(NAME, 1000));
    console.log(`traffic --interval 20: ${perSecond.toFixed(0)} packets/s`);
    expect(perSecond).toBeGreaterThanOrEqual(200);
  });
});

describe('a client', () => {
  it('finds keys, known_hosts and cluster files, readable by its owner alone', async () => {
    const { client } = await status(NAME);
    expect((await readdir(client.folder)).toSorted()).toEqual([
      'cluster-jump.yml',
      'cluster-rights.yml',
      'cluster.yml',
      'id_ed25519',
      'id_ed25519.pub',
      'id_ed25519_encrypted',
      'id_ed25519_encrypted.pub',
      'known_hosts',
      'ssh_config',
    ]);
    for (const path of [client.folder, client.identityFile, client.encryptedIdentityFile, client.cluster]) {
      expect((await stat(path)).uid).toBe(65534);
    }
    expect((await stat(client.identityFile)).mode & 0o777).toBe(0o600);
    const rights = parse(await readFile(client.clusterRights, 'utf8')) as {
      nodes: { user: string; sudo?: boolean }[];
    };
    expect(rights.nodes.map(({ user, sudo }) => [user, sudo])).toEqual([
      ['root', undefined],
      ['operator', true],
      ['viewer', undefined],
    ]);
    const jump = parse(await readFile(client.clusterJump, 'utf8')) as {
      nodes: { host: string; proxyJump?: string }[];
    };
    expect(jump.nodes[2]).toMatchObject({ host: '10.12.22.152', port: 22, proxyJump: 'k8s-master' });
  });

  it('gets in as an unprivileged user, with sudo for one program or none', async () => {
    const operator = await ssh(
      NAME,
      ['-l', 'operator'],
      'k8s-worker-1',
      'id -un; sudo -n /usr/local/sbin/hopscope-node; sudo -n id 2>&1 || :',
    );
    expect(operator).toBe('operator\n0\nsudo: a password is required');
    expect(await ssh(NAME, ['-l', 'viewer'], 'k8s-worker-2', 'id -un; sudo -n id 2>&1 || :')).toBe(
      'viewer\nsudo: a password is required',
    );
  });

  it('reaches a node through another one’s port 22', async () => {
    const through = ['-J', 'k8s-master', '-o', 'HostName=10.12.22.152', '-p', '22'];
    expect(await ssh(NAME, through, 'k8s-worker-2', 'hostname')).toBe('k8s-worker-2');
  });

  it('lists the Pods with the master’s kubectl', async () => {
    const pods = await ssh(NAME, [], 'k8s-master', 'kubectl get pods -o wide --no-headers');
    const rows = pods.split('\n').map((line) => line.split(/ +/));
    expect(rows.map((row) => [row[0], row[2], row[5], row[6]])).toEqual([
      ['c2c-network-demo', 'Running', '192.168.1.2', 'k8s-worker-1'],
      ['c2c-network-demo-w2', 'Running', '192.168.2.3', 'k8s-worker-2'],
      ['web-1', 'Running', '192.168.1.3', 'k8s-worker-1'],
      ['web-2', 'Running', '192.168.2.2', 'k8s-worker-2'],
    ]);
  });
});

describe('an instance', () => {
  it('does not mind another one beside it', async () => {
    await timedUp(OTHER);
    const [one, two] = [await status(NAME), await status(OTHER)];
    const ports = [...one.nodes, ...two.nodes].map((node) => node.sshPort);
    expect(new Set(ports).size).toBe(6);
    expect(await ssh(OTHER, [], 'k8s-worker-1', 'cat /proc/sys/kernel/random/boot_id')).toBe(
      two.nodes[1]?.bootId,
    );
    expect(await ssh(NAME, [], 'k8s-worker-1', 'cat /proc/sys/kernel/random/boot_id')).toBe(
      one.nodes[1]?.bootId,
    );
  });

  it('rises again after a kill -9 of everything it was', async () => {
    const folder = runFolder(OTHER);
    await killProcesses(await findMarked(folder.path));
    expect((await status(OTHER)).phase).toBe('broken');
    await timedUp(OTHER);
    expect(await ssh(OTHER, [], 'k8s-master', 'hostname')).toBe('k8s-master');
  });

  it('of two who bring it up at once, one builds it and the other is told that it found it', async () => {
    const name = `${NAME}-c`;
    try {
      const said = await Promise.all([1, 2].map(() => lab('up', '--name', name, '--json')));
      const reused = said.map((text) => (JSON.parse(text) as { reused: boolean }).reused);
      expect(reused.sort()).toEqual([false, true]);
    } finally {
      await lab('down', '--name', name);
    }
  });

  it('is told apart from one whose state is damaged, which `up` starts anew', async () => {
    await writeFile(runFolder(OTHER).state, '{"schema": 1, "phase": "up"');
    const refusal = `The state of lab "${OTHER}" (${runFolder(OTHER).state}) cannot be read; start it anew with: lab up --name ${OTHER}\n`;
    await expect(lab('heal', '--name', OTHER)).rejects.toMatchObject({ code: 2, stderr: refusal });
    const all = JSON.parse(await lab('status', '--json')) as { instances: { name: string }[] };
    const names = all.instances.map(({ name }) => name);
    expect(names).toContain(NAME);
    expect(names).not.toContain(OTHER);
    await timedUp(OTHER);
    expect(await ssh(OTHER, [], 'k8s-master', 'hostname')).toBe('k8s-master');
  });

  it('is not ended for another size, and is taken as it is when none is asked for', async () => {
    const [, , worker] = (await status(OTHER)).nodes;
    await expect(lab('up', '--name', OTHER, '--pods', '3')).rejects.toMatchObject({
      code: 2,
      stderr: `Lab "${OTHER}" is up with 3 nodes and 2 Pods a worker; for another size, end it first: lab down --name ${OTHER}\n`,
    });
    const again = JSON.parse(await lab('up', '--name', OTHER, '--nodes', '3', '--json')) as unknown;
    expect(again).toMatchObject({ schema: 1, reused: true, instance: { name: OTHER, phase: 'up' } });
    expect((await status(OTHER)).nodes[2]?.bootId).toBe(worker?.bootId);
  });

  it('gives nothing of an owner on to the next, and nothing of the machine to either', async () => {
    const { client } = await status(NAME);
    const secret = join(scratch, 'secret');
    await writeFile(secret, 'root’s own\n', { mode: 0o600 });
    // What the user of the folder may do in it: a link of any name, a program in a file that ssh will read.
    await symlink(secret, join(client.folder, 'more'));
    await rm(client.cluster);
    await symlink(secret, client.cluster);
    await appendFile(client.sshConfig, '  ProxyCommand touch /tmp/taken\n');
    const seen = (await readdir(client.folder)).filter((name) => name !== 'more');
    await lab('up', '--name', NAME, '--owner', '65533');
    expect(await readFile(secret, 'utf8')).toBe('root’s own\n');
    expect(await stat(secret)).toMatchObject({ uid: 0, mode: 0o100600 });
    expect((await readdir(client.folder)).toSorted()).toEqual(seen.toSorted());
    expect(await readFile(client.sshConfig, 'utf8')).not.toContain('ProxyCommand');
    for (const name of ['.', ...seen]) expect((await stat(join(client.folder, name))).uid).toBe(65533);
    expect(await ssh(NAME, [], 'k8s-worker-1', 'hostname')).toBe('k8s-worker-1');
  });

  it('leaves no namespace, process, mount or file', async () => {
    for (const name of [OTHER, NAME]) {
      const folder = runFolder(name);
      const marked = await findMarked(folder.path);
      const own = new Set<string>();
      const hosts = [...(await namespaces())]
        .filter(([, pids]) => pids.includes(process.pid))
        .map(([link]) => link);
      for (const [link, pids] of await namespaces()) {
        if (!hosts.includes(link) && marked.some(({ pid }) => pids.includes(pid))) own.add(link);
      }
      // 3 nodes and 4 Pods with five namespaces each, and the fabric's.
      expect(own.size).toBe(7 * 5 + 1);
      const newest = Math.max(...marked.map(({ startTime }) => Number(startTime)));
      await lab('down', '--name', name);
      expect(await findMarked(folder.path)).toEqual([]);
      // A number is free at once: who came later with the same one is somebody else.
      for (const [link, pids] of await namespaces()) {
        const old = await Promise.all(pids.map(async (pid) => (await startTicks(pid)) <= newest));
        if (own.has(link)) expect(old).not.toContain(true);
      }
      expect((await readdir(RUN_ROOT).catch(() => [])).filter((entry) => entry.includes(name))).toEqual([]);
    }
    expect(await hostTraces()).toBe(before.traces);
  });
});
