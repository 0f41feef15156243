import { describe, expect, it } from 'vitest';
import { askedTrace } from './asked.ts';
import { crossings } from './cross.ts';
import type { TraceAnswer } from './model.ts';
import { namespaceOf } from './namespaces.ts';
import { knownCluster } from './testing/real-cluster.ts';
import { tracePath } from './trace.ts';

const folder = new URL('./fixtures/vxlan-bridge/', import.meta.url);

/** @param change what a line of one of the nodes is to be instead; one that is not there is a mistake of the test. */
function traced(
  from: string,
  to: string,
  change: { readonly file?: string; readonly from: string; readonly to: string } | null = null,
  size: number | null = null,
): Extract<TraceAnswer, { ok: true }> {
  let changed = change === null;
  const known = knownCluster(folder, (text, file) => {
    if (change === null || (change.file ?? 'node-A.txt') !== file || !text.includes(change.from)) return text;
    changed = true;
    return text.replaceAll(change.from, change.to);
  });
  expect(changed, 'the line to change is there').toBe(true);
  const answer = tracePath(known, { from, to, proto: 'udp', port: 9, size });
  if (!answer.ok) throw new Error(answer.sentence);
  return answer;
}

const shown = ({ paths: [path] }: ReturnType<typeof traced>): unknown[] => [
  path?.verdict,
  ...(path?.hops ?? []).map(
    ({ place, action, ingress, egress }) => `${place}: ${action} ${ingress ?? '·'} → ${egress ?? '·'}`,
  ),
];

/** Bridges in a row behind cni0, three cables between each two, none of them blocked. */
function rowOfBridges(count: number): string {
  const device = (name: string, index: number, more: string): string =>
    `${String(index)}: ${name}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue ${more}state UP group default qlen 1000
    link/ether 02:00:00:00:77:${String(index - 90)} brd ff:ff:ff:ff:ff:ff
`;
  let index = 100;
  let text = '';
  for (let at = 0; at < count; at += 1)
    text += `${device(`row${String(at)}`, index++, '')}    bridge forward_delay 1500 stp_state 0\n`;
  for (let at = 0; at < count; at += 1)
    for (const cable of ['a', 'b', 'c']) {
      const [left, right] = [`l${String(at)}${cable}`, `r${String(at)}${cable}`];
      const veth = '    veth\n    bridge_slave state forwarding hairpin off\n';
      const before = at === 0 ? 'cni0' : `row${String(at - 1)}`;
      text += `${device(`${left}@${right}`, index++, `master ${before} `)}${veth}`;
      text += `${device(`${right}@${left}`, index++, `master row${String(at)} `)}${veth}`;
    }
  return text;
}

