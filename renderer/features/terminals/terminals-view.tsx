import { type ReactNode, useEffect, useRef } from 'react';
import { X } from 'lucide-react';
import {
  activateTerminal,
  closeTerminal,
  openTerminal,
  type TerminalTab,
  useTerminals,
} from '../../state/terminals.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { fontsLoaded } from '../../ui/load-fonts.ts';
import { useTheme } from '../../ui/use-theme.ts';
import { terminalStrings } from './strings.ts';
import { TerminalSession } from './terminal-session.ts';
import '@xterm/xterm/css/xterm.css';
import './terminals.css';

export function TerminalsView({ visible }: { readonly visible: boolean }): ReactNode {
  const tabs = useTerminals((state) => state.tabs);
  const active = useTerminals((state) => state.active);
  if (tabs.length === 0) return <div className="empty">{terminalStrings.empty}</div>;
  return (
    <div className="terminals">
      <div className="terminal-tabs" role="tablist" aria-label={terminalStrings.list}>
        {tabs.map((tab) => (
          <div key={tab.key} className={`terminal-tab ${tab.key === active ? 'active' : ''} ${tab.state}`}>
            <button
              type="button"
              role="tab"
              id={tabId(tab)}
              title={terminalStrings.howToLeave}
              aria-selected={tab.key === active}
              onClick={() => {
                activateTerminal(tab.key);
              }}
            >
              <span
                className={`dot ${tab.state === 'open' ? 'ok' : tab.state === 'opening' ? 'busy' : ''}`}
              />
              <span className="truncate">{tab.title}</span>
            </button>
            <IconButton
              label={terminalStrings.close}
              small
              onClick={() => {
                closeTerminal(tab.key);
              }}
            >
              <X size={12} aria-hidden />
            </IconButton>
          </div>
        ))}
      </div>
      <div className="terminal-stack">
        {tabs.map((tab) => (
          <TerminalPane key={tab.key} tab={tab} active={visible && tab.key === active} />
        ))}
      </div>
    </div>
  );
}

function tabId({ key }: TerminalTab): string {
  return `tab-of-${key}`;
}

function TerminalPane({ tab, active }: { readonly tab: TerminalTab; readonly active: boolean }): ReactNode {
  const host = useRef<HTMLDivElement | null>(null);
  const session = useRef<TerminalSession | null>(null);
  const theme = useTheme();
  // The tab's first state says what to open; later ones are this session's own doing.
  const first = useRef(tab);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    let gone = false;
    // xterm measures its cells once: with the fallback font they would stay too wide.
    void fontsLoaded().then(() => {
      if (gone) return;
      session.current = new TerminalSession(first.current, element, () => {
        document.getElementById(tabId(first.current))?.focus();
      });
    });
    const observer = new ResizeObserver(() => session.current?.fit());
    observer.observe(element);
    return () => {
      gone = true;
      observer.disconnect();
      session.current?.[Symbol.dispose]();
      session.current = null;
    };
  }, []);
  useEffect(() => {
    if (!active) return;
    session.current?.fit();
    session.current?.focus();
  }, [active]);
  useEffect(() => {
    session.current?.retheme();
  }, [theme]);
  return (
    <div className="terminal-pane" hidden={!active}>
      <div
        ref={host}
        className="terminal-screen"
        data-testid={active ? 'terminal-screen' : 'terminal-screen-hidden'}
      />
      {tab.state === 'opening' ? <div className="terminal-note">{terminalStrings.opening}</div> : null}
      {tab.sentence === null ? null : (
        <div className="terminal-note ended" role="status" data-testid="terminal-ended">
          <span className="grow selectable">{tab.sentence}</span>
          <Button
            small
            onClick={() => {
              closeTerminal(tab.key);
              openTerminal(tab.target, tab.title);
            }}
          >
            {terminalStrings.again}
          </Button>
        </div>
      )}
      {tab.command === null ? null : (
        <div className="terminal-command">
          <code className="truncate" title={tab.command}>
            {tab.command}
          </code>
          <CopyButton text={tab.command} label={terminalStrings.copyCommand} />
        </div>
      )}
    </div>
  );
}
