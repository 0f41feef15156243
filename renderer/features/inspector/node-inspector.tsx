import type { ReactNode } from 'react';
import type { NodeStatus } from '../../../app/contract/session.ts';
import type { CniState, NodeEntity, Topology } from '../../../app/topology/model.ts';
import { bgpHealth, bgpPeerName, bgpStateText, bgpTones } from '../../state/bgp-health.ts';
import { statusOf, useSession } from '../../state/session.ts';
import { useNow } from '../../state/clock.ts';
import { statusText } from '../../state/status-text.ts';
import { ageText, countText, dateText } from '../../state/text.ts';
import { indexOf } from '../../state/topology-index.ts';
import { cniWords } from '../../state/cni-words.ts';
import { downReason } from '../../state/network.ts';
import { orphanRemark, orphansOf } from '../../state/orphans.ts';
import { showFirewall } from '../../state/firewall.ts';
import { Button } from '../../ui/button.tsx';
import { TerminalButton } from '../../ui/terminal-button.tsx';
import { Facts } from '../../ui/kv.tsx';
import { Tag } from '../../ui/tag.tsx';
import { Commands } from './commands.tsx';
import { NeighboursSection, RoutesSection, RulesSection } from './forwarding.tsx';
import { Header, History, Link, Section, Sentences } from './parts.tsx';
import { CostFact, SettingsSection } from './settings-section.tsx';
import { factNames, inspectorStrings, inspectorWords } from './strings.ts';
import { WhereTo } from './where-to.tsx';

/** Its other names, where it has any. */
function subtitleOf({ label, hostname, kubernetesName }: NodeEntity): string {
  const inKubernetes =
    kubernetesName === null || kubernetesName === label ? [] : [`${kubernetesName} in Kubernetes`];
  return ['node', ...(hostname === label ? [] : [hostname]), ...inKubernetes].join(' · ');
}

const rightsWords = ['plain user', 'capture only', 'root by sudo of one wrapper', 'root'] as const;

