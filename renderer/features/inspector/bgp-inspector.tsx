import type { ReactNode } from 'react';
import type { BgpSession, Topology } from '../../../app/topology/model.ts';
import { bgpHealth, bgpPeerName, bgpStateText, bgpTones } from '../../state/bgp-health.ts';
import { oppositeSession } from '../../state/bgp-pair.ts';
import { countText, dateText } from '../../state/text.ts';
import { AsOf } from '../../ui/as-of.tsx';
import { TerminalButton } from '../../ui/terminal-button.tsx';
import { Facts } from '../../ui/kv.tsx';
import { Tag } from '../../ui/tag.tsx';
import { Commands } from './commands.tsx';
import { RoutesSection } from './forwarding.tsx';
import { Header, History, Link, NodeLink, Sentences } from './parts.tsx';
import { factNames, inspectorWords } from './strings.ts';

export function BgpInspector({
  topology,
  session,
}: {
  readonly topology: Topology;
  readonly session: BgpSession;
}): ReactNode {
  const node = topology.nodes[session.nodeId] ?? null;
  const forwarding = node === null ? undefined : topology.forwarding[node.rootNetns];
  const opposite = oppositeSession(topology, session);
  const earlier = Object.values(topology.bgp).filter(
    (each) =>
      each.id !== session.id &&
      each.name === session.name &&
      topology.nodes[each.nodeId]?.label === node?.label,
  );
  return (
    <>
      <Header
        title={session.name}
        subtitle={`BGP session · ${node?.label ?? '?'} → ${bgpPeerName(topology, session)}`}
        lifetime={session}
        nodeLabel={node?.label ?? null}
        actions={
          node === null ? null : (
            <TerminalButton target={{ kind: 'node', nodeLabel: node.label }} title={node.label} />
          )
        }
      />
      <Facts
        facts={[
          {
            name: factNames.state,
            value: <Tag tone={bgpTones[bgpHealth(session)]}>{bgpStateText(session)}</Tag>,
          },
          {
            name: factNames.birdSays,
            value: <span className="mono">{`${session.protocolState} ${session.info}`.trim()}</span>,
          },
          session.changed === ''
            ? null
            : {
                name: factNames.since,
                value: (
                  <>
                    {session.changed} <span className="faint">{inspectorWords.byNodesClock}</span>
                  </>
                ),
              },
          { name: factNames.imported, value: prefixes(session.imported) },
          { name: factNames.exported, value: prefixes(session.exported) },
          { name: factNames.peer, value: <span className="mono">{session.peerAddress ?? '–'}</span> },
          session.peerNodeId === null
            ? null
            : {
                name: factNames.peerNode,
                value: <NodeLink topology={topology} nodeId={session.peerNodeId} />,
              },
          opposite === undefined
            ? null
            : {
                name: factNames.otherEnd,
                value: (
                  <>
                    <Link to={{ kind: 'bgp', id: opposite.id }}>{opposite.name}</Link>{' '}
                    <span className="dim">{bgpStateText(opposite)}</span>{' '}
                    <AsOf label={topology.nodes[opposite.nodeId]?.label ?? null} />
                  </>
                ),
              },
          node === null
            ? null
            : { name: factNames.node, value: <NodeLink topology={topology} nodeId={node.id} /> },
          { name: factNames.seenSince, value: dateText(session.since) },
        ]}
      />
      <Sentences
        title={inspectorWords.stale}
        sentences={session.stale === null ? [] : [session.stale]}
        tone="warn"
      />
      {forwarding === undefined || session.peerAddress === null ? null : (
        <RoutesSection
          topology={topology}
          node={node}
          forwarding={forwarding}
          title={inspectorWords.routesByPeer}
          about={(route) =>
            route.via === session.peerAddress && (route.proto === 'bird' || route.proto === '12')
          }
        />
      )}
      <History kind="bgp" entries={earlier.map((each) => ({ ...each, note: bgpStateText(each) }))} />
      <Commands ids={session.evidence} />
    </>
  );
}

function prefixes(count: number | null): string {
  return count === null ? 'not told' : countText(count, 'prefix', 'prefixes');
}
