import type { ReactNode } from 'react';
import type { InterfaceEntity, InterfacePeer, PodEntity, Topology } from '../../../app/topology/model.ts';
import { downReason } from '../../state/network.ts';
import { addressText, dateText } from '../../state/text.ts';
import { indexOf } from '../../state/topology-index.ts';
import { TerminalButton } from '../../ui/terminal-button.tsx';
import { Facts } from '../../ui/kv.tsx';
import { Tag } from '../../ui/tag.tsx';
import { Commands } from './commands.tsx';
import { NeighboursSection, RoutesSection } from './forwarding.tsx';
import { Header, History, Link, NodeLink } from './parts.tsx';
import { SettingsSection } from './settings-section.tsx';
import { factNames, inspectorWords, proofWords } from './strings.ts';
import { WatchFact } from './watch-fact.tsx';

const roleWords: Record<InterfaceEntity['role'], string> = {
  nic: 'NIC',
  workload: 'host end',
  pod: 'Pod end',
  bridge: 'bridge',
  tunnel: 'tunnel',
  loopback: 'loopback',
  other: '',
};

export function InterfaceInspector({
  topology,
  subject,
}: {
  readonly topology: Topology;
  readonly subject: InterfaceEntity;
}): ReactNode {
  const node = topology.nodes[subject.nodeId] ?? null;
  const pod = podIn(topology, subject.netnsId);
  const forwarding = topology.forwarding[subject.netnsId];
  const words = [
    subject.kind === 'physical' ? '' : (subject.kernelKind ?? subject.kind),
    roleWords[subject.role],
  ].filter((word, index, all) => word !== '' && all.indexOf(word) === index);
  const earlier = Object.values(topology.interfaces).filter(
    (each) =>
      each.id !== subject.id &&
      each.until !== null &&
      each.name === subject.name &&
      sameHome(topology, each, subject),
  );
  return (
    <>
      <Header
        title={subject.name}
        subtitle={
          <>
            {words.join(', ')} · {pod === undefined ? '' : `${pod.name} on `}
            {node?.label ?? '?'} · {inspectorWords.ifindex(subject.ifindex)}
          </>
        }
        lifetime={subject}
        nodeLabel={node?.label ?? null}
        actions={
          pod === undefined || pod.until !== null ? (
            node === null ? null : (
              <TerminalButton target={{ kind: 'node', nodeLabel: node.label }} title={node.label} />
            )
          ) : (
            <TerminalButton target={{ kind: 'pod', podId: pod.id }} title={pod.name} />
          )
        }
      />
      <Facts
        facts={[
          subject.peer === null
            ? null
            : { name: factNames.peer, value: <PeerFact topology={topology} peer={subject.peer} /> },
          subject.peer === null
            ? null
            : {
                name: factNames.provenBy,
                value: <ProofFact topology={topology} subject={subject} peer={subject.peer} />,
              },
          { name: factNames.state, value: <StateFact subject={subject} /> },
          { name: factNames.mtu, value: <MtuFact topology={topology} subject={subject} /> },
          subject.mac === null
            ? null
            : { name: factNames.mac, value: <span className="mono">{subject.mac}</span> },
          subject.addresses.length === 0
            ? null
            : {
                name: factNames.addresses,
                value: subject.addresses.map((address) => (
                  <div key={addressText(address)} className="mono">
                    {addressText(address)} <span className="faint">{address.scope}</span>
                  </div>
                )),
              },
          tunnelFact(subject),
          masterFact(topology, subject),
          node === null
            ? null
            : { name: factNames.node, value: <NodeLink topology={topology} nodeId={node.id} /> },
          pod === undefined
            ? null
            : { name: factNames.pod, value: <Link to={{ kind: 'pod', id: pod.id }}>{pod.name}</Link> },
          { name: factNames.watch, value: <WatchFact topology={topology} subject={subject} /> },
          { name: factNames.seenSince, value: dateText(subject.since) },
        ]}
      />
      {node === null || subject.until !== null || subject.netnsId !== node.rootNetns ? null : (
        <SettingsSection key={subject.id} label={node.label} device={subject.name} />
      )}
      {forwarding === undefined ? null : (
        <>
          <RoutesSection
            topology={topology}
            node={node}
            forwarding={forwarding}
            title={inspectorWords.routesBy(subject.name)}
            about={(route) =>
              route.dev === subject.name || route.nexthops.some((hop) => hop.dev === subject.name)
            }
          />
          <NeighboursSection forwarding={forwarding} dev={subject.name} />
        </>
      )}
      <History
        kind="interface"
        entries={earlier.map((each) => ({
          ...each,
          note: `ifindex ${String(each.ifindex)}, ${each.mac ?? 'MAC unknown'}`,
        }))}
      />
      <Commands
        pid={topology.netns[subject.netnsId]?.process?.pid ?? null}
        ids={[...subject.evidence, ...(forwarding?.evidence ?? [])]}
      />
    </>
  );
}