export function NodeInspector({
  topology,
  node,
}: {
  readonly topology: Topology;
  readonly node: NodeEntity;
}): ReactNode {
  const status = useSession((state) => statusOf(state.view, node.label));
  const rights = status?.rights ?? null;
  const forwarding = topology.forwarding[node.rootNetns];
  const index = indexOf(topology);
  const pods = index.podsOf.get(node.id) ?? [];
  const interfaces = (index.interfacesOf.get(node.rootNetns) ?? []).filter(
    (each) => each.role !== 'workload',
  );
  const orphans = orphansOf(topology, node);
  const sessions = index.bgpOf.get(node.id) ?? [];
  const earlier = Object.values(topology.nodes).filter(
    (each) => each.label === node.label && each.id !== node.id,
  );
  return (
    <>
      <Header
        title={node.label}
        subtitle={subtitleOf(node)}
        lifetime={node}
        nodeLabel={node.label}
        actions={
          <>
            <Button
              small
              title={inspectorStrings.firewall}
              onClick={() => {
                showFirewall(node.label);
              }}
            >
              {inspectorStrings.firewall}
            </Button>
            <TerminalButton target={{ kind: 'node', nodeLabel: node.label }} title={node.label} />
          </>
        }
      />
      <Facts
        facts={[
          status === null || node.until !== null
            ? null
            : { name: factNames.state, value: <StateFact status={status} /> },
          { name: factNames.addresses, value: <span className="mono">{node.addresses.join(', ')}</span> },
          { name: factNames.kernel, value: <span className="mono">{node.kernel}</span> },
          rights === null
            ? null
            : { name: factNames.rights, value: inspectorWords.tier(rightsWords[rights], rights) },
          { name: inspectorStrings.cni, value: <CniFact cni={node.cni} /> },
          { name: factNames.bird, value: <BirdFact node={node} /> },
          { name: factNames.pods, value: String(pods.length) },
          { name: factNames.booted, value: <span className="mono faint">{node.bootId}</span> },
          { name: factNames.hostKey, value: <span className="mono faint">{node.hostKeyFingerprint}</span> },
          node.until === null
            ? { name: factNames.cpuOfAReading, value: <CostFact key={node.id} label={node.label} /> }
            : null,
          { name: factNames.seenSince, value: dateText(node.since) },
        ]}
      />
      <Sentences title={inspectorWords.offOnNode} sentences={status?.limits ?? []} tone="warn" />
      <Sentences title={inspectorStrings.contradictions} sentences={node.contradictions} tone="warn" />
      <Sentences
        title={inspectorStrings.opaque}
        sentences={node.cni.opaque === null ? [] : [node.cni.opaque]}
        tone="warn"
      />
      <Sentences title={inspectorStrings.unknowns} sentences={node.unknowns} tone="warn" />
      <Section title={inspectorWords.interfaces} count={interfaces.length + orphans.length}>
        <ul className="lines">
          {interfaces.map((each) => (
            <li key={each.id} className="line-pair">
              <Link to={{ kind: 'interface', id: each.id }}>{each.name}</Link>
              <span className="mono dim">{each.addresses[0]?.address ?? each.kind}</span>
              {downReason(each) === null ? null : (
                <Tag tone={each.role === 'nic' ? 'bad' : 'plain'}>{downReason(each)}</Tag>
              )}
            </li>
          ))}
          {orphans.map((each) => (
            <li key={each.id} className="line-pair">
              <Link to={{ kind: 'interface', id: each.id }}>{each.name}</Link>
              <Tag tone="warn" title={each.peer?.why ?? ''}>
                {orphanRemark(each)}
              </Tag>
            </li>
          ))}
        </ul>
      </Section>
      {sessions.length === 0 ? null : (
        <Section title={inspectorWords.bgp} count={sessions.length}>
          <ul className="lines">
            {sessions.map((session) => (
              <li key={session.id} className="line-pair">
                <Link to={{ kind: 'bgp', id: session.id }}>{bgpPeerName(topology, session)}</Link>
                <Tag tone={bgpTones[bgpHealth(session)]}>{bgpStateText(session)}</Tag>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {node.until === null ? <SettingsSection key={node.id} label={node.label} device={null} /> : null}
      {forwarding === undefined ? null : (
        <>
          <WhereTo key={node.id} from={{ at: node.label, sources: [], iif: null }} />
          <RoutesSection topology={topology} node={node} forwarding={forwarding} />
          <RulesSection forwarding={forwarding} />
          <NeighboursSection forwarding={forwarding} />
        </>
      )}
      <History
        kind="node"
        entries={earlier.map((each) => ({
          ...each,
          note: `boot ${each.bootId.slice(0, 8)}, kernel ${each.kernel}`,
        }))}
      />
      <Commands ids={[...node.evidence, ...(forwarding?.evidence ?? [])]} />
    </>
  );
}

/** What makes its Pod network, and every sign of it. */
function CniFact({ cni }: { readonly cni: CniState }): ReactNode {
  const words = cniWords(cni);
  if (words === null) return inspectorStrings.cniUnknown;
  return (
    <details>
      <summary>{words}</summary>
      <ul className="lines">
        {cni.evidence.map((sentence) => (
          <li key={sentence} className="dim selectable">
            {sentence}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Alone with the clock: its ticks must not render the node's ten thousand routes. */
function StateFact({ status }: { readonly status: NodeStatus }): ReactNode {
  const now = useNow();
  return (
    <>
      {statusText(status, now)}
      {status.lastFactsAt === null ? null : (
        <span className="dim">{inspectorWords.factsOld(ageText(now - status.lastFactsAt))}</span>
      )}
    </>
  );
}

function BirdFact({ node }: { readonly node: NodeEntity }): ReactNode {
  const { bird } = node;
  const tone = bird.state === 'running' ? 'ok' : bird.state === 'dead' ? 'bad' : 'plain';
  return (
    <>
      <Tag tone={tone}>{bird.sentence ?? bird.state.replace('-', ' ')}</Tag>{' '}
      <span className="dim">
        {[
          bird.version ?? '',
          bird.kernelRoutes > 0
            ? countText(bird.kernelRoutes, 'route in the kernel', 'routes in the kernel')
            : '',
        ]
          .filter((part) => part !== '')
          .join(' · ')}
      </span>
    </>
  );
}
