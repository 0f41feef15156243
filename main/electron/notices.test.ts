import { describe, expect, it } from 'vitest';
import type { SessionView } from '../../app/contract/session.ts';
import type { Topology } from '../../app/topology/model.ts';
import { WindowNotices } from './notices.ts';

function engine(): {
  view: SessionView;
  readonly topology: Topology;
  readonly subscribe: (f: () => void) => () => void;
  changed(): void;
} {
  // prettier-ignore
  const listeners = new Set<() => void>();
  return {
    view: {
      phase: 'open',
      cluster: 'lab',
      clusterFile: null,
      sentence: null,
      nodes: [],
      prompts: [],
      paste: null,
      notices: [{ id: 1, level: 'info', sentence: 'from the engine', at: 5 }],
    },
    topology: {} as Topology,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    changed: () => {
      for (const listener of listeners) listener();
    },
  };
}

describe('WindowNotices', () => {
  it("adds its own to the engine's in the order of time, with ids of their own, and tells", () => {
    const inner = engine();
    let clock = 4;
    const notices = new WindowNotices(inner, () => clock);
    expect(notices.view).toBe(inner.view);
    let told = 0;
    const unsubscribe = notices.subscribe(() => told++);
    notices.add('warning', 'crashed');
    clock = 6;
    notices.add('warning', 'crashed again');
    expect(notices.view.notices.map((notice) => notice.sentence)).toEqual([
      'crashed',
      'from the engine',
      'crashed again',
    ]);
    expect(new Set(notices.view.notices.map((notice) => notice.id)).size).toBe(3);
    expect(notices.view).toBe(notices.view);
    inner.changed();
    expect(told).toBe(3);
    unsubscribe();
    notices.add('info', 'x');
    inner.changed();
    expect(told).toBe(3);
  });

  it('follows the engine and keeps only the newest of its own', () => {
    const inner = engine();
    const notices = new WindowNotices(inner, () => 9);
    for (let i = 0; i < 50; i++) notices.add('info', String(i));
    inner.view = { ...inner.view, cluster: 'other', notices: [] };
    expect(notices.view.cluster).toBe('other');
    expect(notices.view.notices).toHaveLength(20);
    expect(notices.view.notices.some((notice) => notice.sentence === '49')).toBe(true);
  });
});
