// The first picture of 10,000 Pods, folded: from the topology's message to the frame that shows it, in the real program.
import { generatedSession, type ClusterSize } from './fixtures/generated-cluster.ts';
import { report, ROUNDS, rounds, tellLoad } from './fixtures/figures.ts';
import { standIn } from './fixtures/stand-in-session.ts';
import { Windows } from './fixtures/window.ts';

const BUDGET_MS = 2_000;
const LARGE: ClusterSize = { nodes: 100, podsPerNode: 100 };
const SMALL: ClusterSize = { nodes: 3, podsPerNode: 10 };

tellLoad('at the start');
await using windows = await Windows.prepare();
await using window = await windows.open();
const session = await standIn(window.page);
const large = generatedSession(LARGE);
const small = generatedSession(SMALL);

const values = await rounds(ROUNDS, {
  large: () => session.draw(large, LARGE.nodes, /more Pods on .*, folded/),
  small: () => session.draw(small, SMALL.nodes, /^Pod .* ⇄ /),
});
report({
  name: `first picture of ${LARGE.nodes * LARGE.podsPerNode} Pods on ${LARGE.nodes} nodes, folded`,
  measured: values.large,
  unit: 'ms',
  reference: {
    name: `${SMALL.nodes * SMALL.podsPerNode} Pods on ${SMALL.nodes} nodes`,
    values: values.small,
  },
  budget: { of: 'value', atMost: BUDGET_MS },
});
tellLoad('at the end');
