import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitForRoutes } from './convergence.ts';
import { fault, heal } from './faults.ts';
import { addPod, deletePod } from './pod-changes.ts';
import { rebootNode } from './reboot.ts';
import { runFolder } from './run-folder.ts';
import { readState } from './state.ts';
import { eventually, lab, onNode, ssh, status, success } from './testing/lab-run.ts';

// What changes and breaks in a lab, by its own commands. Needs root.

const NAME = `changes-${process.pid}`;
const BIRD = 'birdcl -s /var/run/calico/bird.ctl';

beforeAll(async () => {
  await lab('up', '--name', NAME);
});

afterAll(async () => {
  await lab('down', '--name', NAME);
});

describe('a change', () => {
  it('adds and deletes a Pod, on the node and in the API', async () => {
    await success(addPod(NAME, 'extra', 'k8s-worker-2'));
    const look =
      'kubectl get pod extra --no-headers -o custom-columns=IP:.status.podIP; busybox wget -qO- http://192.168.2.4:8080/';
    expect(await onNode(NAME, 'k8s-master', look)).toContain(
      '192.168.2.4\n<!doctype html>\n<title>extra</title>',
    );
    await success(deletePod(NAME, 'extra'));
    expect(await onNode(NAME, 'k8s-master', 'kubectl get pods -o name')).not.toContain('extra');
    expect(await onNode(NAME, 'k8s-worker-2', 'ip route; iptables-save')).not.toMatch(
      /192\.168\.2\.4|calif4e1324c244/,
    );
  });

  it.each([
    // Its name is taken: the cable cannot be made, when the Pod's processes run already.
    ['its cable is not made', 'ip link add calif4e1324c244 type bridge', 'true', /File exists/],
    // Nothing tells that the Pod has failed: it is not waited for without end.
    [
      'it never starts',
      'mv /usr/bin/unshare /usr/bin/away',
      'mv /usr/bin/away /usr/bin/unshare',
      /did not start in 10 s/,
    ],
  ])('takes back a Pod that cannot be added: %s', async (_, spoil, mend, why) => {
    const look =
      'ls /var/lib/lab/pods /run/lab/pods; cat /var/lib/lab/pods.list; ip -br link; ip route; iptables-save | grep -o "cali-.w-.*"; pgrep -c .';
    const before = await onNode(NAME, 'k8s-worker-2', look);
    await onNode(NAME, 'k8s-worker-2', spoil);
    await expect(addPod(NAME, 'extra', 'k8s-worker-2')).rejects.toThrow(why);
    await onNode(NAME, 'k8s-worker-2', mend);
    const isAsBefore = (seen: string): boolean => seen === before;
    expect(await eventually(() => onNode(NAME, 'k8s-worker-2', look), isAsBefore, 5_000)).toBe(before);
    expect(await onNode(NAME, 'k8s-master', 'kubectl get pods -o name')).not.toContain('extra');
    await success(addPod(NAME, 'extra', 'k8s-worker-2'));
    await success(deletePod(NAME, 'extra'));
  });

  it('recreates a Pod until inode and ifindex are the old ones', async () => {
    const uid = 'kubectl get pod web-2 -o jsonpath={.metadata.uid}';
    const first = await onNode(NAME, 'k8s-master', uid);
    const said = await lab('pod', 'recreate', 'web-2', '--until-identity-repeats', '--name', NAME);
    expect(said).toMatch(/^web-2: netns (\d+) -> \1, ifindex 4 -> 4, tries \d+$/);
    expect(await onNode(NAME, 'k8s-master', uid)).not.toBe(first);
  });

  it('reboots a node: another boot id, the same host key, its Pods and routes back', async () => {
    const bootId = 'cat /proc/sys/kernel/random/boot_id';
    const first = await onNode(NAME, 'k8s-worker-2', bootId);
    // The command line's own way to look: with and without the usual `--` before the program.
    expect(await lab('exec', '--name', NAME, 'k8s-worker-2', 'cat', '/proc/sys/kernel/random/boot_id')).toBe(
      first,
    );
    expect(await lab('exec', '--name', NAME, 'k8s-worker-2', '--', 'sh', '-c', 'exit 0')).toBe('');
    const neighbour = await onNode(NAME, 'k8s-worker-1', bootId);
    await lab('node', 'reboot', 'k8s-worker-2', '--name', NAME);
    const second = await onNode(NAME, 'k8s-worker-2', bootId);
    expect(second).toMatch(/^[0-9a-f]{8}-/);
    expect(second).not.toBe(first);
    expect(await onNode(NAME, 'k8s-worker-1', bootId)).toBe(neighbour);
    expect(
      await onNode(
        NAME,
        'k8s-master',
        'kubectl get node k8s-worker-2 -o jsonpath={.status.nodeInfo.bootID}; ',
      ),
    ).toBe(second);
    const fetch = () =>
      onNode(NAME, 'k8s-worker-1', 'timeout 3 busybox wget -qO- http://192.168.2.3:8080/ || :');
    expect(await eventually(fetch, (answer) => answer.includes('c2c-network-demo-w2'), 10_000)).toContain(
      'c2c-network-demo-w2',
    );
  });
});

