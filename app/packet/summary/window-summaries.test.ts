import { expect, it } from 'vitest';
import { parseDisplayFilter } from '../filter/display-filter.ts';
import { PacketStore } from '../store/packet-store.ts';
import { PacketView } from '../store/packet-view.ts';
import { Spill } from '../store/spill.ts';
import { ipPacket, pcap } from '../testing/pcap.ts';
import { TestMedium } from '../testing/spill-medium.ts';
import { WindowSummaries } from './window-summaries.ts';

const always = () => true;

/** Twenty packets that pass, nearly each in a segment of its own out of memory. */
function sparse() {
  const medium = new TestMedium(2_000_000);
  const store = new PacketStore({ maxBytes: 20_000, spill: new Spill(medium) });
  const packets = Array.from({ length: 5000 }, (_, index) => ({
    bytes: ipPacket({ source: [10, 0, 0, index & 255], destination: [10, 0, 1, 1], ports: [1, 80] }),
  }));
  store.decoder(1).push(pcap(276, packets));
  const filter = parseDisplayFilter('ip.src == 10.0.0.7');
  if (!filter.ok) throw new Error(filter.failure.sentence);
  const view = new PacketView(store, filter.value);
  view.update();
  return { medium, view, numbers: Array.from({ length: 20 }, (_, index) => 8 + 256 * index) };
}

it('read a segment once, however often the window is asked for', () => {
  const { medium, view, numbers } = sparse();
  const summaries = new WindowSummaries();
  const ask = (from: number) => summaries.of(view.rows(from, 10, null).places, always);
  const before = medium.reads;
  expect(ask(0).rows.map(({ number }) => number)).toEqual(numbers.slice(0, 10));
  expect(medium.reads - before).toBeGreaterThan(5);
  const once = medium.reads;
  expect(ask(0).rows.map(({ number }) => number)).toEqual(numbers.slice(0, 10));
  expect(medium.reads).toBe(once);
  // A step further reads what is new.
  expect(ask(1).rows.map(({ number }) => number)).toEqual(numbers.slice(1, 11));
  expect(medium.reads).toBe(once + 1);
});

it('read on in the next call where there was no time', () => {
  const { view, numbers } = sparse();
  const summaries = new WindowSummaries();
  const { places } = view.rows(0, 20, null);
  const left: number[] = [];
  for (let calls = 0; calls < 20; calls += 1) {
    const answer = summaries.of(places, () => false);
    left.push(answer.left);
    if (answer.left > 0) continue;
    expect(answer.rows.map(({ number }) => number)).toEqual(numbers);
    break;
  }
  expect(left.at(-1)).toBe(0);
  expect(left.length).toBeGreaterThan(5);
});

it('leave out what cannot be read', () => {
  const { medium, view } = sparse();
  const { places } = view.rows(0, 20, null);
  medium.failing = true;
  const { rows, left } = new WindowSummaries().of(places, always);
  expect(rows.length).toBeLessThan(10);
  expect(left).toBe(0);
});
