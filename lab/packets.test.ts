import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseChronyTracking } from '../app/probe/clock-sync.ts';
import { workloadInterface } from './addressing.ts';
import { setClock } from './clock.ts';
import { aheadAt } from './clock-model.ts';
import { fault, heal } from './faults.ts';
import { readLosses } from './faults-loss.ts';
import { recordsOf } from './testing/captured.ts';
import { eventually, lab, onNode, success } from './testing/lab-run.ts';
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
    const [tcp, udp, port, host, lo] = await Promise.all([
      send('traffic-tcp', { protocol: 'tcp', flows: 8 }),
      send('traffic-udp', { from: 'k8s-master', flows: 8, linger: 0.1 }),
      send('k8s-worker-2:30702', { protocol: 'dns', answer: true, flows: 8 }),
      send('k8s-worker-2:7003'),
      send('localhost:7004', { from: 'k8s-master' }),
    ]);
    expect([tcp, udp, port, host, lo].map(({ totals }) => totals.lost)).toEqual([0, 0, 0, 0, 0]);
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

describe('a clock that is wrong', () => {
  const node = 'k8s-worker-1';

  it('shows in captures, date and ip monitor alike, with drift and a step, and nothing else is changed', async () => {
    await success(setClock(NAME, node, { offsetMs: 500.25, driftPpm: 2_000 }));
    // Both programs on what comes into a Pod: one kernel, one time of each packet.
    const tcpdump = '-i eth0 -p -n -U --immediate-mode -s 128 -w - -- udp port 7000';
    const capturing = onNode(
      NAME,
      node,
      `cd /tmp; enter="nsenter -t $(cat /run/lab/pods/${CLIENT}) -n --"
       $enter tcpdump ${tcpdump} >node.pcap 2>node.err & shown=$!
       $enter /usr/lib/.kept/tcpdump ${tcpdump} >true.pcap 2>true.err & true=$!
       i=0; until [ -e stop ] || [ $i -gt 200 ]; do sleep 0.05; i=$((i + 1)); done
       kill -USR1 $shown $true; sleep 0.2
       kill $shown; wait $shown; echo "ended with $?"; kill $true; wait $true; echo "ended with $?"; cat node.err true.err`,
    );
    const listening = () => onNode(NAME, node, 'grep -l listening /tmp/*.err | wc -l');
    expect(await eventually(listening, (count) => count === '2', 5_000)).toBe('2');
    const half = { from: 'web-2', rate: 1_000, count: 200 };
    await send(CLIENT, half);
    const clock = await success(setClock(NAME, node, { stepMs: -900 }));
    await send(CLIENT, half);
    await onNode(NAME, node, 'touch /tmp/stop');
    const said = (await capturing).split('\n');
    const told = said.slice(2, 2 + (said.length - 2) / 2);
    expect(told).toContainEqual(
      expect.stringMatching(/^tcpdump: 400 packets captured, 400 packets received by filter, 0 /),
    );
    expect(said).toEqual(['ended with 0', 'ended with 0', ...told, ...told]);
    // Each of the two looked at its own time: what comes of the same times is asked of a program that only repeats them.
    const replay =
      "cd /usr/lib/.kept; mv tcpdump kept; printf '#!/bin/sh\\nexec cat /tmp/true.pcap\\n' >tcpdump; chmod +x tcpdump; tcpdump -w - >/tmp/replayed.pcap; mv kept tcpdump";
    await onNode(NAME, node, replay);
    const [shown = [], real = [], replayed = []] = await Promise.all(
      ['node', 'true', 'replayed'].map((name) => recordsOf(NAME, node, `/tmp/${name}.pcap`)),
    );
    expect(shown.map(({ bytes }) => bytes)).toEqual(real.map(({ bytes }) => bytes));
    expect(replayed.map(({ bytes }) => bytes)).toEqual(real.map(({ bytes }) => bytes));
    const wrong = (of: typeof shown): number[] =>
      of.map(({ us }, at) => us - (real[at]?.us ?? 0) - aheadAt(clock.stretches, real[at]?.us ?? 0));
    expect(Math.max(...wrong(replayed).map(Math.abs))).toBeLessThanOrEqual(1);
    expect(Math.abs(wrong(shown).sort((a, b) => a - b)[200] ?? Infinity)).toBeLessThan(1_000);
    const aheads = replayed.map(({ us }, at) => us - (real[at]?.us ?? 0));
    expect([Math.min(...aheads) < -300_000, Math.max(...aheads) > 500_000]).toEqual([true, true]);

    const before = Date.now() * 1_000;
    const times = await onNode(
      NAME,
      node,
      `TZ=UTC timeout 20 ip -ts -o monitor route >/tmp/monitor & i=0
       until [ "$(wc -l </tmp/monitor)" -ge 2 ] || [ $i -gt 100 ]; do
         ip route add blackhole 198.51.100.0/24; ip route del blackhole 198.51.100.0/24; sleep 0.05; i=$((i + 1)); done
       date +%s.%N; sed 's/^.\\([^]]*\\).*/\\1/' /tmp/monitor; kill $!`,
    );
    const after = Date.now() * 1_000;
    const [date = '', ...changes] = times.split('\n');
    expect(changes.length).toBeGreaterThan(1);
    for (const us of [Number(date) * 1e6, ...changes.map((time) => Date.parse(`${time}Z`) * 1_000)]) {
      expect(us).toBeGreaterThanOrEqual(before + aheadAt(clock.stretches, before));
      expect(us).toBeLessThanOrEqual(after + aheadAt(clock.stretches, after));
    }

    expect(await success(heal(NAME, {}))).toBe(`${node}: clock-wrong mended`);
    const same =
      'ls /usr/lib/.kept /run/lab/clock 2>/dev/null; tcpdump --version 2>&1 | head -1; file=$(command -v date); head -c 4 "$file" | tail -c 3';
    expect(await onNode(NAME, node, same)).toBe(await onNode(NAME, 'k8s-worker-2', same));
  });

  it('is as right as chrony says, or is not', async () => {
    await success(fault(NAME, 'chrony-says', node, '2.5'));
    const said = parseChronyTracking(await onNode(NAME, node, 'chronyc -n -c tracking'));
    expect(said).toMatchObject({ source: '10.12.0.1', bound: { plusMinusNs: 2_500_000 } });
    await success(heal(NAME, {}));
    expect(await onNode(NAME, node, 'ls /usr/local/bin')).not.toContain('chronyc');
  });

  it('is wrong by no more than is reasonable', async () => {
    await expect(success(setClock(NAME, node, { driftPpm: Number.NaN }))).rejects.toThrow(
      'A clock may be wrong by',
    );
    await expect(success(setClock(NAME, 'nosuch', { stepMs: 1 }))).rejects.toThrow(
      'There is no node "nosuch"',
    );
  });
});