describe('through a bridge and VXLAN', () => {
  it('bridges with several cables between each two are not flooded for ever', () => {
    const next = 'root@node-A:~# ip route show table all';
    const started = process.cpuUsage();
    const answer = traced('node-A', '10.244.1.99', { from: next, to: `${rowOfBridges(4)}${next}` });
    expect(process.cpuUsage(started).user).toBeLessThan(5e6);
    expect(answer.paths[0]?.verdict).toBe('unknown');
  });

  it('a name that a shell would run stands in quotes in every command', () => {
    for (const [name, to] of [
      ['cni0', 'p'],
      ['vx0', 'r'],
    ] as const) {
      const { paths } = traced('q', to, { from: name, to: `${name};id` });
      const commands = paths.flatMap(({ hops }) =>
        hops.flatMap(({ steps }) => steps.map(({ command }) => command)),
      );
      const naming = commands.filter((command) => command?.includes(';id') === true);
      expect(naming.length, name).toBeGreaterThan(0);
      for (const command of naming) expect(command).toContain(`'${name};id'`);
    }
  });

  it('from Pod to Pod on one node: the bridge passes it on by its forwarding table', () => {
    const answer = traced('q', 'p');
    expect(shown(answer)).toEqual([
      'delivered',
      'q on node-A: send · → eth0',
      'node-A: bridge ve02 → ve01',
      'p on node-A: deliver · → ·',
    ]);
    expect(answer.paths[0]?.hops[1]?.because).toBe(
      'cni0 of node-A has 02:00:00:00:0d:01 behind its port ve01.',
    );
    expect(answer.reverse?.verdict).toBe('delivered');
  });

  it('from Pod to Pod on another node: into the tunnel, through the underlay, out again', () => {
    const answer = traced('q', 'r');
    expect(shown(answer)).toEqual([
      'delivered',
      'q on node-A: send · → eth0',
      'node-A: forward cni0 → vx0',
      'node-A: send · → eth0',
      'node-B: deliver eth0 → ·',
      'node-B: forward vx0 → cni0',
      'r on node-B: deliver eth0 → ·',
    ]);
    const [, , sent, opened] = answer.paths[0]?.hops ?? [];
    expect(sent?.packet).toBe('VXLAN 77 10.0.0.1 → 10.0.0.2 · udp 10.244.1.3:40000 → 10.244.2.2:9');
    expect(opened?.steps.at(-1)?.sentence).toBe('vx0 of node-B takes it out of VXLAN (VNI 77).');
    // 1500 of the wire are as many as 1450 inside.
    expect(answer.paths[0]?.mtu).toBe(1450);
    expect(answer.reverse?.hops.map(({ place, egress }) => `${place} ${egress ?? '·'}`)).toEqual([
      'r on node-B eth0',
      'node-B vx0',
      'node-B eth0',
      'node-A ·',
      'node-A cni0',
      'q on node-A ·',
    ]);
  });

  it('no mark goes over a wire: only the node that set it has it', () => {
    const known = knownCluster(folder);
    const node = Object.values(known.topology.nodes).find(({ label }) => label === 'node-A');
    const at = namespaceOf(known, node?.rootNetns ?? '');
    const device = at?.devices.get('eth0');
    const asked = askedTrace(known, { from: 'node-A', to: '10.0.0.2', proto: 'udp', port: 9, size: null });
    if (at === null || device === undefined || !asked.ok) throw new Error('there is no such node');
    const packet = { ...asked.value.packet, mark: 0x4000, toMac: '02:00:00:00:0b:01' };
    const [crossed] = crossings(known, new Map()).cross(at, {
      kind: 'leaves',
      device,
      nextHop: '10.0.0.2',
      packet,
    });
    expect(crossed?.end).toMatchObject({
      kind: 'arrives',
      arrival: { at: { name: 'node-B' }, device: 'eth0', packet: { mark: 0 } },
    });
  });

  it('a node’s own packet begins with the source that its kernel chooses', () => {
    const answer = traced('node-A', 'r');
    expect(answer.paths[0]?.verdict).toBe('delivered');
    expect(answer.paths[0]?.hops[0]?.packet).toBe('udp 10.244.1.0:40000 → 10.244.2.2:9');
  });

  it.each([
    [
      'no entry in the tunnel’s table',
      { from: '02:00:00:00:0b:77 dev vx0 dst 10.0.0.2 self permanent\n', to: '' },
      'node-A',
      'vx0',
      'fdb-missing',
    ],
    [
      'another VNI at the far end',
      { file: 'node-B.txt', from: 'vxlan id 77', to: 'vxlan id 78' },
      'node-B',
      'vx0',
      'vni-unknown',
    ],
    [
      'another port at the far end',
      { file: 'node-B.txt', from: 'dstport 8472', to: 'dstport 4789' },
      'node-B',
      'vx0',
      'vni-unknown',
    ],
    [
      'one MAC at both ends',
      { file: 'node-B.txt', from: 'link/ether 02:00:00:00:0b:77', to: 'link/ether 02:00:00:00:0a:77' },
      'node-B',
      'vx0',
      'own-mac',
    ],
    [
      'a MAC that nobody has',
      {
        from: '10.0.0.2 dev eth0 lladdr 02:00:00:00:0b:01',
        to: '10.0.0.2 dev eth0 lladdr 02:00:00:00:0b:99',
      },
      'node-A',
      'eth0',
      'wrong-neighbour',
    ],
    [
      'the far NIC down',
      {
        file: 'node-B.txt',
        from: 'eth0@if2: <BROADCAST,MULTICAST,UP,LOWER_UP>',
        to: 'eth0@if2: <BROADCAST,MULTICAST>',
      },
      'node-B',
      'eth0',
      'device-down',
    ],
    [
      'the Pod’s end of the cable down',
      {
        file: 'pods.txt',
        from: 'eth0@if6: <BROADCAST,MULTICAST,UP,LOWER_UP>',
        to: 'eth0@if6: <BROADCAST,MULTICAST>',
      },
      'node-A',
      null,
      'device-down',
    ],
  ])('stops at %s', (_, change, node, device, reason) => {
    const answer = traced('q', 'r', change);
    expect(answer.paths[0]).toMatchObject({
      verdict: 'dropped',
      stopsAt: { node, interface: device, reason },
    });
    expect(answer.reverse).toBeNull();
  });

  it('a port that VXLAN has nowhere else is told', () => {
    const answer = traced('q', 'r', { from: 'dstport 8472', to: 'dstport 8999' });
    expect(answer.paths[0]?.hops[2]?.packet).toMatch(/^VXLAN 77 10\.0\.0\.1 → 10\.0\.0\.2:8999 · udp /);
  });

  it('the bridge floods what it does not know, and the one that it is for takes it', () => {
    const answer = traced('p', 'q', { from: '02:00:00:00:0d:02 dev ve02 master cni0\n', to: '' });
    expect(shown(answer)[0]).toBe('delivered');
    expect(answer.paths[0]?.hops[1]?.because).toMatch(/floods the frame|is behind a port/);
  });

  it('a cable whose other end takes less drops what is bigger, silently', () => {
    const answer = traced(
      'q',
      'p',
      {
        from: 've02@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450',
        to: 've02@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1400',
      },
      1450,
    );
    expect(answer.paths[0]).toMatchObject({
      verdict: 'dropped',
      stopsAt: { node: 'node-A', interface: 've02', reason: 'peer-mtu' },
    });
  });
});
