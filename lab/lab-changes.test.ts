import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fault, heal } from './faults.ts';
import { addPod, deletePod } from './pod-changes.ts';
import { eventually, lab, onNode, ssh, success } from './testing/lab-run.ts';

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
    await expect(lab('heal', '--name', 'nosuch')).rejects.toMatchObject({
      code: 2,
      stderr: 'There is no lab "nosuch"; start one with: lab up --name nosuch\n',
    });
  });
});
