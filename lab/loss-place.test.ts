import { expect, it } from 'vitest';
import { parseLoss } from './loss-place.ts';
import { DEFAULT_SHAPE, planLab } from './plan.ts';

const planned = planLab('test', DEFAULT_SHAPE);
if (!planned.ok) throw new Error(planned.failure.sentence);
const { nodes } = planned.value;

function loss(argument: string): string {
  const place = nodes[1] === undefined ? null : parseLoss(argument, nodes[1], nodes);
  if (place === null) return 'none';
  const { network, script } = place;
  const where = network === 'fabric' ? 'fabric' : (network?.name ?? 'node');
  const said = script
    .slice(1)
    .map((line) => line.replace(/^add (chain|rule) (\w+) lab_loss_\w{8} loss /, '$2: '));
  return [where, ...said].join('\n');
}

it('reads where packets are lost, how many and which', () => {
  expect(loss('fabric:k8s-worker-2 2.5% udp dport 7000')).toBe(
    `fabric
bridge: { type filter hook forward priority 0; }
bridge: iifname "k8s-worker-1" oifname "k8s-worker-2" meta protocol { ip, ip6 } udp dport 7000 counter
bridge: iifname "k8s-worker-1" oifname "k8s-worker-2" meta protocol { ip, ip6 } udp dport 7000 numgen random mod 1000 < 25 counter drop`,
  );
  expect(loss('web-1/input 100%')).toMatch(/^web-1\ninet: \{ type filter hook input priority 350; \}\n/);
  expect(loss('forward 100% udp sport 53')).toMatch(/ udp sport 53 counter drop$/);
  expect(loss('forward 0.0001%')).toMatch(/ numgen random mod 1000000 < 1 counter drop$/);
  expect(loss('ens192:out 1%')).toMatch(
    /^node\nnetdev: \{ type filter hook egress device "ens192" priority 0; \}\n/,
  );
});

it.each([
  'forward',
  'forward 101%',
  'forward 1% ; flush ruleset',
  'forward 1% accept\nflush ruleset',
  'nowhere 1%',
  'eth0:sideways 1%',
  'fabric:nosuch 1%',
  'web-1/fabric 1%',
  'nosuch/input 1%',
])('takes %j for none', (argument) => {
  expect(loss(argument)).toBe('none');
});
