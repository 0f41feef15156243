import { type KeyboardEvent, type ReactNode, useRef } from 'react';
import type { Topology } from '../../app/topology/model.ts';
import { useFindings } from '../state/findings.ts';
import { oncePer } from '../state/once-per.ts';
import { useSession } from '../state/session.ts';
import { useTerminals } from '../state/terminals.ts';
import { useTrails } from '../state/trails.ts';
import { useTopology } from '../state/topology.ts';
import { type DockTab, showDock, useUi } from '../state/ui.ts';
import { useWatchState } from '../state/watch.ts';
import { PanelBoundary } from '../ui/error-boundary.tsx';
import { dockTabs } from './dock-tabs.ts';
import { shellStrings } from './strings.ts';

export function Dock({
  ladder,
  packets,
  flows,
  path,
  findings,
  changes,
  bgp,
  drops,
  etcd,
  firewall,
  audit,
  terminals,
  pasted,
}: {
  readonly ladder: ReactNode;
  readonly packets: ReactNode;
  readonly flows: ReactNode;
  readonly path: ReactNode;
  readonly findings: ReactNode;
  readonly changes: ReactNode;
  readonly bgp: ReactNode;
  readonly drops: ReactNode;
  readonly etcd: ReactNode;
  readonly firewall: ReactNode;
  readonly audit: ReactNode;
  readonly terminals: (visible: boolean) => ReactNode;
  readonly pasted: ReactNode;
}): ReactNode {
  const active = useUi((state) => state.dockTab);
  const isPaste = useSession((state) => state.view.paste !== null);
  return (
    <section className="dock">
      <PanelBoundary name={shellStrings.parts.rowOfTabs}>
        <DockTabs active={active} />
      </PanelBoundary>
      <DockPanel tab="ladder" active={active}>
        {active === 'ladder' ? ladder : null}
      </DockPanel>
      <DockPanel tab="packets" active={active}>
        {active !== 'packets' ? null : isPaste ? (
          <div className="empty">{shellStrings.noCaptures}</div>
        ) : (
          packets
        )}
      </DockPanel>
      <DockPanel tab="flows" active={active}>
        {active === 'flows' ? flows : null}
      </DockPanel>
      <DockPanel tab="path" active={active}>
        {active === 'path' ? path : null}
      </DockPanel>
      <DockPanel tab="findings" active={active}>
        {active === 'findings' ? findings : null}
      </DockPanel>
      <DockPanel tab="changes" active={active}>
        {active === 'changes' ? changes : null}
      </DockPanel>
      <DockPanel tab="bgp" active={active}>
        {active === 'bgp' ? bgp : null}
      </DockPanel>
      <DockPanel tab="drops" active={active}>
        {active === 'drops' ? drops : null}
      </DockPanel>
      <DockPanel tab="etcd" active={active}>
        {active === 'etcd' ? etcd : null}
      </DockPanel>
      <DockPanel tab="firewall" active={active}>
        {active === 'firewall' ? firewall : null}
      </DockPanel>
      <DockPanel tab="pasted" active={active}>
        {active === 'pasted' ? pasted : null}
      </DockPanel>
      <DockPanel tab="audit" active={active}>
        {active === 'audit' ? audit : null}
      </DockPanel>
      {/* Terminals stay mounted: their shells live on while one looks elsewhere. */}
      <DockPanel tab="terminals" active={active}>
        {isPaste ? (
          <div className="empty">{shellStrings.noTerminals}</div>
        ) : (
          terminals(active === 'terminals')
        )}
      </DockPanel>
    </section>
  );
}

function DockTabs({ active }: { readonly active: DockTab }): ReactNode {
  const list = useRef<HTMLDivElement | null>(null);
  const counts = useCounts();
  const isPaste = useSession((state) => state.view.paste !== null);
  const tabs = dockTabs(isPaste);
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = tabs.indexOf(active);
    const ways: Readonly<Record<string, number>> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      Home: 0,
      End: -1,
    };
    const to = ways[event.key];
    const next = to === undefined ? undefined : tabs.at(to % tabs.length);
    if (next === undefined) return;
    event.preventDefault();
    showDock(next);
    list.current?.querySelector<HTMLElement>(`#dock-tab-${next}`)?.focus();
  };
  return (
    <div ref={list} className="dock-tabs" role="tablist" aria-label={shellStrings.dock} onKeyDown={onKeyDown}>
      {tabs.map((tab) => (
        <button
          key={tab}
          id={`dock-tab-${tab}`}
          type="button"
          role="tab"
          aria-selected={tab === active}
          aria-controls={`dock-panel-${tab}`}
          tabIndex={tab === active ? 0 : -1}
          data-testid={`dock-tab-${tab}`}
          onClick={() => {
            showDock(tab);
          }}
        >
          {shellStrings.tabs[tab]}{' '}
          {counts[tab] === 0 ? null : <span className="faint">{counts[tab].toLocaleString('en')}</span>}
        </button>
      ))}
    </div>
  );
}

function DockPanel({
  tab,
  active,
  children,
}: {
  readonly tab: DockTab;
  readonly active: DockTab;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div
      id={`dock-panel-${tab}`}
      className="dock-panel"
      role="tabpanel"
      aria-labelledby={`dock-tab-${tab}`}
      hidden={tab !== active}
    >
      {children}
    </div>
  );
}

/** A selector runs with every message; a full mesh of a hundred nodes has ten thousand sessions. */
const livingSessions = oncePer(
  (table: Topology['bgp']) => Object.values(table).filter((session) => session.until === null).length,
);

function useCounts(): Record<DockTab, number> {
  const changes = useTopology((state) => state.topology?.events.length ?? 0);
  const bgp = useTopology((state) => (state.topology === null ? 0 : livingSessions(state.topology.bgp)));
  const terminals = useTerminals((state) => state.tabs.length);
  const packets = useWatchState(({ view }) => view.packets.total);
  const flows = useTrails(({ view }) => view.flows.length);
  const findings = useFindings(({ diagnosis }) => diagnosis?.findings.length ?? 0);
  return {
    ladder: 0,
    packets,
    flows,
    path: 0,
    findings,
    changes,
    bgp,
    drops: 0,
    firewall: 0,
    etcd: 0,
    audit: 0,
    terminals,
    pasted: 0,
  };
}
