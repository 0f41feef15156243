import type { ReactNode } from 'react';
import { AuditView } from './features/audit/audit-view.tsx';
import { BgpView } from './features/bgp/bgp-view.tsx';
import { ChangesView } from './features/changes/changes-view.tsx';
import { ClusterMenu } from './features/connect/cluster-menu.tsx';
import { FindingsView } from './features/findings/findings-view.tsx';
import { FirewallView } from './features/firewall/firewall-view.tsx';
import { FlowsView } from './features/flows/flows-view.tsx';
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
import { LadderView } from './features/ladder/ladder-view.tsx';
import { PacketsView } from './features/packets/packets-view.tsx';
import { TerminalsView } from './features/terminals/terminals-view.tsx';
import { ProbeDialog } from './features/probe/probe-dialog.tsx';
import { ScopeDialog } from './features/probe/scope-dialog.tsx';
import { PathView } from './features/trace/path-view.tsx';
import { TraceBar } from './features/trace/trace-bar.tsx';
import { TreeView } from './features/tree/tree-view.tsx';
import { WhatIfDialog } from './features/what-if/what-if-dialog.tsx';
import { useSession } from './state/session.ts';
import { Banner } from './shell/banner.tsx';
import { Dock } from './shell/dock.tsx';
import { Palette } from './shell/palette.tsx';
import { Panels } from './shell/panels.tsx';
import { StatusBar } from './shell/status-bar.tsx';
import { TopBar } from './shell/top-bar.tsx';
import { WatchChip } from './shell/watch-chip.tsx';
import { useDiagnosis } from './shell/use-diagnosis.ts';
import { useLookAt } from './shell/use-look-at.ts';
import { useWatch } from './shell/use-watch.ts';
import { PanelBoundary } from './ui/error-boundary.tsx';
import { Toasts } from './ui/toasts.tsx';
import { useApplyTheme } from './ui/use-theme.ts';
import { shellStrings } from './shell/strings.ts';

export function App(): ReactNode {
  useApplyTheme();
  useLookAt();
  useWatch();
  useDiagnosis();
  const hasSession = useSession((state) => state.view.phase === 'open' || state.view.nodes.length > 0);
  return (
    <div className="window">
      <PanelBoundary name={shellStrings.parts.topBar}>
        <TopBar>
          {hasSession ? (
            <>
              <ClusterMenu />
              <WatchChip />
              <TraceBar />
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
              <PanelBoundary name={shellStrings.parts.tree}>
                <TreeView />
              </PanelBoundary>
            }
            graph={
              <div className="centre">
                <PanelBoundary name={shellStrings.parts.listOfFailures}>
                  <FailureCards />
                </PanelBoundary>
                <PanelBoundary name={shellStrings.parts.graph}>
                  <GraphView />
                </PanelBoundary>
              </div>
            }
            inspector={
              <PanelBoundary name={shellStrings.parts.inspector}>
                <Inspector />
              </PanelBoundary>
            }
            dock={
              <Dock
                ladder={
                  <PanelBoundary name={shellStrings.parts.ladder}>
                    <LadderView />
                  </PanelBoundary>
                }
                packets={
                  <PanelBoundary name={shellStrings.parts.listOfPackets}>
                    <PacketsView />
                  </PanelBoundary>
                }
                flows={
                  <PanelBoundary name={shellStrings.parts.listOfFlows}>
                    <FlowsView />
                  </PanelBoundary>
                }
                path={
                  <PanelBoundary name={shellStrings.parts.path}>
                    <PathView />
                  </PanelBoundary>
                }
                findings={
                  <PanelBoundary name={shellStrings.parts.listOfFindings}>
                    <FindingsView />
                  </PanelBoundary>
                }
                changes={
                  <PanelBoundary name={shellStrings.parts.listOfChanges}>
                    <ChangesView />
                  </PanelBoundary>
                }
                bgp={
                  <PanelBoundary name={shellStrings.parts.listOfBgpSessions}>
                    <BgpView />
                  </PanelBoundary>
                }
                drops={
                  <PanelBoundary name={shellStrings.parts.listOfDrops}>
                    <DropsView />
                  </PanelBoundary>
                }
                etcd={
                  <PanelBoundary name={shellStrings.parts.keysOfEtcd}>
                    <EtcdView />
                  </PanelBoundary>
                }
                firewall={
                  <PanelBoundary name={shellStrings.parts.firewall}>
                    <FirewallView />
                  </PanelBoundary>
                }
                pasted={
                  <PanelBoundary name={shellStrings.parts.listOfWhatWasPasted}>
                    <PastedView />
                  </PanelBoundary>
                }
                audit={
                  <PanelBoundary name={shellStrings.parts.audit}>
                    <AuditView />
                  </PanelBoundary>
                }
                terminals={(visible) => (
                  <PanelBoundary name={shellStrings.parts.terminals}>
                    <TerminalsView visible={visible} />
                  </PanelBoundary>
                )}
              />
            }
          />
        ) : (
          <PanelBoundary name={shellStrings.parts.startScreen}>
            <StartScreen>
              <PasteButton />
            </StartScreen>
          </PanelBoundary>
        )}
      </div>
      <PanelBoundary name={shellStrings.parts.statusBar}>
        <StatusBar />
      </PanelBoundary>
      <PanelBoundary name={shellStrings.parts.listOfQuestions}>
        <Prompts />
      </PanelBoundary>
      <PanelBoundary name={shellStrings.parts.whatIf}>
        <WhatIfDialog />
      </PanelBoundary>
      <PanelBoundary name={shellStrings.parts.probe}>
        <ProbeDialog />
        <ScopeDialog />
      </PanelBoundary>
      <PanelBoundary name={shellStrings.parts.palette}>
        <Palette />
      </PanelBoundary>
      <DropZone />
      <PanelBoundary name={shellStrings.parts.listOfNotices}>
        <Toasts />
      </PanelBoundary>
    </div>
  );
}
