import type { ReactNode } from 'react';
import type { Topology } from '../../../app/topology/model.ts';
import { type Selection, useSelection } from '../../state/selection.ts';
import { useTopology } from '../../state/topology.ts';
import { BgpInspector } from './bgp-inspector.tsx';
import { InterfaceInspector } from './interface-inspector.tsx';
import { FindingsSection } from './findings-section.tsx';
import { Overview } from './overview.tsx';
import { NodeInspector } from './node-inspector.tsx';
import { PodInspector } from './pod-inspector.tsx';
import { inspectorStrings } from './strings.ts';
import './inspector.css';
import './routes.css';

export function Inspector(): ReactNode {
  const selected = useSelection((state) => state.selected);
  const topology = useTopology((state) => state.topology);
  return (
    <aside className="inspector" aria-label={inspectorStrings.label} data-testid="inspector">
      {selected === null || topology === null ? (
        <Overview topology={topology} />
      ) : (
        <div className="inspector-scroll" key={`${selected.kind}:${selected.id}`} tabIndex={-1}>
          <FindingsSection topology={topology} id={selected.id} />
          <Inspected topology={topology} selected={selected} />
        </div>
      )}
    </aside>
  );
}

function Inspected({
  topology,
  selected,
}: {
  readonly topology: Topology;
  readonly selected: Selection;
}): ReactNode {
  switch (selected.kind) {
    case 'node': {
      const node = topology.nodes[selected.id];
      return node === undefined ? <Gone /> : <NodeInspector topology={topology} node={node} />;
    }
    case 'interface': {
      const each = topology.interfaces[selected.id];
      return each === undefined ? <Gone /> : <InterfaceInspector topology={topology} subject={each} />;
    }
    case 'pod': {
      const pod = topology.pods[selected.id];
      return pod === undefined ? <Gone /> : <PodInspector topology={topology} pod={pod} />;
    }
    case 'bgp': {
      const session = topology.bgp[selected.id];
      return session === undefined ? <Gone /> : <BgpInspector topology={topology} session={session} />;
    }
  }
}

function Gone(): ReactNode {
  return <div className="empty">{inspectorStrings.gone}</div>;
}
