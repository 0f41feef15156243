import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { parseShots, shotCommand, shotReport, shotsScript, type Shot } from './active-shots.ts';

const nonce = 'a1b2c3d4e5f6a7b8';
const shot: Shot = {
  kind: 'echo',
  inside: { pid: 42, inode: 4026531840 },
  destination: '192.168.2.3',
  port: null,
  sourcePort: null,
  size: 1500,
  whole: true,
  count: 3,
};
const report = (text: string) => shotReport(text.split('\n'));

describe('a packet sent on purpose', () => {
  it('is bounded in size and number, and goes nowhere but to an address', () => {
    const script = shotsScript(nonce, [{ ...shot, size: 1e9, count: 1e9 }]);
    expect(script.ok && script.value).toContain('shot 0 42 4026531840 echo 192.168.2.3 0 0 65535 1 10 &');
    expect(shotsScript(nonce, [{ ...shot, destination: '-f 1.2.3.4' }]).ok).toBe(false);
    expect(
      shotsScript(
        nonce,
        Array.from({ length: 100 }, () => shot),
      ).ok,
    ).toBe(false);
    expect(shotCommand(shot)).toBe(
      'nsenter -t 42 -n -- ping -n -c 3 -i 0.3 -W 1 -p 686f7073636f7065 -s 1472 -M do -- 192.168.2.3',
    );
  });

  // As iputils 20221126 and BusyBox 1.35 print it.
  it.each([
    [
      'tool ping\n64 bytes from 192.168.2.3: icmp_seq=1 ttl=62 time=0.085 ms\n64 bytes from 192.168.2.3: icmp_seq=2 ttl=62 time=0.060 ms\n\n--- 192.168.2.3 ping statistics ---\n3 packets transmitted, 2 received, 33.3333% packet loss, time 402ms',
      { tool: 'ping', sent: 3, answered: 2, rttMs: 0.06, error: null, told: null },
    ],
    [
      'tool ping\nFrom 10.12.22.151 icmp_seq=1 Frag needed and DF set (mtu = 1300)\n2 packets transmitted, 0 received, +1 errors, 100% packet loss, time 301ms',
      { answered: 0, told: { by: '10.12.22.151', what: 'too big, and must not be fragmented', mtu: 1300 } },
    ],
    [
      'tool ping\nping: local error: message too long, mtu=1440\n1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms',
      { told: { by: null, what: 'larger than the sender’s own device takes', mtu: 1440 }, error: 'EMSGSIZE' },
    ],
    [
      'tool ping\nFrom 10.12.22.150 icmp_seq=1 Destination Host Unreachable\n3 packets transmitted, 0 received, +3 errors, 100% packet loss, time 20ms',
      { told: { by: '10.12.22.150', what: 'destination host unreachable', mtu: null }, error: null },
    ],
    [
      'tool busybox\n64 bytes from 192.168.2.3: seq=0 ttl=62 time=0.104 ms\n1 packets transmitted, 1 packets received, 0% packet loss',
      { tool: 'busybox', sent: 1, answered: 1, rttMs: 0.104 },
    ],
    [
      'tool ping\nping: sendmsg: Operation not permitted\n3 packets transmitted, 0 received',
      { error: 'EPERM' },
    ],
    [
      'tool perl\ntold 3 13 0 10.0.0.1\nsent 1',
      { told: { by: '10.0.0.1', what: 'administratively prohibited' } },
    ],
    ['tool bash\nsent 1\nbash: connect: Connection refused', { sent: 1, answered: 0, error: 'ECONNREFUSED' }],
    ['tool nc\nsent 1\nanswer 1 -', { tool: 'nc', answered: 1, rttMs: null, error: null }],
    ['tool curl\nsent 1\n* Connected to 10.0.0.1 (10.0.0.1) port 80 (#0)', { tool: 'curl', answered: 1 }],
    ['lacks', { tool: null, sent: 0 }],
    ['tool perl\ngone', { tool: null }],
    ['tool perl\nlacks right', { tool: null }],
    // That the login may not is no rule's doing. As iputils 20221126 and BusyBox 1.35 say it.
    ['tool ping\nping: socktype: SOCK_RAW\nping: socket: Operation not permitted', { tool: null, sent: 0 }],
    ['tool busybox\nping: permission denied (are you root?)', { tool: null, sent: 0 }],
    ['tool perl\nerror EPERM\nsent 0', { tool: 'perl', error: 'EPERM' }],
    ['tool perl\nnsenter: cannot open /proc/9518/ns/net: No such file or directory', { tool: null }],
  ])('says what became of it, whoever sent it: %j', (said, expected) => {
    expect(report(said)).toMatchObject(expected);
  });

  it('is read from any text without a throw', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.uint8Array(), (lines, bytes) => {
        expect(shotReport(lines).answered).toBeGreaterThanOrEqual(0);
        expect(parseShots(bytes, 2, { nonce, nodeLabel: 'a', seenAt: 0 }).ok).toBe(false);
      }),
      { numRuns: runs(50) },
    );
  });

  it('is sent by a real shell to a real host: a port that refuses, a datagram that is refused', async () => {
    const own = { ...shot, inside: null, destination: '127.0.0.1', size: 84, count: 1 };
    const script = shotsScript(nonce, [
      { ...own, kind: 'connect', port: 1 },
      { ...own, kind: 'datagram', port: 1 },
    ]);
    if (!script.ok) throw new Error(script.failure);
    const { stdout } = await promisify(execFile)('sh', ['-c', script.value]);
    const reports = parseShots(Buffer.from(stdout), 2, { nonce, nodeLabel: 'a', seenAt: 0 });
    expect(reports).toMatchObject({
      ok: true,
      value: [
        { sent: 1, answered: 0, error: 'ECONNREFUSED' },
        { sent: 1, answered: 0, error: 'ECONNREFUSED' },
      ],
    });
  });
});
