import { expect, it } from 'vitest';
import {
  type CaptureView,
  noLoss,
  noWatch,
  type PacketRows,
  type WatchView,
} from '../../../app/contract/watch.ts';
import { filterStrings } from './filter-strings.ts';
import { shareSearched, whyEmpty } from './why-empty.ts';

const on: WatchView = { ...noWatch, run: 1, state: 'on' };
const busy: WatchView = { ...on, packets: { total: 900, kept: 500, bytes: 0 } };
const going = { filter: '', until: null };

function captures(...states: CaptureView['state'][]): Pick<WatchView, 'captures'> {
  return {
    captures: states.map((state, id) => ({
      id,
      nodeLabel: 'node',
      pod: null,
      state,
      since: 0,
      sentence: null,
      packets: 0,
      loss: noLoss,
      watermark: null,
    })),
  };
}

function rows(filter: string, until: number | null, change: Partial<PacketRows> = {}): PacketRows {
  const window = { type: 'window', from: null, count: 10, filter, until } as const;
  return {
    run: 1,
    window,
    first: 0,
    end: 0,
    from: 0,
    rows: [],
    filterError: null,
    scanned: 0,
    toScan: 0,
    ...change,
  };
}

it('before the first packet says what the captures do', () => {
  expect(whyEmpty(noWatch, null, going)).toBeNull();
  expect(whyEmpty(on, rows('', null), going)).toBe('starting');
  expect(whyEmpty({ ...on, ...captures('starting', 'off') }, null, going)).toBe('starting');
  expect(whyEmpty({ ...on, ...captures('running', 'off') }, null, going)).toBe('waiting');
  expect(whyEmpty({ ...on, ...captures('off', 'waiting') }, null, going)).toBe('blind');
  expect(whyEmpty({ ...on, ...captures('off'), state: 'ended' }, null, going)).toBe('none');
});

it('with packets says nothing until main has answered for what the operator wants to see', () => {
  expect(whyEmpty({ ...busy, ...captures('running') }, null, going)).toBeNull();
  expect(whyEmpty(busy, rows('', null), { filter: ':80', until: null })).toBeNull();
  expect(whyEmpty(busy, rows(':80', null), { filter: ':80', until: 4 })).toBeNull();
  expect(whyEmpty(busy, rows(':80', null, { end: 3 }), { filter: ':80', until: null })).toBeNull();
  expect(whyEmpty(busy, rows('?', null, { filterError: 'no address' }), { filter: '?', until: null })).toBe(
    'wrong',
  );
  const search = { scanned: 3, toScan: 10 };
  expect(whyEmpty(busy, rows(':80', null, search), { filter: ':80', until: null })).toBeNull();
});

it('tells how much a filter has looked at, until it has looked at all', () => {
  expect(shareSearched(rows('tcp', null, { scanned: 3, toScan: 10 }))).toBe(0.3);
  expect(shareSearched(rows('tcp', null, { scanned: 0, toScan: 10 }))).toBe(0);
  expect(shareSearched(rows('tcp', null))).toBeNull();
  expect(filterStrings.searching(0.999)).toBe('searching 99 %');
});

it('tells a filter that nothing passes from a pause whose packets have left', () => {
  expect(whyEmpty(busy, rows(':80', null), { filter: ':80', until: null })).toBe('filtered');
  expect(whyEmpty(busy, rows(':80', 4), { filter: ':80', until: 4 })).toBe('filtered-paused');
  expect(whyEmpty(busy, rows('', 4), { filter: '', until: 4 })).toBe('paused-left');
  expect(whyEmpty(busy, rows('', 0), { filter: '', until: 0 })).toBe('paused-early');
});