it('a tcpdump that loses packets says how many, of all that came', async () => {
  const node = 'k8s-worker-1';
  await success(fault(NAME, 'capture-loses', node));
  const capturing = onNode(
    NAME,
    node,
    `cd /tmp; rm -f stop; tcpdump -i ens192 -p -n -U --immediate-mode -s 128 -B 16384 -w - -- udp port 7000 2>lossy.err >lossy.pcap & pid=$!
     i=0; until [ -e stop ] || [ $i -gt 200 ]; do sleep 0.05; i=$((i + 1)); done
     kill $pid; wait $pid; echo "ended with $?"; cat lossy.err; sleep 0.2; pgrep -c 'tcpdump|rest-often' || :`,
  );
  const listening = () => onNode(NAME, node, 'cat /tmp/lossy.err || :');
  expect(await eventually(listening, (said) => said.includes('listening'), 5_000)).toContain('listening');
  await delay(300);
  expect((await send('web-2', { rate: 5_000, count: 4_000 })).totals.lost).toBe(0);
  await onNode(NAME, node, 'touch /tmp/stop');
  const said = await capturing;
  const [captured = 0, received = 0, dropped = 0] = [
    'captured',
    'received by filter',
    'dropped by kernel',
  ].map((what) => Number(new RegExp(`^(\\d+) packets ${what}`, 'm').exec(said)?.[1]));
  expect((await recordsOf(NAME, node, '/tmp/lossy.pcap')).length).toBe(captured);
  expect([received, captured + dropped, dropped > 400]).toEqual([4_000, 4_000, true]);
  console.log(`a losing tcpdump: ${captured} captured, ${dropped} dropped`);
  await success(heal(NAME, {}));
  expect(await onNode(NAME, node, 'ls -d /usr/lib/.kept 2>/dev/null || :')).toBe('');
});

it('TCP is cut by one NIC alone, and put together by another: at least ten times as many packets, and as few again', async () => {
  /** Data packets of one and the same transfer, at worker 1's cable and NIC, and worker 2's NIC and cable. */
  const transfer = async (): Promise<number[]> => {
    const devices = {
      'k8s-worker-1': [workloadInterface('default', CLIENT), 'ens192'],
      'k8s-worker-2': ['ens192', workloadInterface('default', 'web-2')],
    };
    const capturing = Object.entries(devices).map(([node, [first, second]]) =>
      onNode(
        NAME,
        node,
        `cd /tmp; rm -f stop *.said; all=; for dev in ${String(first)} ${String(second)}; do
         tcpdump -i $dev -p -n -U --immediate-mode -B 16384 -s 96 -w /dev/null 'tcp dst port 7000 and greater 1000' 2>$dev.said & all="$all $!"; done
         i=0; until [ -e stop ] || [ $i -gt 400 ]; do sleep 0.05; i=$((i + 1)); done
         kill $all; wait; cat ${String(first)}.said ${String(second)}.said`,
      ),
    );
    const nodes = Object.keys(devices);
    for (const node of nodes) {
      const listening = () => onNode(NAME, node, 'grep -l listening /tmp/*.said | wc -l');
      expect(await eventually(listening, (count) => count === '2', 5_000)).toBe('2');
    }
    const { totals } = await send('web-2', {
      protocol: 'tcp',
      rate: 0,
      count: 50,
      sizes: [60_000],
      linger: 0.2,
    });
    expect(totals.lost).toBe(0);
    for (const node of nodes) await onNode(NAME, node, 'touch /tmp/stop');
    const said = (await Promise.all(capturing)).join('\n');
    expect(said.match(/^0 packets dropped by kernel/gm)).toHaveLength(4);
    return [...said.matchAll(/^(\d+) packets captured/gm)].map(([, count]) => Number(count));
  };
  const whole = await transfer();
  await success(fault(NAME, 'offloads-off', 'k8s-worker-1'));
  const cut = await transfer();
  await success(fault(NAME, 'gro-on', 'k8s-worker-2'));
  const joined = await transfer();
  console.log(
    `data packets at cable, NIC, NIC, cable: whole ${whole.join()}; cut ${cut.join()}; joined ${joined.join()}`,
  );
  await success(heal(NAME, {}));
});
