import { expect, it } from 'vitest';
import type { FlowEnd, FlowView } from '../../app/contract/trails.ts';
import { connectionsOf, shownTalk, talksOf } from './talks.ts';

const end = (text: string): FlowEnd => {
  const at = text.lastIndexOf(':');
  return at < 0
    ? { address: text, port: null, name: null }
    : { address: text.slice(0, at), port: Number(text.slice(at + 1)), name: null };
};
const flow = (id: number, from: string, to: string, packets = 1, protocol = 'TCP'): FlowView => ({
  ...{
    id,
    protocol,
    source: end(from),
    destination: end(to),
    bytes: 0,
    hops: [],
    first: id,
    last: id,
    health: [],
    isTranslated: false,
    isCarried: false,
    mayQuote: false,
  },
  counts: { delivered: packets, dropped: 0, rejected: 0, inFlight: 0, notCaptured: 0, ambiguous: 0 },
});
const told = (flows: readonly FlowView[]): (readonly [number, number | null])[] =>
  connectionsOf(flows).map(({ forth, back }) => [forth.id, back?.id ?? null]);

it('a flow and the one the other way are a connection, from whom opened it', () => {
  expect(
    told([flow(1, '10.0.0.3:8080', '10.0.0.2:40000'), flow(2, '10.0.0.2:40000', '10.0.0.3:8080')]),
  ).toEqual([[2, 1]]);
  // Without ports, who was first seen asked.
  expect(told([flow(2, '10.0.0.3', '10.0.0.2'), flow(1, '10.0.0.2', '10.0.0.3')])).toEqual([[1, 2]]);
});

it('behind a Service and behind a masquerade the answers are found by the end that stays', () => {
  const service = [flow(1, '10.0.0.2:40000', '10.96.0.1:80'), flow(2, '10.0.0.3:8080', '10.0.0.2:40000')];
  expect(told(service)).toEqual([[1, 2]]);
  const outside = [flow(1, '10.0.0.2:40000', '1.1.1.1:53'), flow(2, '1.1.1.1:53', '10.12.22.151:40000')];
  expect(told(outside)).toEqual([[1, 2]]);
});

it('does not say whose answer it is where it may be that of two, or of another protocol', () => {
  const asked = [flow(1, '10.0.0.2:40000', '10.96.0.1:80'), flow(2, '10.0.0.2:40000', '10.96.0.2:80')];
  expect(told([...asked, flow(3, '10.0.0.3:8080', '10.0.0.2:40000')])).toEqual([
    [1, null],
    [2, null],
    [3, null],
  ]);
  const other = flow(2, '10.0.0.3:80', '10.0.0.2:40000', 1, 'UDP');
  expect(told([flow(1, '10.0.0.2:40000', '10.0.0.3:80'), other])).toHaveLength(2);
});

it('connections of the same two to the same port are a talk', () => {
  const flows = [1, 2, 3].flatMap((nth) => [
    flow(2 * nth, `10.0.0.2:4000${String(nth)}`, '10.0.0.3:8080', 5),
    flow(2 * nth + 1, '10.0.0.3:8080', `10.0.0.2:4000${String(nth)}`, 4),
  ]);
  const [talk, ...others] = talksOf([...flows, flow(9, '10.0.0.2:40001', '10.0.0.3:9090')]);
  expect(talk).toMatchObject({ connections: 3, packets: 27, flows: [7, 6, 5, 4, 3, 2] });
  expect([...(talk?.forth ?? [])]).toEqual([2, 4, 6]);
  expect(others).toHaveLength(1);
});

it('shows the busiest of the Pod, and stays with it until another is much busier, or one is chosen', () => {
  const flows = (busy: number): FlowView[] => [
    flow(1, '10.0.0.2:40000', '10.0.0.3:80', 10),
    flow(2, '10.0.0.2:40000', '10.0.0.4:90', busy),
    flow(3, '10.0.0.8:40000', '10.0.0.9:80', 99),
  ];
  const pod = (before: string | null, isHeld = false): Parameters<typeof shownTalk>[2] => ({
    ...{ addresses: ['10.0.0.2'], before, isHeld },
  });
  const first = shownTalk(flows(9), null, pod(null));
  expect(first?.server).toEqual(end('10.0.0.3:80'));
  expect(shownTalk(flows(19), null, pod(first?.key ?? null))?.key).toBe(first?.key);
  expect(shownTalk(flows(20), null, pod(first?.key ?? null))?.server).toEqual(end('10.0.0.4:90'));
  expect(shownTalk(flows(99), null, pod(first?.key ?? null, true))?.key).toBe(first?.key);
  expect(shownTalk(flows(20), { kind: 'flow', id: 3 }, pod(null))?.flows).toEqual([3]);
  expect(shownTalk(flows(20), { kind: 'talk', key: first?.key ?? '' }, pod(null))?.key).toBe(first?.key);
  expect(shownTalk([], null, pod(null))).toBeNull();
});
