import { describe, expect, it } from 'vitest';
import type { NodeStatus, SessionView } from '../../app/contract/session.ts';
import { judgeReport, settled } from './report-verdict.ts';

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
const view = (nodes: NodeStatus[], change: Partial<SessionView> = {}): SessionView => ({
  phase: 'open',
  cluster: 'lab',
  clusterFile: 'lab.yaml',
  sentence: null,
  nodes,
  prompts: [],
  notices: [],
  ...change,
});

describe('a headless report', () => {
  it('is complete when every node has facts and is in the graph', () => {
    const open = view([node('worker-1'), node('worker-10')]);
    const summary = 'Nodes: worker-1, worker-10. 4 Pods.';
    expect(settled(open, summary)).toBe(true);
    expect(judgeReport(open, summary)).toEqual({ complete: true, sentences: [] });
  });

  it('does not take worker-10 for worker-1', () => {
    const open = view([node('worker-1'), node('worker-10')]);
    expect(settled(open, 'worker-10')).toBe(false);
    expect(judgeReport(open, 'worker-10')).toEqual({
      complete: false,
      sentences: ['worker-1 is missing: it is not in the graph'],
    });
  });

  it('waits for facts and for the first drawing', () => {
    expect(settled(view([node('a', { lastFactsAt: null, state: 'connecting' })]), 'a')).toBe(false);
    expect(settled(view([node('a')]), null)).toBe(false);
    expect(settled(view([], { phase: 'opening' }), '')).toBe(false);
    expect(judgeReport(view([node('a')]), null).sentences).toContain('The window drew no graph.');
  });

  it('stops waiting for a node that failed for good, and says why', () => {
    const open = view([node('a'), node('b', { state: 'failed', lastFactsAt: null, sentence: 'Wrong key.' })]);
    expect(settled(open, 'a')).toBe(true);
    expect(judgeReport(open, 'a')).toEqual({ complete: false, sentences: ['b is missing: Wrong key.'] });
  });

  it('says why nothing was opened', () => {
    const failed = view([], { phase: 'failed', sentence: 'The file is not YAML.' });
    expect(settled(failed, null)).toBe(true);
    expect(judgeReport(failed, null)).toEqual({ complete: false, sentences: ['The file is not YAML.'] });
    expect(judgeReport(view([], { phase: 'none' }), null).complete).toBe(false);
  });
});
