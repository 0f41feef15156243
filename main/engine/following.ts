/**
 * What is heard of as it changes. Nothing: each node is read once, as scripts want it. Nodes: what changes there is told,
 * and the rest is read when a question asks for it, which is answered within seconds. Everything: Kubernetes is watched
 * as well, and what nobody tells of is read by the clock.
 */
export type Following = 'everything' | 'nodes' | 'nothing';
