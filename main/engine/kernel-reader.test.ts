import { expect, it } from 'vitest';
import type { TraceLookup } from '../../app/trace/model.ts';
import { localTransport } from '../node/testing/local-transport.ts';
import { kernelContradictions, lookupKey } from './kernel-reader.ts';

const node = localTransport({ argv: (command) => ['unshare', '--net', 'sh', '-c', command] });
const mute = localTransport({ argv: () => ['sleep', '30'] });
const { signal } = new AbortController();
const reached = { now: () => 0, signal, silent: [] };

/** The kernel of an empty namespace knows no way. */
const lookup = (node: string, why: 'no-route' | null): TraceLookup => ({
  ...{ node, netnsId: node, place: node, pid: null, isPod: false, command: 'ip route get 192.0.2.1' },
  asked: {
    ...{ family: 4, destination: '192.0.2.1', source: null, iif: null, oif: null },
    ...{ mark: 0, tos: 0, ipproto: 6, sport: 40_000, dport: 80 },
  },
  expected:
    why === null
      ? { kind: 'route', type: 'unicast', paths: [{ dev: 'eth0', via: null }] }
      : { kind: 'refused', why, errnos: ['ENETUNREACH'] },
});

it('a node that does not answer in time, or is not asked, agrees with nothing', async () => {
  const lookups = [lookup('a', 'no-route'), lookup('b', 'no-route'), lookup('c', 'no-route')];
  const transports = new Map([
    ['a', node],
    ['b', mute],
  ]);
  const transport = (label: string) => transports.get(label) ?? null;
  const until = performance.now() + 2_000;
  const { words, answered, unheard } = await kernelContradictions(() => Promise.resolve(lookups), {
    ...{ ...reached, transport, until },
  });
  expect([...words]).toEqual([[lookupKey(lookup('a', null)), null]]);
  expect([answered, unheard]).toEqual([['a'], ['b', 'c']]);
  const over = { ...reached, transport: () => node, until: performance.now() };
  expect(await kernelContradictions(() => Promise.resolve(lookups), over)).toMatchObject({
    ...{ answered: [], unheard: ['a', 'b', 'c'] },
  });
});

it('a node that was silent before is not asked, connected as it is, and has not been heard', async () => {
  const lookups = [lookup('a', 'no-route'), lookup('b', 'no-route')];
  const wanted: string[] = [];
  const transport = (label: string) => {
    wanted.push(label);
    return node;
  };
  const context = { ...reached, transport };
  const asked = () => Promise.resolve(lookups);
  expect(await kernelContradictions(asked, { ...context, silent: ['b'] })).toMatchObject({
    ...{ answered: ['a'], unheard: ['b'] },
  });
  expect(wanted).toEqual(['a']);
  expect(await kernelContradictions(asked, context)).toMatchObject({ answered: ['a', 'b'], unheard: [] });
});

it('what it contradicts once and cannot be asked again is not known', async () => {
  const lookups = [lookup('a', null)];
  let connected = true;
  const context = { ...reached, transport: () => (connected ? node : null) };
  const asked = () => Promise.resolve(lookups);
  expect((await kernelContradictions(asked, context)).words.get(lookupKey(lookup('a', null)))).toMatchObject({
    ...{ node: 'a', destination: '192.0.2.1' },
  });
  let times = 0;
  const again = await kernelContradictions(() => {
    times += 1;
    connected = times === 1;
    return asked();
  }, context);
  expect(again).toEqual({ words: new Map(), answered: [], unheard: ['a'] });
});

it('nor what the model says nothing of when it is asked again', async () => {
  let times = 0;
  const once = () => Promise.resolve(times++ === 0 ? [lookup('a', null)] : []);
  expect(await kernelContradictions(once, { ...reached, transport: () => node })).toEqual({
    ...{ words: new Map(), answered: [], unheard: ['a'] },
  });
});

it('a model that leads another way by then has caught up: its node was asked', async () => {
  let times = 0;
  const other = { ...lookup('a', 'no-route'), command: 'ip route get 192.0.2.9' };
  const once = () => Promise.resolve(times++ === 0 ? [lookup('a', null)] : [other]);
  expect(await kernelContradictions(once, { ...reached, transport: () => node })).toEqual({
    ...{ words: new Map(), answered: ['a'], unheard: [] },
  });
});
