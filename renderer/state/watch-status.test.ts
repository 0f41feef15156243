import { expect, it } from 'vitest';
import { type CaptureView, noLoss, noWatch, type WatchView } from '../../app/contract/watch.ts';
import { completeTo, lossOf, lossText, watchStatus } from './watch-status.ts';

function capture(id: number, change: Partial<CaptureView> = {}): CaptureView {
  return {
    id,
    nodeLabel: `node-${String(id)}`,
    pod: null,
    state: 'running',
    since: 0,
    sentence: null,
    packets: 0,
    loss: noLoss,
    watermark: null,
    ...change,
  };
}

const on: WatchView = {
  ...noWatch,
  run: 1,
  state: 'on',
  target: { podId: 'p', name: 'default/demo', addresses: [] },
  captures: [capture(1), capture(2)],
  packets: { total: 1_234, kept: 1_234, bytes: 0 },
};

it('says nothing before the first watch', () => {
  expect(watchStatus(noWatch, null)).toBeNull();
});

it('says what runs, and what does not', () => {
  expect(watchStatus(on, null)).toEqual({
    tone: 'ok',
    text: 'watching default/demo',
    figures: ['1,234 packets', '0 lost'],
    why: [],
  });
  const sentence = 'node-2 has no tcpdump.';
  const gaps = { ...on, captures: [capture(1), capture(2, { state: 'off', sentence })] };
  expect(watchStatus(gaps, null)).toMatchObject({
    tone: 'warn',
    text: 'watching default/demo, 1 of 2 captures',
    why: [sentence],
  });
  const none = { ...on, captures: [capture(1, { state: 'off', sentence })] };
  expect(watchStatus(none, null)).toMatchObject({
    tone: 'warn',
    text: 'nothing is captured of default/demo',
  });
  expect(watchStatus({ ...on, captures: [capture(1, { state: 'starting' })] }, null)?.tone).toBe('busy');
});

it('says with whom alone', () => {
  const only = { name: 'default/w2 (192.168.2.3)', to: '192.168.2.3' };
  expect(watchStatus({ ...on, only }, null)?.text).toBe('watching default/demo ↔ default/w2');
});

it('loss and the watch’s own sentences are no simple running', () => {
  expect(watchStatus({ ...on, loss: { kernel: 3, governor: 0, ours: 0 } }, null)).toMatchObject({
    tone: 'warn',
    figures: ['1,234 packets', '3 lost'],
  });
  // A colour alone says it to nobody who does not see it.
  expect(watchStatus({ ...on, sentences: ['The Pod is gone.'] }, null)).toMatchObject({
    tone: 'warn',
    figures: ['1,234 packets', '0 lost', '1 warning'],
  });
});

it('an ended watch keeps its figures and its reason; one that was asked for comes first', () => {
  const ended: WatchView = { ...on, state: 'ended', sentences: ['The Pod is gone.'] };
  expect(watchStatus(ended, null)).toMatchObject({
    text: 'stopped: default/demo',
    why: ['The Pod is gone.'],
  });
  expect(watchStatus(ended, 'shop/web')).toMatchObject({ tone: 'busy', text: 'starting on shop/web' });
});

it('names who lost packets', () => {
  expect(lossText(noLoss)).toBe('');
  expect(lossText({ kernel: 1_200, governor: 0, ours: 3 })).toBe('1,200 by the node’s kernel, 3 by Hopscope');
});

it('complete is what every capture is complete to, and nothing while one is interrupted or has not said', () => {
  const late = { watermark: { s: 5, ns: 2 } };
  const early = { watermark: { s: 5, ns: 1 } };
  const complete = (...captures: CaptureView[]): unknown => completeTo({ ...on, captures });
  expect(complete()).toBeNull();
  expect(complete(capture(1, late), capture(2, early), capture(3, { watermark: { s: 6, ns: 0 } }))).toBe(
    early.watermark,
  );
  // One that made way, or never could be, keeps nobody waiting.
  expect(complete(capture(1, late), capture(2, { state: 'off', ...early }))).toBe(late.watermark);
  expect(complete(capture(1, late), capture(2))).toBeNull();
  expect(complete(capture(1, late), capture(2, { state: 'waiting', ...early }))).toBeNull();
  expect(completeTo({ ...on, state: 'ended', captures: [capture(1, late)] })).toBeNull();
});

it('losses of several captures are added by who lost them', () => {
  const loss = { kernel: 1, governor: 2, ours: 3 };
  expect(lossOf([capture(1, { loss }), capture(2, { loss }), capture(3)])).toEqual({
    kernel: 2,
    governor: 4,
    ours: 6,
  });
});
