import { describe, expect, it } from 'vitest';
import type { TraceAnswer } from './model.ts';
import { knownCluster } from './testing/real-cluster.ts';
import { tracePath } from './trace.ts';

const folder = new URL('./fixtures/vxlan-bridge/', import.meta.url);

/** @param lines to be put in the place of others, by file. */
function traced(
  lines: Readonly<Record<string, readonly (readonly [from: string, to: string])[]>>,
): Extract<TraceAnswer, { ok: true }> {
  const known = knownCluster(folder, (text, file) =>
    (lines[file] ?? []).reduce((changed, [from, to]) => {
      expect(changed, `${file} holds the line`).toContain(from);
      return changed.replaceAll(from, to);
    }, text),
  );
  const answer = tracePath(known, { from: 'q', to: 'r', proto: 'tcp', port: 80, size: null });
  if (!answer.ok) throw new Error(answer.sentence);
  return answer;
}

const VIA_VXLAN = '10.244.2.0/24 via 10.244.2.0 dev vx0 onlink';
const OWN_OF_B = '10.244.2.0/24 dev cni0 proto kernel scope link src 10.244.2.1';

describe('following a packet', () => {
  it('that two nodes send each other goes in a circle, and is told once', () => {
    const [path] = traced({
      'node-A.txt': [[VIA_VXLAN, '10.244.2.0/24 via 10.0.0.2 dev eth0']],
      'node-B.txt': [[OWN_OF_B, '10.244.2.0/24 via 10.0.0.1 dev eth0']],
    }).paths;
    expect(path).toMatchObject({ verdict: 'rejected', stopsAt: { reason: 'loop' } });
    expect(path?.hops.length).toBeLessThan(8);
    expect(path?.sentence).toMatch(/comes to node-[AB] for the second time: it goes in a circle/);
  });

  it.each([
    ['  fwmark: 0x200000\n', 'delivered'],
    // Off: what WireGuard sends would be led into it again.
    ['', 'dropped'],
  ])('what WireGuard sends is routed by its own mark: “%s” %s', (fwmark, verdict) => {
    const device = `9: wg0: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1420 qdisc noqueue state UNKNOWN group default qlen 1000
    link/none  promiscuity 0
    wireguard
`;
    const show = (peer: string, pods: string): string =>
      `wg show
interface: wg0
  public key: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA=
  private key: (hidden)
  listening port: 51820
${fwmark}
peer: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbB=
  endpoint: ${peer}:51820
  allowed ips: ${pods}, ${peer}/32
  latest handshake: 10 seconds ago
  transfer: 1.00 KiB received, 1.00 KiB sent

`;
    const rule = '0:\tfrom all lookup local\n';
    const { paths } = traced({
      'node-A.txt': [
        [
          'root@node-A:~# ip route show table all\n',
          `${device}root@node-A:~# ip route show table all\n10.244.2.0/24 dev wg0 table 7\n10.0.0.2 dev wg0 table 7\n`,
        ],
        [rule, `${rule}99:\tnot from all fwmark 0x200000/0x200000 lookup 7\n`],
        [
          'root@node-A:~# bridge fdb show',
          `root@node-A:~# ${show('10.0.0.2', '10.244.2.0/24')}root@node-A:~# bridge fdb show`,
        ],
      ],
      'node-B.txt': [
        ['root@node-B:~# ip route show table all\n', `${device}root@node-B:~# ip route show table all\n`],
        [
          'root@node-B:~# bridge fdb show',
          `root@node-B:~# ${show('10.0.0.1', '10.244.1.0/24')}root@node-B:~# bridge fdb show`,
        ],
      ],
    });
    expect(paths.map((path) => path.verdict)).toEqual([verdict]);
    const wired = paths[0]?.hops.find(({ place, egress }) => place === 'node-A' && egress === 'eth0');
    expect(wired?.packet ?? '').toContain(verdict === 'delivered' ? 'WireGuard 10.0.0.1 → 10.0.0.2' : '');
  });

  it('several paths of one route share it, and the one that does not arrive comes first', () => {
    const { paths, reverse } = traced({
      'node-A.txt': [
        [
          VIA_VXLAN,
          '10.244.2.0/24 proto bird\n\tnexthop via 10.244.2.0 dev vx0 weight 3 onlink\n\tnexthop via 10.0.0.2 dev gone weight 1',
        ],
      ],
    });
    expect(paths.map(({ verdict, share, stopsAt }) => [verdict, share, stopsAt?.reason ?? null])).toEqual([
      ['unknown', 0.25, null],
      ['delivered', 0.75, null],
    ]);
    // The way back is the first one's, and that does not arrive.
    expect(reverse).toBeNull();
  });

  it('an answer that takes another way is shown with it', () => {
    const { paths, reverse } = traced({
      'node-B.txt': [['10.244.1.0/24 via 10.244.1.0 dev vx0 onlink', '10.244.1.0/24 via 10.0.0.1 dev eth0']],
    });
    expect(paths[0]?.verdict).toBe('delivered');
    expect(reverse?.verdict).toBe('delivered');
    expect(paths[0]?.hops.some(({ egress }) => egress === 'vx0')).toBe(true);
    expect(reverse?.hops.some(({ egress }) => egress === 'vx0')).toBe(false);
  });

  it('an answer that is lost is the verdict of the way back alone', () => {
    const { paths, reverse } = traced({
      'node-B.txt': [['10.244.1.0/24 via 10.244.1.0 dev vx0 onlink', 'blackhole 10.244.1.0/24']],
    });
    expect(paths[0]?.verdict).toBe('delivered');
    expect(reverse).toMatchObject({ verdict: 'dropped', stopsAt: { node: 'node-B', reason: 'blackhole' } });
  });

  it('IPIP by the route’s next hop: protocol 4, twenty bytes, opened by the node’s tunnel', () => {
    const ipip = (file: string, local: string): [string, string][] => [
      [
        file === 'A'
          ? 'vxlan id 77 local 10.0.0.1 dev eth0 srcport 0 0 dstport 8472'
          : 'vxlan id 77 local 10.0.0.2 dev eth0 srcport 0 0 dstport 8472',
        `ipip remote any local ${local}`,
      ],
      [
        `link/ether 02:00:00:00:0${file.toLowerCase()}:77 brd ff:ff:ff:ff:ff:ff`,
        'link/ipip 0.0.0.0 brd 0.0.0.0',
      ],
    ];
    const answer = traced({
      'node-A.txt': [...ipip('A', '10.0.0.1'), [VIA_VXLAN, '10.244.2.0/24 via 10.0.0.2 dev vx0 onlink']],
      'node-B.txt': [
        ...ipip('B', '10.0.0.2'),
        ['10.244.1.0/24 via 10.244.1.0 dev vx0 onlink', '10.244.1.0/24 via 10.0.0.1 dev vx0 onlink'],
      ],
    });
    expect(answer.paths[0]?.verdict).toBe('delivered');
    expect(answer.paths[0]?.hops.map(({ packet }) => packet)).toContain(
      'IPIP 10.0.0.1 → 10.0.0.2 · tcp 10.244.1.3:40000 → 10.244.2.2:80',
    );
    const sentences =
      answer.paths[0]?.hops.flatMap(({ steps }) => steps.map(({ sentence }) => sentence)) ?? [];
    expect(sentences).toContain(
      'vx0 of node-A puts it into IPIP for 10.0.0.2: the next hop is its other end. It is 80 bytes now.',
    );
    expect(answer.reverse?.verdict).toBe('delivered');
  });
});
