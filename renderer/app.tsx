import type { ReactNode } from 'react';
import { AuditView } from './features/audit/audit-view.tsx';
import { BgpView } from './features/bgp/bgp-view.tsx';
import { ChangesView } from './features/changes/changes-view.tsx';
import { ClusterMenu } from './features/connect/cluster-menu.tsx';
import { FirewallView } from './features/firewall/firewall-view.tsx';
import { DropsView } from './features/drops/drops-view.tsx';
import { FailureCards } from './features/connect/failure-cards.tsx';
import { Prompts } from './features/connect/prompts.tsx';
import { DropZone, PasteButton } from './features/paste/paste-button.tsx';
import { PasteBanner } from './features/paste/paste-banner.tsx';
import { PastedView } from './features/paste/pasted-view.tsx';
import { StartScreen } from './features/connect/start-screen.tsx';
import { EtcdView } from './features/etcd/etcd-view.tsx';
import { GraphView } from './features/graph/graph-view.tsx';
import { Inspector } from './features/inspector/inspector.tsx';
import { PacketsView } from './features/packets/packets-view.tsx';
import { TerminalsView } from './features/terminals/terminals-view.tsx';
import { TreeView } from './features/tree/tree-view.tsx';
import { useSession } from './state/session.ts';
import { Banner } from './shell/banner.tsx';
import { Dock } from './shell/dock.tsx';
import { Palette } from './shell/palette.tsx';
import { Panels } from './shell/panels.tsx';
import { StatusBar } from './shell/status-bar.tsx';
import { TopBar } from './shell/top-bar.tsx';
import { WatchChip } from './shell/watch-chip.tsx';
import { useLookAt } from './shell/use-look-at.ts';
import { useWatch } from './shell/use-watch.ts';
import { PanelBoundary } from './ui/error-boundary.tsx';
import { Toasts } from './ui/toasts.tsx';
import { useApplyTheme } from './ui/use-theme.ts';

export function App(): ReactNode {
  useApplyTheme();
  useLookAt();
  useWatch();
  const hasSession = useSession((state) => state.view.phase === 'open' || state.view.nodes.length > 0);
  return (
    <div className="window">
      <PanelBoundary name="top bar">
        <TopBar>
          {hasSession ? (
            <>
              <ClusterMenu />
              <WatchChip />
            </>
          ) : null}
        </TopBar>
        <Banner />
        <PasteBanner />
      </PanelBoundary>
      <div className="window-body">
        {hasSession ? (
          <Panels
            tree={
              <PanelBoundary name="tree">
                <TreeView />
              </PanelBoundary>
            }
            graph={
              <div className="centre">
                <PanelBoundary name="list of failures">
                  <FailureCards />
                </PanelBoundary>
                <PanelBoundary name="graph">
                  <GraphView />
                </PanelBoundary>
              </div>
            }
            inspector={
              <PanelBoundary name="inspector">
                <Inspector />
              </PanelBoundary>
            }
            dock={
              <Dock
                packets={
                  <PanelBoundary name="list of packets">
                    <PacketsView />
                  </PanelBoundary>
                }
                changes={
                  <PanelBoundary name="list of changes">
                    <ChangesView />
                  </PanelBoundary>
                }
                bgp={
                  <PanelBoundary name="list of BGP sessions">
                    <BgpView />
                  </PanelBoundary>
                }
                drops={
                  <PanelBoundary name="list of drops">
                    <DropsView />
                  </PanelBoundary>
                }
                etcd={
                  <PanelBoundary name="keys of etcd">
                    <EtcdView />
                  </PanelBoundary>
                }
                firewall={
                  <PanelBoundary name="firewall">
                    <FirewallView />
                  </PanelBoundary>
                }
                pasted={
                  <PanelBoundary name="list of what was pasted">
                    <PastedView />
                  </PanelBoundary>
                }
                audit={
                  <PanelBoundary name="audit">
                    <AuditView />
                  </PanelBoundary>
                }
                terminals={(visible) => (
                  <PanelBoundary name="terminals">
                    <TerminalsView visible={visible} />
                  </PanelBoundary>
                )}
              />
            }
          />
        ) : (
          <PanelBoundary name="start screen">
            <StartScreen>
              <PasteButton />
            </StartScreen>
          </PanelBoundary>
        )}
      </div>
      <PanelBoundary name="status bar">
        <StatusBar />
      </PanelBoundary>
      <PanelBoundary name="list of questions">
        <Prompts />
      </PanelBoundary>
      <PanelBoundary name="palette">
        <Palette />
      </PanelBoundary>
      <DropZone />
      <PanelBoundary name="list of notices">
        <Toasts />
      </PanelBoundary>
    </div>
  );
}
