import { afterAll, beforeAll, expect, it } from 'vitest';
import { fault, heal } from './faults.ts';
import { eventually, lab, onNode, success } from './testing/lab-run.ts';

// A lab with route reflectors instead of a mesh, and the two faults of BGP that lie between the nodes. Needs root.

const NAME = `reflectors-${process.pid}`;
const BIRD = 'birdcl -s /var/run/calico/bird.ctl';

beforeAll(async () => {
  await lab('up', '--name', NAME, '--nodes', '4', '--pods', '0', '--reflectors', '2');
}, 60_000);

afterAll(async () => {
  await lab('down', '--name', NAME);
});

const sessions = async (node: string): Promise<string[]> => {
  const text = await onNode(NAME, node, `${BIRD} show protocols | grep BGP`);
  return text.split('\n').map((line) =>
    line
      .split(/\s+/)
      .filter((_, at) => at === 0 || at === 5)
      .join(' '),
  );
};

it('its clients peer with the reflectors alone, and still reach every block', async () => {
  await expect
    .poll(() => sessions('k8s-worker-3'))
    .toEqual(['Global_10_12_22_150 Established', 'Node_10_12_22_151 Established']);
  // A lab is up as soon as every block is reached, which two reflectors need no session of their own for.
  await expect
    .poll(() => sessions('k8s-worker-1'))
    .toEqual([
      'Global_10_12_22_150 Established',
      'Node_10_12_22_152 Established',
      'Node_10_12_22_153 Established',
    ]);
  const route = await onNode(
    NAME,
    'k8s-worker-3',
    `ip route show 192.168.2.0/24; ${BIRD} show route 192.168.2.0/24 all`,
  );
  expect(route).toContain('192.168.2.0/24 via 10.12.22.152 dev ens192 proto bird');
  expect(route).toContain('BGP.cluster_list: 244.0.0.1');
  expect(route).toContain('BGP.originator_id: 10.12.22.152');
  const configured = 'kubectl get bgpconfigurations,bgppeers -o jsonpath="{.items[*].spec}"';
  expect(await onNode(NAME, 'k8s-master', configured)).toMatch(
    /"nodeToNodeMeshEnabled":false.*"peerIP":"10.12.22.150"/,
  );
});

it('bgp-cut leaves sessions Established and silent; bgp-blocked keeps them from coming up; heal mends both', async () => {
  await success(fault(NAME, 'bgp-cut', 'k8s-worker-3'));
  expect(await sessions('k8s-worker-3')).toEqual([
    'Global_10_12_22_150 Established',
    'Node_10_12_22_151 Established',
  ]);
  await success(fault(NAME, 'bgp-blocked', 'k8s-worker-3'));
  const states = async () => (await sessions('k8s-worker-3')).join();
  expect(await states()).not.toContain('Established');
  // Nothing else is lost.
  expect(await onNode(NAME, 'k8s-worker-3', 'busybox ping -c 1 -W 2 10.12.22.150')).toContain(
    '1 packets received',
  );
  await success(heal(NAME, {}));
  const up = (seen: string): boolean => seen.split(',').every((one) => one.endsWith('Established'));
  expect(await eventually(states, up, 20_000)).toSatisfy(up);
});

it.each([
  [['--nodes', '2', '--reflectors', '3'], 'A lab of 2 nodes has 0 to 2 route reflectors.'],
  [
    ['--mode', 'vxlan', '--reflectors', '1'],
    'A lab in mode vxlan speaks no BGP: it has no route reflectors.',
  ],
])('says what it cannot be: %j', async (words, sentence) => {
  await expect(lab('up', '--name', `${NAME}-x`, ...words)).rejects.toMatchObject({
    code: 2,
    stderr: `${sentence}\n`,
  });
});
