import type { ReactNode } from 'react';
import { Monitor, Moon, Sun } from 'lucide-react';
import { clusterTone } from '../state/cluster-tone.ts';
import { useNow } from '../state/clock.ts';
import { countConnected, useSession } from '../state/session.ts';
import { oldestFactsAt } from '../state/standing.ts';
import { ageText } from '../state/text.ts';
import { useTopology } from '../state/topology.ts';
import { chooseTheme, type ThemeChoice, useUi } from '../state/ui.ts';
import { Button } from '../ui/button.tsx';
import { shellStrings } from './strings.ts';

const following: Record<ThemeChoice, ThemeChoice> = { system: 'dark', dark: 'light', light: 'system' };
const icons: Record<ThemeChoice, typeof Sun> = { system: Monitor, dark: Moon, light: Sun };

export function StatusBar(): ReactNode {
  const view = useSession((state) => state.view);
  const app = useSession((state) => state.app);
  const theme = useUi((state) => state.theme);
  const warnings = useTopology((state) => state.topology?.warnings);
  const connected = countConnected(view);
  const Icon = icons[theme];
  return (
    <footer className="status-bar">
      {view.nodes.length === 0 ? null : (
        <span>
          <span className={`dot ${clusterTone(view.nodes)}`} aria-hidden="true" />{' '}
          {shellStrings.connected(connected, view.nodes.length)}
        </span>
      )}
      <FactsAge />
      {warnings === undefined || warnings.length === 0 ? null : (
        <span className="status-warning truncate" title={warnings.join('\n')}>
          {warnings[0]}
          {warnings.length > 1 ? ` (+${String(warnings.length - 1)})` : ''}
        </span>
      )}
      <span className="grow" />
      <span title={shellStrings.readOnlyTitle}>{shellStrings.readOnly}</span>
      {app === null ? null : (
        <span title={shellStrings.madeOf(app.electron.chromium, app.electron.node, app.electron.source)}>
          {shellStrings.version(app.version, app.electron.version, app.electron.source)}
        </span>
      )}
      <Button
        look="quiet"
        small
        className="icon"
        aria-label={shellStrings.themes[theme]}
        title={shellStrings.themes[theme]}
        data-testid="theme-toggle"
        onClick={() => {
          chooseTheme(following[theme]);
        }}
      >
        <Icon size={13} aria-hidden />
      </Button>
    </footer>
  );
}

/** The oldest of all that is shown, of nodes that no longer answer too: the worst case of what one sees. */
function FactsAge(): ReactNode {
  const oldest = useSession((state) => oldestFactsAt(state.view.nodes));
  const now = useNow();
  return oldest === null ? null : (
    <span data-testid="oldest-shown">{shellStrings.oldestShown(ageText(now - oldest))}</span>
  );
}
