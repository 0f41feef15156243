import { expect, it } from 'vitest';
import { fail, ok } from '../../app/result.ts';
import { a, build, demo, fact, inventoryOf } from '../../app/topology/testing/scenario.ts';
import type { TraceAnswer, TraceQuestion } from '../../app/trace/model.ts';
import type { Engine } from './engine.ts';
import { otherEnd } from './other-end.ts';

const topology = build([a(1000)], { inventory: inventoryOf(fact()) });
const pod = topology.pods['pod:u1'];
const inside = Object.values(topology.netns).find(({ inode }) => inode === demo.inode)?.id ?? '';

const reaching = (...destinations: string[]): TraceAnswer =>
  ({
    ...{ ok: true, to: `default/web (${destinations[0] ?? ''})`, reverse: null, lookups: [] },
    paths: [
      {
        hops: destinations.map((dst, at) => ({
          ...{ isPod: at === destinations.length - 1, netnsId: inside, came: { dst }, left: null },
        })),
      },
    ],
  }) as unknown as TraceAnswer;
const refused = { ok: false, sentence: 'They have no addresses of one family.' } as const;

/** An engine that answers so, by what of a question is not always the same. */
function answering(answers: Readonly<Record<string, TraceAnswer>>): Pick<Engine, 'ask' | 'topology'> {
  const ask = ({ proto, family }: TraceQuestion): TraceAnswer =>
    answers[`${proto} ${String(family ?? 'any')}`] ?? refused;
  return {
    topology,
    ask: (_what: string, question: TraceQuestion) => Promise.resolve(ok(ask(question))),
  } as unknown as Pick<Engine, 'ask' | 'topology'>;
}

it('is known by its addresses of both families, before and behind what translates them', async () => {
  if (pod === undefined) throw new Error('no Pod');
  const both = { 'tcp any': reaching('10.96.0.7', '192.168.2.3'), 'tcp 6': reaching('fd00::7', 'fd00::3') };
  expect(await otherEnd(answering(both), pod, 'svc/default/web')).toEqual(
    ok({
      ...{ to: 'svc/default/web', name: 'default/web (10.96.0.7)', podIds: ['pod:u1'] },
      addresses: ['10.96.0.7', '192.168.2.3', 'fd00::7', 'fd00::3'],
    }),
  );
  const turned = { 'udp any': reaching('fd00::7'), 'udp 4': reaching('10.96.0.7') };
  expect(await otherEnd(answering(turned), pod, 'svc/default/web')).toMatchObject({
    value: { addresses: ['fd00::7', '10.96.0.7'] },
  });
});

it('is known by one family where there is no other, and by none where it is nobody', async () => {
  if (pod === undefined) throw new Error('no Pod');
  expect(await otherEnd(answering({ 'tcp any': reaching('10.96.0.7') }), pod, 'web')).toMatchObject({
    value: { addresses: ['10.96.0.7'] },
  });
  expect(await otherEnd(answering({}), pod, 'web')).toEqual(fail(refused.sentence));
});
