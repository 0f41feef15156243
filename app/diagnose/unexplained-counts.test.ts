import { expect, it } from 'vitest';
import { diagnose } from './diagnose.ts';
import { counters, known, pods } from './testing/case.ts';

/** Two samples of node a, so many seconds apart. */
function after(seconds: number, rises: Readonly<Record<string, number>>) {
  const { nodes, inventory } = pods();
  const moment = (times: 0 | 1) =>
    nodes.map((node) => {
      const own = Object.fromEntries(Object.entries(rises).map(([name, rise]) => [name, 5 + rise * times]));
      const at = 1000 + seconds * times;
      const counted = { ...counters(node.label === 'a' ? own : {}), at: { s: at, ns: 0 } };
      return { ...node, at, facts: () => ({ counters: counted }) };
    });
  return diagnose(known([moment(0), moment(1)], inventory)).findings;
}

it('what a kernel counts as dropped and no detector speaks of: a warning at that place, with its counter', () => {
  const [one, ...more] = after(5, { UdpRcvbufErrors: 40 });
  expect(more).toEqual([]);
  expect(one).toMatchObject({
    id: 'unexplained-drop',
    severity: 'warning',
    confidence: 'possible',
    where: { node: 'a', interface: null, pod: null },
  });
  expect(one?.title).toBe('a loses packets: program reads too slowly (receive buffer full)');
  expect(one?.because).toContain('40 in the last 5 s, by UdpRcvbufErrors');
  expect(one?.evidence[0]?.shows).toEqual(['Udp']);
});

it('nothing for a few, for one a minute, for what machines refuse all day, for what has a detector of its own', () => {
  expect(after(5, { UdpRcvbufErrors: 4 })).toEqual([]);
  expect(after(50, { IpReasmFails: 20 })).toEqual([]);
  expect(after(5, { UdpNoPorts: 900, TcpOutRsts: 900 })).toEqual([]);
  expect(after(5, { TcpExtIPReversePathFilter: 900, IpInAddrErrors: 900 })).toEqual([]);
});