describe('what has ended', () => {
  const kill = (command: string) => onNode(NAME, 'k8s-worker-1', command);

  it('by a fault, is no damage: the lab is up', async () => {
    await success(fault(NAME, 'bird-kill', 'k8s-worker-1'));
    await success(fault(NAME, 'sshd-kill', 'k8s-worker-2'));
    expect(await status(NAME)).toMatchObject({ phase: 'up', broken: [] });
    expect(await lab('up', '--name', NAME)).toMatch(/^lab "changes-\d+" was up already$/m);
    await success(heal(NAME, {}));
  });

  it.each([
    ['BIRD', 'pkill -9 -x bird', 'BIRD on k8s-worker-1'],
    ['sshd', 'kill -9 $(cat /run/sshd.pid)', 'sshd on k8s-worker-1'],
    ['a Pod', 'kill -9 $(cat /run/lab/pods/web-1)', 'Pod web-1 on k8s-worker-1'],
  ])('by itself, is damage: %s', async (_, command, what) => {
    expect(await status(NAME)).toMatchObject({ phase: 'up', broken: [] });
    await kill(command);
    const isBroken = (seen: string): boolean => seen === what;
    const look = async () => (await status(NAME)).broken.join();
    expect(await eventually(look, isBroken, 5_000)).toBe(what);
    // A node is mended by its reboot, the whole lab by `up`.
    if (what.startsWith('Pod')) {
      expect(await lab('up', '--name', NAME)).toMatch(/^lab "changes-\d+" up and converged/m);
    } else await lab('node', 'reboot', 'k8s-worker-1', '--name', NAME);
    expect(await status(NAME)).toMatchObject({ phase: 'up', broken: [] });
  });
});

describe('a reboot', () => {
  it('waits for no peer whose BIRD is broken on purpose', async () => {
    await success(fault(NAME, 'bird-kill', 'k8s-worker-1'));
    const { elapsedMs } = await success(rebootNode(NAME, 'k8s-worker-2', false));
    console.log(`reboot beside a dead BIRD: ${(elapsedMs / 1000).toFixed(1)} s`);
    expect(elapsedMs).toBeLessThan(3 * 15_000);
    await success(heal(NAME, {}));
  });

  it('says so when the routes do not come back', async () => {
    // A filter that no fault knows of keeps BGP away.
    await onNode(NAME, 'k8s-worker-1', 'iptables -I INPUT -p tcp --dport 179 -j DROP');
    await onNode(NAME, 'k8s-worker-1', 'iptables -I INPUT -p tcp --sport 179 -j DROP');
    await expect(rebootNode(NAME, 'k8s-worker-2', false, 2_000)).rejects.toThrow(
      'k8s-worker-2 is up again, but not all routes have come to',
    );
    await onNode(NAME, 'k8s-worker-1', 'iptables -D INPUT 1; iptables -D INPUT 1');
    const { plan } = await success(readState(runFolder(NAME)));
    expect(await waitForRoutes(runFolder(NAME), plan, plan.nodes, 15_000)).toEqual([]);
  });
});

