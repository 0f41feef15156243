import { describe, expect, it } from 'vitest';
import type { NodeStatus, SessionView } from '../../app/contract/session.ts';
import { answerSecondStart } from './second-start.ts';

const node = (state: NodeStatus['state']): NodeStatus => ({
  label: 'a',
  address: '127.0.0.1:22',
  state,
  since: 0,
  sentence: null,
  detail: null,
  retryAt: null,
  rights: 3,
  limits: [],
  lastFactsAt: 1,
  nodeId: 'node:a',
});
const view = (change: Partial<SessionView>): SessionView => ({
  phase: 'open',
  cluster: 'prod',
  clusterFile: '/prod.yml',
  sentence: null,
  nodes: [node('connected')],
  prompts: [],
  paste: null,
  notices: [],
  ...change,
});

describe('a second start', () => {
  it('only shows the window when it names no cluster, or says what is none', () => {
    for (const handed of [
      { clusterFile: null },
      { clusterFile: 'relative.yml' },
      { clusterFile: 7 },
      {},
      null,
      'x',
    ]) {
      expect(answerSecondStart(view({}), handed)).toEqual({ kind: 'show' });
    }
  });

  it('opens its cluster in a window that has none', () => {
    for (const phase of ['none', 'failed'] as const) {
      const empty = view({ phase, clusterFile: null, nodes: [] });
      expect(answerSecondStart(empty, { clusterFile: '/lab.yml' })).toEqual({
        kind: 'open',
        clusterFile: '/lab.yml',
      });
    }
  });

  it("never ends another cluster's session, connected or not", () => {
    for (const state of ['connected', 'waiting'] as const) {
      const answer = answerSecondStart(view({ nodes: [node(state)] }), { clusterFile: '/lab.yml' });
      expect(answer.kind).toBe('keep');
      expect(answer.kind === 'keep' ? answer.sentence : '').toMatch(/asked for \/lab\.yml.*keeps prod/);
    }
  });

  it('leaves the same cluster alone while it works, and opens it anew when no node answers', () => {
    const same = { clusterFile: '/prod.yml' };
    expect(answerSecondStart(view({ nodes: [node('waiting'), node('connected')] }), same).kind).toBe('show');
    expect(answerSecondStart(view({ nodes: [node('waiting')] }), same).kind).toBe('open');
  });
});
