import type { ReactNode } from 'react';
import { BgpView } from './features/bgp/bgp-view.tsx';
import { ChangesView } from './features/changes/changes-view.tsx';
import { ClusterMenu } from './features/connect/cluster-menu.tsx';
import { FailureCards } from './features/connect/failure-cards.tsx';
import { Prompts } from './features/connect/prompts.tsx';
import { StartScreen } from './features/connect/start-screen.tsx';
import { GraphView } from './features/graph/graph-view.tsx';
import { Inspector } from './features/inspector/inspector.tsx';
import { TerminalsView } from './features/terminals/terminals-view.tsx';
import { TreeView } from './features/tree/tree-view.tsx';
import { useSession } from './state/session.ts';
import { Banner } from './shell/banner.tsx';
import { Dock } from './shell/dock.tsx';
import { Palette } from './shell/palette.tsx';
import { Panels } from './shell/panels.tsx';
import { StatusBar } from './shell/status-bar.tsx';
import { TopBar } from './shell/top-bar.tsx';
import { useLookAt } from './shell/use-look-at.ts';
import { Toasts } from './ui/toasts.tsx';
import { useApplyTheme } from './ui/use-theme.ts';

export function App(): ReactNode {
  useApplyTheme();
  useLookAt();
  const hasSession = useSession((state) => state.view.phase === 'open' || state.view.nodes.length > 0);
  return (
    <div className="window">
      <TopBar>{hasSession ? <ClusterMenu /> : null}</TopBar>
      <Banner />
      <div className="window-body">
        {hasSession ? (
          <Panels
            tree={<TreeView />}
            graph={
              <div className="centre">
                <FailureCards />
                <GraphView />
              </div>
            }
            inspector={<Inspector />}
            dock={
              <Dock
                changes={<ChangesView />}
                bgp={<BgpView />}
                terminals={(visible) => <TerminalsView visible={visible} />}
              />
            }
          />
        ) : (
          <StartScreen />
        )}
      </div>
      <StatusBar />
      <Prompts />
      <Palette />
      <Toasts />
    </div>
  );
}
