import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readLivingProcess } from './processes.ts';
import { runFolder } from './run-folder.ts';
import { eventually, lab, onNode, ssh, status, success } from './testing/lab-run.ts';
import { setTraffic } from './traffic.ts';

// What a lab holds, through its own command line: real namespaces, BIRD, sshd, kubectl. Needs root.

const NAME = `test-${process.pid}`;
const BIRD = 'birdcl -s /var/run/calico/bird.ctl';

let scratch = '';

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'lab-test-'));
  await writeFile(join(scratch, 'wrapper'), '#!/bin/sh\nid -u\n');
  await lab('up', '--name', NAME, '--owner', '65534', '--wrapper', join(scratch, 'wrapper'));
});

afterAll(async () => {
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

  it('takes a Pod’s request for a Service to an endpoint, by kube-proxy’s rules', async () => {
    const client = 'p=$(cat /run/lab/pods/c2c-network-demo); nsenter -t $p -n timeout 5 busybox wget -q -O -';
    const said = await onNode(
      NAME,
      'k8s-worker-1',
      `${client} http://10.96.7.7/; ${client} http://10.12.22.152:30080/`,
    );
    expect(said.match(/Hello from web-[12] at/g)).toHaveLength(2);
    const counted = await onNode(
      NAME,
      'k8s-worker-1',
      'iptables-save -c -t nat | grep "KUBE-SERVICES -d 10.96.7.7"',
    );
    expect(counted).toMatch(
      /^\[[1-9]\d*:\d+\] -A KUBE-SERVICES -d 10\.96\.7\.7\/32 .* -j KUBE-SVC-[A-Z2-7]{16}$/,
    );
  });

  it('lets the cluster reach the Pod with a NetworkPolicy, and nobody else', async () => {
    const rules = await onNode(NAME, 'k8s-worker-1', 'iptables-save -t filter');
    const chain =
      /-A (cali-pi-_\S{19}) -s 192\.168\.0\.0\/16 .*Policy default\/knp\.default\.allow-cluster ingress/.exec(
        rules,
      )?.[1];
    expect(rules).toContain(`-j ${chain ?? 'no such chain'}`);
    expect(await onNode(NAME, 'k8s-master', 'kubectl get netpol -o name')).toContain('allow-cluster');
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

  it('executes in a Pod of another node by kubectl: what it says, apart from its errors, and its exit code', async () => {
    const minor = Number(
      /"minor": "(\d+)/.exec(await onNode(NAME, 'k8s-master', 'kubectl version -o json'))?.[1],
    );
    const exec = 'kubectl exec c2c-network-demo-w2 -c server --';
    const all = `{ ${exec} sh -c 'hostname; pwd; ip -br a show eth0; echo no >&2; exit 7'; echo "status $?"; } 2>/tmp/e; cat /tmp/e`;
    const said = await onNode(NAME, 'k8s-master', all);
    // Before 1.31 kubectl speaks SPDY, which nobody else does any more.
    if (minor < 31) expect(said).toContain('without WebSocket');
    else
      expect(said).toMatch(
        /^c2c-network-demo-w2\n\/\neth0@if\d+ +UP +192\.168\.2\.3\/32 .*\nstatus 7\nno\ncommand terminated with exit code 7$/,
      );
    if (minor < 31) return;
    // Each container has its own processes.
    const first = (container: string) =>
      onNode(
        NAME,
        'k8s-master',
        `kubectl exec c2c-network-demo -c ${container} -- sh -c 'hostname; cat /proc/1/comm' 2>&1 || :`,
      );
    expect(await Promise.all(['server', 'client', 'nosuch'].map(first))).toEqual([
      'c2c-network-demo\npause',
      'c2c-network-demo\nhttp-client',
      expect.stringContaining('container nosuch is not valid for pod c2c-network-demo'),
    ]);
    expect(await onNode(NAME, 'k8s-master', `${exec} head -c 3000000 /dev/zero | wc -c`)).toBe('3000000');
  });
});
