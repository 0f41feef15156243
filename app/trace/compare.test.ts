import { describe, expect, it } from 'vitest';
import { compareTraces } from './compare.ts';
import { comparedTrace, comparedTraceSchema, type ComparedTrace } from './document.ts';
import { knownCluster } from './testing/real-cluster.ts';
import { tracePath } from './trace.ts';

const folder = new URL('./fixtures/vxlan-bridge/', import.meta.url);

function traced(to = '10.244.2.2', change: (text: string) => string = (text) => text): ComparedTrace {
  const known = knownCluster(folder, (text, file) => (file === 'node-A.txt' ? change(text) : text));
  const answer = tracePath(known, { from: '10.244.1.2', to, proto: 'icmp', port: null, size: null });
  if (!answer.ok) throw new Error(answer.sentence);
  return comparedTrace(answer);
}

const broken = (): ComparedTrace =>
  traced('10.244.2.2', (text) =>
    text
      .split('\n')
      .filter((line) => !line.startsWith('10.244.2.0/24'))
      .join('\n'),
  );

describe('a trace asked again', () => {
  it('with nothing changed is the same, hop by hop', () => {
    const { same, another, sentence, ways } = compareTraces(traced(), traced());
    expect([same, another, sentence]).toEqual([
      true,
      null,
      'Nothing is another: it is delivered, and so is the answer.',
    ]);
    expect(new Set(ways.flatMap(({ hops }) => hops.map(({ kind }) => kind)))).toEqual(new Set(['same']));
  });

  it('after the mend: what it was and what it is, the hop that changed, those it comes to now', () => {
    const { same, sentence, ways } = compareTraces(broken(), traced());
    expect(same).toBe(false);
    expect(sentence).toBe(
      'Before: it is rejected at node-A cni0 (no-route). Now: it is delivered, and so is the answer.',
    );
    const [there, back] = ways;
    expect(there?.hops.map(({ kind, place }) => `${kind} ${place}`)).toEqual([
      'same p on node-A',
      'changed node-A',
      'new node-A',
      'new node-B',
      'new node-B',
      'new r on node-B',
    ]);
    expect(there?.hops[1]?.sentence).toContain('out by: none → vx0');
    expect(back).toMatchObject({ direction: 'back', before: null, after: 'delivered' });
  });

  it('is the reverse where the order is', () => {
    const kinds = ({ ways }: ReturnType<typeof compareTraces>): number[] =>
      ['new', 'gone', 'changed', 'same'].map(
        (kind) => ways.flatMap(({ hops }) => hops).filter((hop) => hop.kind === kind).length,
      );
    const [appeared = 0, gone = 0, ...rest] = kinds(compareTraces(broken(), traced()));
    expect(kinds(compareTraces(traced(), broken()))).toEqual([gone, appeared, ...rest]);
  });

  it('another question is said to be one', () => {
    expect(compareTraces(traced(), traced('10.244.1.3')).another).toContain('now from');
  });

  it('a file with more than fits, or with other things, is refused', () => {
    const document = traced();
    expect(comparedTraceSchema.safeParse({ ...document, more: 'x' }).success).toBe(true);
    for (const wrong of [
      { ...document, paths: [] },
      { ...document, schema: 2 },
      { ...document, from: 'x'.repeat(513) },
      { ...document, paths: Array(257).fill(document.paths[0]) },
      { ...document, reverse: { ...document.reverse, hops: [{ node: 1 }] } },
      [],
      null,
    ])
      expect(comparedTraceSchema.safeParse(wrong).success).toBe(false);
  });
});
