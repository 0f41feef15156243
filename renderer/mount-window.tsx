// The page's beginning: theme before paint, the session's stream, then React.
import { createRoot } from 'react-dom/client';
import { call, sentenceOf } from './bridge/call.ts';
import { followSession } from './bridge/session-stream.ts';
import { followHighlights, followPackets, followTrails } from './bridge/watch-streams.ts';
import { takeHighlights, visibleWish } from './state/highlights.ts';
import { useSession } from './state/session.ts';
import { takeMessages } from './state/topology.ts';
import { takeTrails, trailWish, useTrails } from './state/trails.ts';
import { tell } from './state/ui.ts';
import { packetWish, takePackets, useWatchState } from './state/watch.ts';
import { App } from './app.tsx';
import { WindowBoundary } from './ui/error-boundary.tsx';
import './ui/fonts.css';
import './ui/theme.css';
import './ui/ui.css';
import './ui/dock-tab.css';
import './app.css';

export function mountWindow(): void {
  const root = document.getElementById('root');
  if (root === null) throw new Error('index.html has no #root');
  const life = new AbortController();
  window.addEventListener('pagehide', () => {
    life.abort();
  });
  call('app.describe', undefined).then(
    (app) => {
      useSession.setState({ app });
    },
    (error: unknown) => {
      tell('error', sentenceOf(error));
    },
  );
  void followSession(
    {
      take: (messages) => takeMessages(messages, Date.now()),
      linkChanged: (link) => {
        useSession.setState({ link });
      },
    },
    { signal: life.signal },
  );
  void followPackets(
    {
      take: takePackets,
      linkChanged: (link) => {
        useWatchState.setState({ link });
      },
    },
    packetWish,
    { signal: life.signal },
  );
  void followHighlights({ take: takeHighlights }, visibleWish, { signal: life.signal });
  void followTrails(
    {
      take: (messages) => takeTrails(messages, Date.now()),
      linkChanged: (link) => {
        useTrails.setState({ link });
      },
    },
    trailWish,
    { signal: life.signal },
  );
  createRoot(root).render(
    <WindowBoundary>
      <App />
    </WindowBoundary>,
  );
}
