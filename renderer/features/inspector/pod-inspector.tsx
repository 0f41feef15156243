import type { ReactNode } from 'react';
import type { InterfaceEntity, PodEntity, Topology } from '../../../app/topology/model.ts';
import { downReason } from '../../state/network.ts';
import { dateText } from '../../state/text.ts';
import { TerminalButton } from '../../ui/terminal-button.tsx';
import { Facts } from '../../ui/kv.tsx';
import { AsOf } from '../../ui/as-of.tsx';
import { Tag } from '../../ui/tag.tsx';
import { Commands } from './commands.tsx';
import { NeighboursSection, RoutesSection } from './forwarding.tsx';
import { LabelsSection } from './labels-section.tsx';
import { Header, History, Link, NodeLink, Sentences } from './parts.tsx';
import { InsideSection } from './settings-section.tsx';
import { factNames, inspectorStrings, inspectorWords } from './strings.ts';
import { WhereTo } from './where-to.tsx';

export function PodInspector({
  topology,
  pod,
}: {
  readonly topology: Topology;
  readonly pod: PodEntity;
}): ReactNode {
  const host = pod.hostInterfaceId === null ? undefined : topology.interfaces[pod.hostInterfaceId];
  const inner = pod.podInterfaceId === null ? undefined : topology.interfaces[pod.podInterfaceId];
  const node = pod.nodeId === null ? null : (topology.nodes[pod.nodeId] ?? null);
  const nodeForwarding = node === null ? undefined : topology.forwarding[node.rootNetns];
  const ownForwarding = pod.netnsId === null ? undefined : topology.forwarding[pod.netnsId];
  const netns = pod.netnsId === null ? undefined : topology.netns[pod.netnsId];
  const earlier = Object.values(topology.pods).filter(
    (each) => each.id !== pod.id && each.name === pod.name && each.namespace === pod.namespace,
  );
  // The phase is Kubernetes' word, from the node that has kubectl.
  const toldBy = pod.evidence.map((id) => topology.evidence[id]?.nodeLabel)[0] ?? null;
  const ips = new Set(pod.ips);
  return (
    <>
      <Header
        title={pod.name}
        subtitle={
          <>
            {inspectorWords.pod}
            {pod.namespace === null
              ? ' · found from its network namespace alone'
              : ` · ${pod.namespace}`} · {node?.label ?? pod.nodeName ?? 'no node'}
          </>
        }
        lifetime={pod}
        nodeLabel={node?.label ?? null}
        actions={
          pod.until === null ? (
            <TerminalButton target={{ kind: 'pod', podId: pod.id }} title={pod.name} />
          ) : null
        }
      />
      <Facts
        facts={[
          {
            name: factNames.addresses,
            value: <span className="mono">{pod.ips.length === 0 ? '–' : pod.ips.join(', ')}</span>,
          },
          pod.hostNetwork ? { name: factNames.network, value: 'the node’s own (host network)' } : null,
          {
            name: factNames.inside,
            value: <EndFact end={inner} unread={node?.unread.insidesOfPods ?? null} />,
          },
          pod.hostNetwork ? null : { name: factNames.onTheNode, value: <EndFact end={host} unread={null} /> },
          pod.phase === null
            ? null
            : {
                name: factNames.phase,
                value: (
                  <>
                    {pod.phase}{' '}
                    {pod.ready === null ? null : (
                      <span className="dim">
                        {inspectorWords.ready(pod.ready.ready, pod.ready.containers)}
                      </span>
                    )}
                    {toldBy === node?.label ? null : <AsOf label={toldBy} />}
                  </>
                ),
              },
          node === null
            ? null
            : { name: factNames.node, value: <NodeLink topology={topology} nodeId={node.id} /> },
          netns === undefined
            ? null
            : {
                name: factNames.namespace,
                value: (
                  <span className="mono">
                    {inspectorWords.netns(netns.inode)}
                    {netns.nsid === null ? '' : ` nsid ${String(netns.nsid)}`}
                    {netns.process === null ? '' : ` · ${netns.process.comm} (${String(netns.process.pid)})`}
                  </span>
                ),
              },
          { name: factNames.seenSince, value: dateText(pod.since) },
        ]}
      />
      <Sentences title={inspectorWords.disagree} sentences={pod.contradictions} tone="warn" />
      <LabelsSection pod={pod} />
      <Sentences
        title={inspectorStrings.unknowns}
        sentences={node === null || node.unread.routes === null ? [] : [node.unread.routes]}
        tone="warn"
      />
      {ownForwarding === undefined || pod.hostNetwork ? null : (
        <>
          <RoutesSection
            topology={topology}
            node={null}
            forwarding={ownForwarding}
            title={inspectorWords.routesInside}
          />
          <NeighboursSection forwarding={ownForwarding} />
        </>
      )}
      {netns === undefined || pod.hostNetwork || pod.until !== null ? null : (
        <InsideSection key={netns.id} netnsId={netns.id} />
      )}
      {node === null || nodeForwarding === undefined || pod.until !== null ? null : (
        <WhereTo
          key={pod.id}
          from={{
            at: node.label,
            sources: pod.hostNetwork ? [] : pod.ips,
            iif: pod.hostNetwork ? null : (host?.name ?? null),
          }}
        />
      )}
      {nodeForwarding === undefined ? null : (
        <RoutesSection
          topology={topology}
          node={node}
          forwarding={nodeForwarding}
          title={inspectorWords.routesTo}
          about={(route) => ips.has(route.dst.replace(/\/\d+$/, '')) && !route.dst.endsWith('/0')}
        />
      )}
      <History
        kind="pod"
        entries={earlier.map((each) => ({
          ...each,
          note: [each.ips.join(', '), each.nodeName ?? ''].filter((part) => part !== '').join(' on '),
        }))}
      />
      <Commands
        pid={netns?.process?.pid ?? null}
        ids={[
          ...pod.evidence,
          ...(inner?.evidence ?? []),
          ...(host?.evidence ?? []),
          ...(ownForwarding?.evidence ?? []),
        ]}
      />
    </>
  );
}

function EndFact({
  end,
  unread,
}: {
  readonly end: InterfaceEntity | undefined;
  /** Why this end could not be looked for, in the node's own words. */
  readonly unread: string | null;
}): ReactNode {
  if (end === undefined) return <span className="dim">{unread ?? 'not found'}</span>;
  const reason = downReason(end);
  return (
    <>
      <Link to={{ kind: 'interface', id: end.id }}>{end.name}</Link>{' '}
      <span className="dim">
        {inspectorWords.ifindex(end.ifindex)}
        {end.mtu === null ? '' : `, mtu ${String(end.mtu)}`}
      </span>{' '}
      {reason === null ? null : <Tag tone="bad">{reason}</Tag>}
    </>
  );
}
