// The cluster as a whole: what the inspector says while nothing is selected.
import { type ReactNode, useMemo } from 'react';
import type { NodeStatus } from '../../../app/contract/session.ts';
import type { Topology } from '../../../app/topology/model.ts';
import { bgpCountText } from '../../state/bgp-count.ts';
import { countConnected, useSession } from '../../state/session.ts';
import { countText } from '../../state/text.ts';
import { indexOf } from '../../state/topology-index.ts';
import { Facts } from '../../ui/kv.tsx';
import { InventorySection } from './inventory-section.tsx';
import { Section, Sentences } from './parts.tsx';
import { factNames, inspectorStrings, inspectorWords, legend } from './strings.ts';
import { WhereTo } from './where-to.tsx';

const FROM_EVERY_NODE = { at: null, sources: [], iif: null } as const;

export function Overview({ topology }: { readonly topology: Topology | null }): ReactNode {
  const view = useSession((state) => state.view);
  const standings = useSession((state) => state.standings);
  const counts = useMemo(
    () => (topology === null ? [] : countsOf(topology, standings)),
    [topology, standings],
  );
  return (
    <div className="inspector-scroll">
      <header className="inspector-header">
        <h2 data-testid="inspector-title">{view.cluster ?? inspectorStrings.cluster}</h2>
        <div className="dim">{inspectorStrings.hint}</div>
      </header>
      <Facts
        facts={[
          {
            name: factNames.nodes,
            value: inspectorWords.connected(countConnected(view), view.nodes.length),
          },
          ...counts,
        ]}
      />
      {topology === null ? null : <WhereTo from={FROM_EVERY_NODE} />}
      <Sentences title={inspectorStrings.warnings} sentences={topology?.warnings ?? []} tone="warn" />
      {topology === null ? null : <InventorySection />}
      <Section title={inspectorStrings.legend}>
        <ul className="legend">
          {legend.map((entry) => (
            <li key={entry.look}>
              <span className={`legend-mark ${entry.look}`} aria-hidden="true" />
              {entry.words}
            </li>
          ))}
        </ul>
      </Section>
      <Section title={inspectorStrings.keys}>
        <ul className="lines">
          {inspectorStrings.keyHints.map(([keys, words]) => (
            <li key={keys} className="line-pair">
              <span>{words}</span>
              <kbd>{keys}</kbd>
            </li>
          ))}
        </ul>
      </Section>
    </div>
  );
}

function countsOf(
  topology: Topology,
  standings: readonly NodeStatus[],
): { name: string; value: ReactNode }[] {
  const index = indexOf(topology);
  const pods = [...index.podsOf.values()].reduce((sum, each) => sum + each.length, index.homelessPods.length);
  const countsOn = index.nodes.map((node) => ({
    isWhole: node.unread.routes === null,
    count: topology.forwarding[node.rootNetns]?.routes.length ?? 0,
  }));
  const routes = countsOn.reduce((sum, { count }) => sum + count, 0);
  const lacking = countsOn.filter(({ isWhole }) => !isWhole);
  const none = lacking.filter(({ count }) => count === 0).length;
  const gaps = [
    { words: 'not known on', nodes: none },
    { words: 'not all known on', nodes: lacking.length - none },
  ].flatMap(({ words, nodes }) => (nodes === 0 ? [] : [`, ${words} ${countText(nodes, 'node', 'nodes')}`]));
  return [
    { name: factNames.pods, value: pods.toLocaleString('en') },
    { name: factNames.bgp, value: bgpCountText(topology, standings) },
    {
      name: factNames.routes,
      value: `${routes.toLocaleString('en')} on the nodes${gaps.join('')}`,
    },
  ];
}
