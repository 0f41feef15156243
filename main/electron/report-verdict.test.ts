import { describe, expect, it } from 'vitest';
import type { NodeStatus, SessionView } from '../../app/contract/session.ts';
import { judgeReport, waitedEnough, type Judged } from './report-verdict.ts';

const node = (label: string, change: Partial<NodeStatus> = {}): NodeStatus => ({
  label,
  address: '127.0.0.1:22',
  state: 'connected',
  since: 0,
  sentence: null,
  detail: null,
  retryAt: null,
  rights: 3,
  limits: [],
  lastFactsAt: 1,
  nodeId: `node:${label}`,
  ...change,
});
const judged = (
  nodes: NodeStatus[],
  change: Partial<SessionView> = {},
  kubernetes: { settled: boolean; inventoried: boolean } = { settled: true, inventoried: true },
): Judged => ({
  view: {
    phase: 'open',
    cluster: 'lab',
    clusterFile: 'lab.yaml',
    sentence: null,
    nodes,
    prompts: [],
    paste: null,
    notices: [],
    ...change,
  },
  ...kubernetes,
});

describe('a headless report', () => {
  it('is complete when every node has facts and is in the graph', () => {
    const open = judged([node('worker-1'), node('worker-10')]);
    const summary = 'Nodes: worker-1, worker-10. 4 Pods.';
    expect(waitedEnough(open, summary)).toBe(true);
    expect(judgeReport(open, summary)).toEqual({ complete: true, sentences: [] });
  });

  it('does not take worker-10 for worker-1', () => {
    const open = judged([node('worker-1'), node('worker-10')]);
    expect(waitedEnough(open, 'worker-10')).toBe(false);
    expect(judgeReport(open, 'worker-10')).toEqual({
      complete: false,
      sentences: ['worker-1 is missing: it is not in the graph'],
    });
  });

  it('waits for facts and for the first drawing', () => {
    expect(waitedEnough(judged([node('a', { lastFactsAt: null, state: 'connecting' })]), 'a')).toBe(false);
    expect(waitedEnough(judged([node('a')]), null)).toBe(false);
    expect(waitedEnough(judged([], { phase: 'opening' }), '')).toBe(false);
    expect(judgeReport(judged([node('a')]), null).sentences).toContain('The window drew no graph.');
  });

  it('waits for Kubernetes, and says so when it had to go without', () => {
    const asked = judged([node('a')], {}, { settled: false, inventoried: false });
    expect(waitedEnough(asked, 'a')).toBe(false);
    const verdict = judgeReport(asked, 'a');
    expect(verdict.complete).toBe(false);
    expect(verdict.sentences.join()).toMatch(/^Kubernetes had not answered/);
  });

  it('does not take a Kubernetes that failed for one that answered', () => {
    const failed = judged([node('a')], {}, { settled: true, inventoried: false });
    expect(waitedEnough(failed, 'a')).toBe(true);
    expect(judgeReport(failed, 'a')).toEqual({
      complete: false,
      sentences: ['Kubernetes could not be read: Pods may be missing or nameless.'],
    });
  });

  it('stops waiting for a node that failed for good, and says why', () => {
    const open = judged([
      node('a'),
      node('b', { state: 'failed', lastFactsAt: null, sentence: 'Wrong key.' }),
    ]);
    expect(waitedEnough(open, 'a')).toBe(true);
    expect(judgeReport(open, 'a')).toEqual({ complete: false, sentences: ['b is missing: Wrong key.'] });
  });

  it('says why nothing was opened', () => {
    const failed = judged([], { phase: 'failed', sentence: 'The file is not YAML.' });
    expect(waitedEnough(failed, null)).toBe(true);
    expect(judgeReport(failed, null)).toEqual({ complete: false, sentences: ['The file is not YAML.'] });
    expect(judgeReport(judged([], { phase: 'none' }), null).complete).toBe(false);
  });
});