describe('a fault', () => {
  const blocks = (node: string) => () => onNode(NAME, node, 'ip route show 192.168.1.0/24');

  it('bird-kill: routes stay, the peer keeps its own as stale; bird-start mends it', async () => {
    await success(fault(NAME, 'bird-kill', 'k8s-worker-1'));
    expect(await onNode(NAME, 'k8s-worker-1', 'pgrep -x bird || ip route show proto bird')).toContain(
      '192.168.2.0/24 via 10.12.22.152',
    );
    expect(await blocks('k8s-worker-2')()).toContain('via 10.12.22.151');
    expect(await onNode(NAME, 'k8s-worker-2', `${BIRD} show protocols all Mesh_10_12_22_151`)).not.toContain(
      'Established',
    );
    await success(fault(NAME, 'bird-start', 'k8s-worker-1'));
    const session = () => onNode(NAME, 'k8s-worker-2', `${BIRD} show protocols Mesh_10_12_22_151`);
    expect(await eventually(session, (answer) => answer.includes('Established'), 15_000)).toContain(
      'Established',
    );
  });

  it('route-withdraw: the block is gone from the peers; heal brings it back', async () => {
    await success(fault(NAME, 'route-withdraw', 'k8s-worker-1'));
    expect(await eventually(blocks('k8s-master'), (answer) => answer === '', 5_000)).toBe('');
    expect(await success(heal(NAME, {}))).toBe('k8s-worker-1: route-withdraw mended');
    expect(await eventually(blocks('k8s-master'), (answer) => answer !== '', 5_000)).toContain(
      'via 10.12.22.151',
    );
  });

  it('link-down of a workload: its route goes, and comes back', async () => {
    const route = () => onNode(NAME, 'k8s-worker-1', 'ip route show 192.168.1.3');
    await success(fault(NAME, 'link-down', 'k8s-worker-1', 'cali0761ccbeace'));
    expect(await route()).toBe('');
    await success(fault(NAME, 'link-up', 'k8s-worker-1', 'cali0761ccbeace'));
    expect(await route()).toContain('dev cali0761ccbeace proto 80');
  });

  it('sshd-kill and host-key-change: the client is refused, each for its own reason', async () => {
    await success(fault(NAME, 'sshd-kill', 'k8s-worker-1'));
    await expect(ssh(NAME, [], 'k8s-worker-1', 'true')).rejects.toThrow('Connection refused');
    await success(fault(NAME, 'sshd-start', 'k8s-worker-1'));
    await success(fault(NAME, 'host-key-change', 'k8s-worker-1'));
    await expect(ssh(NAME, [], 'k8s-worker-1', 'true')).rejects.toThrow('HOST IDENTIFICATION HAS CHANGED');
    await success(heal(NAME, { names: ['host-key-change'] }));
    expect(await ssh(NAME, [], 'k8s-worker-1', 'hostname')).toBe('k8s-worker-1');
  });

  it('sshd-freeze all: a login gets no answer until it is thawed', async () => {
    await success(fault(NAME, 'sshd-freeze', 'k8s-worker-1', 'all'));
    const frozen = ssh(NAME, ['-o', 'ConnectTimeout=1'], 'k8s-worker-1', 'true');
    await expect(frozen).rejects.toThrow('timed out');
    await success(fault(NAME, 'sshd-thaw', 'k8s-worker-1'));
    expect(await ssh(NAME, [], 'k8s-worker-1', 'hostname')).toBe('k8s-worker-1');
  });

  it('max-sessions 1 and bgp-disable: sshd and BIRD obey, and heal undoes both', async () => {
    const look = `sshd -T | grep -i '^maxsessions'; ${BIRD} show protocols Mesh_10_12_22_152 | tail -1`;
    await success(fault(NAME, 'max-sessions', 'k8s-worker-1', '1'));
    await success(fault(NAME, 'bgp-disable', 'k8s-worker-1', 'Mesh_10_12_22_152'));
    expect(await onNode(NAME, 'k8s-worker-1', look)).toMatch(
      /^maxsessions 1\nMesh_10_12_22_152 BGP +--- +down/,
    );
    await success(heal(NAME, { node: 'k8s-worker-1' }));
    const isMended = (answer: string): boolean => /^maxsessions 10\n.*Established/.test(answer);
    const answer = await eventually(() => onNode(NAME, 'k8s-worker-1', look), isMended, 10_000);
    expect(answer).toSatisfy(isMended);
  });

  it('that cannot be mended is told, stays in force, and keeps no other from being mended', async () => {
    await success(fault(NAME, 'bgp-disable', 'k8s-worker-1', 'Mesh_10_12_22_152'));
    await success(fault(NAME, 'link-down', 'k8s-worker-1', 'docker0'));
    await success(fault(NAME, 'max-sessions', 'k8s-worker-1', '1'));
    await onNode(NAME, 'k8s-worker-1', 'ip link set docker0 name away');
    await expect(success(heal(NAME, {}))).rejects.toThrow(
      /^k8s-worker-1: max-sessions mended\nk8s-worker-1: bgp-disable mended\nk8s-worker-1: link-down is not mended: .*docker0.*$/s,
    );
    expect((await status(NAME)).faults).toMatchObject([{ name: 'link-down', argument: 'docker0' }]);
    await onNode(NAME, 'k8s-worker-1', 'ip link set away name docker0');
    expect(await success(heal(NAME, {}))).toBe('k8s-worker-1: link-down mended');
  });

  it('on a Pod’s cable ends with the cable', async () => {
    await success(addPod(NAME, 'extra', 'k8s-worker-2'));
    await success(fault(NAME, 'link-down', 'k8s-worker-2', 'calif4e1324c244'));
    await success(fault(NAME, 'link-down', 'k8s-worker-2', 'docker0'));
    await success(deletePod(NAME, 'extra'));
    expect(await success(heal(NAME, {}))).toBe('k8s-worker-2: link-down mended');
  });

  it.each(['sh', 'dash', 'mv', 'mkdir'])(
    'does not hide %s, without which it could not be mended',
    async (tool) => {
      await expect(success(fault(NAME, 'hide-tool', 'k8s-worker-1', tool))).rejects.toThrow(
        'cannot be hidden',
      );
      expect(await onNode(NAME, 'k8s-worker-1', `command -v ${tool}`)).toContain(`/${tool}`);
    },
  );

  it('hide-tool: a program is missing on one node', async () => {
    await success(fault(NAME, 'hide-tool', 'k8s-worker-1', 'tcpdump'));
    const look = 'command -v tcpdump || echo missing';
    expect(await onNode(NAME, 'k8s-worker-1', look)).toBe('missing');
    expect(await onNode(NAME, 'k8s-worker-2', look)).toContain('/tcpdump');
    await success(heal(NAME, {}));
    expect(await onNode(NAME, 'k8s-worker-1', look)).toContain('/tcpdump');
  });

  it('says in one sentence what it cannot do', async () => {
    await expect(lab('fault', 'nosuch', '--name', NAME)).rejects.toMatchObject({
      code: 2,
      stderr: 'There is no fault "nosuch"; lab fault --help lists them.\n',
    });
    for (const name of ['constructor', '__proto__']) {
      const refused = success(fault(NAME, name, 'k8s-worker-1'));
      await expect(refused).rejects.toThrow(`There is no fault "${name}"; lab fault --help lists them.`);
    }
    await expect(lab('heal', '--name', 'nosuch')).rejects.toMatchObject({
      code: 2,
      stderr: 'There is no lab "nosuch"; start one with: lab up --name nosuch\n',
    });
  });
});
