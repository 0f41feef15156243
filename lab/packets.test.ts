import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workloadInterface } from './addressing.ts';
import { fault, heal } from './faults.ts';
import { readLosses } from './faults-loss.ts';
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

describe('loss', () => {
  it('by chance is counted exactly, wherever it is: what one place lets by comes to the next, and nothing else is lost', async () => {
    const [here, there] = ['k8s-worker-1', 'k8s-worker-2'];
    const places = [
      [here, `${CLIENT}/eth0:out`],
      [here, `${workloadInterface('default', CLIENT)}:in`],
      [here, 'forward'],
      [here, 'ens192:out'],
      [here, `fabric:${there}`],
      [there, 'ens192:in'],
      [there, 'forward'],
      [there, `${workloadInterface('default', 'web-2')}:out`],
      [there, 'web-2/input'],
    ] as const;
    for (const [node, where] of places)
      await success(fault(NAME, 'loss', node, `${where} 10% udp dport 7000`));
    const { totals } = await send('web-2', { rate: 4_000, count: 2_000 });
    const losses = await success(readLosses(NAME));
    let left = totals.sent;
    for (const [at, { seen, dropped }] of losses.entries()) {
      expect([places[at], seen]).toEqual([places[at], left]);
      expect(dropped).toBeGreaterThan(0);
      left -= dropped;
    }
    expect(losses).toHaveLength(places.length);
    expect(totals).toMatchObject({ sent: 2_000, heard: left, lost: 2_000 - left });
    await success(heal(NAME, {}));
    expect((await send('web-2')).totals.lost).toBe(0);
  });

  it('of what is larger than the network takes, on its way to one node: of TCP, too, whatever pieces it is in', async () => {
    await success(fault(NAME, 'fabric-mtu', 'k8s-worker-2', '1300'));
    const bulk: Partial<AskedTraffic> = {
      protocol: 'tcp',
      count: 5,
      sizes: [60_000],
      seconds: 1,
      linger: 0.1,
    };
    const [udp, stuck] = await Promise.all([
      send('web-2', { count: 10, sizes: [1_200, 1_400] }),
      send('web-2', bulk),
    ]);
    expect(udp.lost).toEqual([1, 3, 5, 7, 9].map((odd) => [odd, odd]));
    expect(stuck).toMatchObject({ sender: { closed: 0 }, hearers: [{ bytes: 0 }] });
    await success(heal(NAME, {}));
    expect((await send('web-2', bulk)).totals.lost).toBe(0);
  });

  it('says what it does not understand', async () => {
    const refused = success(fault(NAME, 'loss', 'k8s-worker-1', 'nowhere 5%'));
    await expect(refused).rejects.toThrow('"nowhere 5%" is not "WHERE SHARE% [MATCH]"');
    await expect(success(fault(NAME, 'loss', 'k8s-worker-1', 'nosuch:in 5%'))).rejects.toThrow(
      'There is no device "nosuch" there.',
    );
  });
});
