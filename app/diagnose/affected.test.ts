import { expect, it } from 'vitest';
import { knownCluster } from '../trace/testing/real-cluster.ts';
import { affectedIn } from './affected.ts';
import { clusterOf } from './cluster.ts';
import { diagnose } from './diagnose.ts';
import { draft } from './draft.ts';
import type { Root } from './explain.ts';
import { surveyOf } from './paths/stops.ts';
import { deviceOf, podCalled, type Subject } from './subject.ts';

const folder = new URL('../trace/fixtures/vxlan-bridge/', import.meta.url);

function known(more = '') {
  const cluster = knownCluster(folder, (text, file) =>
    file === 'node-A.txt' ? `${text}\n${more}\nroot@node-A:~# \n` : text,
  );
  return { ...cluster, ledgers: new Map() };
}

/** A finding that breaks these, of which no packet was seen to stop. */
function passing(...breaks: Subject[]): Root {
  const drafted = draft({ title: '', because: '', mend: [''], breaks });
  return { id: 'link-down', draft: drafted, explainedBy: [], consequences: [] };
}

it('whose packets stop because of it: pairs of nodes, with all Pods that one of them stands for', () => {
  const closed = ['*filter', ':INPUT ACCEPT [0:0]', ':FORWARD DROP [0:0]', ':OUTPUT ACCEPT [0:0]', 'COMMIT'];
  const [one] = diagnose(known(`root@node-A:~# iptables-save -c\n${closed.join('\n')}`)).findings;
  expect(one?.affected).toMatchObject({
    how: 'stops',
    sentence: '4 Pod pairs of 2 pairs of nodes; packets between nodes and Pods.',
    pairs: [
      { from: 'node-A', to: 'node-B', pairs: 2 },
      { from: 'node-B', to: 'node-A', pairs: 2 },
    ],
    pods: ['default/p', 'default/r', 'default/q'],
    left: 0,
  });
});

it('whose way leads through it, where none was seen to stop, and that this is all that is known', () => {
  const affected = affectedIn(clusterOf(known()));
  expect(affected(passing(deviceOf('node-A', 'vx0')))).toMatchObject({
    how: 'passes',
    sentence:
      'The way of 4 Pod pairs of 2 pairs of nodes; packets between nodes and Pods leads through it; that they lose packets is not seen.',
  });
  expect(affected(passing(podCalled('default/q')))?.pairs).toEqual([
    expect.objectContaining({ from: 'node-B', to: 'node-A', pairs: 1 }),
    expect.objectContaining({ from: 'node-A', to: 'node-B', pairs: 1 }),
    expect.objectContaining({ from: 'node-A', to: 'node-A', pairs: 2 }),
  ]);
  expect(affected(passing(deviceOf('node-A', 'none0')))).toBeUndefined();
});

it('whose ways it names itself, and not all that lead through what is broken: of a tunnel those between two ends', () => {
  const cluster = clusterOf(known());
  const between = surveyOf(cluster).ended.flatMap(({ pair }) =>
    pair.fromNode === 'node-A' && pair.fromPod !== null && pair.toNode === 'node-B' ? pair.name : [],
  );
  const root = passing(deviceOf('node-A', 'vx0'));
  const affected = affectedIn(cluster)({ ...root, draft: { ...root.draft, paths: between } });
  expect(affected?.how).toBe('passes');
  expect(affected?.pairs.map(({ from, to }) => `${from} → ${to}`)).toEqual(['node-A → node-B']);
});