function podIn(topology: Topology, netnsId: string): PodEntity | undefined {
  const podId = topology.netns[netnsId]?.podId ?? null;
  return podId === null ? undefined : topology.pods[podId];
}

/** The same namespace, or the same Pod's earlier one. */
function sameHome(topology: Topology, a: InterfaceEntity, b: InterfaceEntity): boolean {
  if (a.netnsId === b.netnsId) return true;
  const podOf = (each: InterfaceEntity): string | null => {
    const pod = podIn(topology, each.netnsId);
    return pod === undefined ? null : `${pod.namespace ?? ''}/${pod.name}`;
  };
  const home = podOf(a);
  return home !== null && home === podOf(b);
}

function PeerFact({
  topology,
  peer,
}: {
  readonly topology: Topology;
  readonly peer: InterfacePeer;
}): ReactNode {
  const other = peer.interfaceId === null ? undefined : topology.interfaces[peer.interfaceId];
  const pod = peer.podId === null ? undefined : topology.pods[peer.podId];
  if (other === undefined) {
    return (
      <span>
        {pod === undefined ? '' : `${pod.name} `}
        {inspectorWords.ifindex(peer.ifindex)}
        {peer.why === null ? '' : `: ${peer.why}`}
      </span>
    );
  }
  return (
    <Link to={{ kind: 'interface', id: other.id }}>
      {pod === undefined ? '' : `${pod.name} `}
      {other.name} ({String(other.ifindex)})
    </Link>
  );
}

function ProofFact({
  topology,
  subject,
  peer,
}: {
  readonly topology: Topology;
  readonly subject: InterfaceEntity;
  readonly peer: InterfacePeer;
}): ReactNode {
  if (peer.proofs.length === 0) return <Tag tone="warn">{inspectorWords.unproven}</Tag>;
  const other = peer.interfaceId === null ? undefined : topology.interfaces[peer.interfaceId];
  const nsid = other === undefined ? null : (topology.netns[other.netnsId]?.nsid ?? null);
  const words = peer.proofs.map((proof) =>
    proof === 'link-netnsid' && nsid !== null && subject.role === 'workload'
      ? `link-netnsid ${String(nsid)}`
      : proofWords[proof],
  );
  return words.join(', ');
}

function StateFact({ subject }: { readonly subject: InterfaceEntity }): ReactNode {
  const reason = downReason(subject);
  const harmless = subject.role === 'bridge' || subject.role === 'other';
  return (
    <>
      {subject.operstate ?? 'not readable'}{' '}
      {reason === null ? null : <Tag tone={harmless ? 'plain' : 'bad'}>{reason}</Tag>}
    </>
  );
}

/** A Pod's MTU under the NIC's is a note, never a finding (DESIGN §10). */
function MtuFact({
  topology,
  subject,
}: {
  readonly topology: Topology;
  readonly subject: InterfaceEntity;
}): ReactNode {
  const node = topology.nodes[subject.nodeId];
  const nic =
    node === undefined || subject.role === 'nic'
      ? undefined
      : indexOf(topology)
          .interfacesOf.get(node.rootNetns)
          ?.find((each) => each.role === 'nic' && each.mtu !== null);
  if (subject.mtu === null) return 'not readable';
  const differs =
    nic !== undefined && nic.mtu !== subject.mtu && (subject.role === 'workload' || subject.role === 'pod');
  return (
    <>
      {String(subject.mtu)} {differs ? <Tag>{inspectorWords.nicMtu(nic.mtu)}</Tag> : null}
    </>
  );
}

/** How a tunnel is set up, each part as the kernel has it. */
function tunnelFact({ tunnel }: InterfaceEntity): { name: string; value: ReactNode } | null {
  if (tunnel === undefined) return null;
  const { vni, port, local, remote, lower } = tunnel;
  const parts = [
    ...(vni === null ? [] : [`VNI ${String(vni)}`]),
    ...(port === null ? [] : [`UDP ${String(port)}`]),
    ...(local === null ? [] : [`from ${local}`]),
    ...(remote === null ? [] : [`to ${remote}`]),
    ...(lower === null ? [] : [`by ${lower}`]),
  ];
  return parts.length === 0
    ? null
    : { name: factNames.tunnel, value: <span className="mono">{parts.join(', ')}</span> };
}

function masterFact(topology: Topology, subject: InterfaceEntity): { name: string; value: ReactNode } | null {
  if (subject.masterIfindex === null) return null;
  const master = indexOf(topology)
    .interfacesOf.get(subject.netnsId)
    ?.find((each) => each.ifindex === subject.masterIfindex);
  return {
    name: factNames.belongsTo,
    value:
      master === undefined ? (
        `ifindex ${String(subject.masterIfindex)}`
      ) : (
        <Link to={{ kind: 'interface', id: master.id }}>{master.name}</Link>
      ),
  };
}
