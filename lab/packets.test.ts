import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lab, success } from './testing/lab-run.ts';
import { sendTraffic } from './tagged-traffic.ts';
import type { AskedTraffic } from './traffic-order.ts';
import type { TrafficReport } from './traffic-report.ts';
import { setTrafficServices } from './traffic-services.ts';

// Packets that can be accounted for, and what may befall them on their way. Needs root.

const NAME = `packets-${process.pid}`;
const CLIENT = 'c2c-network-demo';

beforeAll(async () => {
  await lab('up', '--name', NAME);
});

afterAll(async () => {
  await lab('down', '--name', NAME);
});

function send(to: string, order: Partial<AskedTraffic> = {}): Promise<TrafficReport> {
  return success(sendTraffic(NAME, { from: CLIENT, to, ...order }));
}

describe('traffic', () => {
  it('says of every packet whether it came: datagrams, fragments, records, questions, echo requests', async () => {
    const [udp, pieces, tcp, dns, echo] = await Promise.all([
      send('c2c-network-demo-w2', { rate: 5_000, count: 5_000, flows: 4 }),
      send('web-2', { sizes: [4_000, 16], answer: true }),
      send('web-2:7001', { protocol: 'tcp', rate: 2_000, count: 1_000, flows: 3 }),
      send('web-2', { protocol: 'dns', answer: true }),
      send('web-2', { protocol: 'icmp', plain: true }),
    ]);
    expect(udp.totals).toEqual({ sent: 5_000, heard: 5_000, lost: 0, answered: 0 });
    expect(udp.hearers[0]).toMatchObject({ pod: 'c2c-network-demo-w2', heard: [[0, 4_999]], strangers: 0 });
    expect(udp.hearers[0]?.peers).toHaveLength(4);
    // An even rate: neither all at once nor late.
    expect(udp.sender.seconds).toBeGreaterThan(0.95);
    expect(pieces.totals).toEqual({ sent: 100, heard: 100, lost: 0, answered: 100 });
    expect(tcp).toMatchObject({ lost: [], sender: { closed: 3 }, hearers: [{ bytes: 100_000 }] });
    expect(dns.totals).toEqual({ sent: 100, heard: 100, lost: 0, answered: 100 });
    expect(echo).toMatchObject({ lost: null, totals: { sent: 100, answered: 100 } });
  });

  it('goes by Services and node ports, from which nodes hide whose it is', async () => {
    await success(setTrafficServices(NAME, true));
    const [tcp, udp, port, host] = await Promise.all([
      send('traffic-tcp', { protocol: 'tcp', flows: 8 }),
      send('traffic-udp', { from: 'k8s-master', flows: 8, linger: 0.1 }),
      send('k8s-worker-2:30702', { protocol: 'dns', answer: true, flows: 8 }),
      send('k8s-worker-2:7003'),
    ]);
    expect([tcp, udp, port, host].map(({ totals }) => totals.lost)).toEqual([0, 0, 0, 0]);
    expect(tcp.hearers.map(({ pod }) => pod)).toEqual(['web-1', 'web-2']);
    expect(port.totals.answered).toBe(100);
    // Masqueraded by the node whose port was asked.
    const seen = port.hearers.flatMap(({ peers }) => peers.map(({ address }) => address));
    expect(new Set(seen)).toEqual(new Set(['10.12.22.152']));
    expect(host.hearers).toMatchObject([{ node: 'k8s-worker-2', pod: null }]);
    await success(setTrafficServices(NAME, false));
  });

  it('says why it cannot be: whose port it is, who is unknown', async () => {
    await expect(send('web', { protocol: 'tcp' })).rejects.toThrow(
      'web-1 does not hear at port 8080: bind: Address already in use',
    );
    await expect(send('nosuch')).rejects.toThrow('There is no Pod, node or Service "nosuch"');
  });
});
