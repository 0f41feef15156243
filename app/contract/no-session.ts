// What is told before a cluster is opened. Apart from the schemas: the page has no need of these.
import type { SessionView } from './session.ts';

export const noSession: SessionView = {
  phase: 'none',
  cluster: null,
  clusterFile: null,
  sentence: null,
  nodes: [],
  prompts: [],
  paste: null,
  notices: [],
};
