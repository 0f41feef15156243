import type { ReactNode } from 'react';
import { PanelBottom, PanelLeft, PanelRight, Search } from 'lucide-react';
import { useSession } from '../state/session.ts';
import { openPalette, setCollapsed, type Side, useUi } from '../state/ui.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { shellStrings } from './strings.ts';

const sides: readonly { readonly side: Side; readonly Icon: typeof PanelLeft }[] = [
  { side: 'tree', Icon: PanelLeft },
  { side: 'dock', Icon: PanelBottom },
  { side: 'inspector', Icon: PanelRight },
];

export function TopBar({ children }: { readonly children: ReactNode }): ReactNode {
  const collapsed = useUi((state) => state.collapsed);
  const hasSession = useSession((state) => state.view.phase === 'open' || state.view.nodes.length > 0);
  const mac = useSession((state) => state.app?.platform === 'darwin');
  return (
    <header className="top-bar">
      <b className="wordmark">{shellStrings.program}</b>
      {children}
      <span className="grow" />
      {hasSession ? (
        <>
          <Button
            className="palette-button"
            aria-label={shellStrings.palette}
            onClick={() => {
              openPalette(true);
            }}
          >
            <Search size={13} aria-hidden /> {shellStrings.find}
            <kbd>{mac ? shellStrings.findKeys.mac : shellStrings.findKeys.others}</kbd>
          </Button>
          <div className="side-buttons" role="group" aria-label={shellStrings.panels}>
            {sides.map(({ side, Icon }) => (
              <IconButton
                key={side}
                label={(collapsed[side] ? shellStrings.show : shellStrings.hide)(shellStrings.sides[side])}
                aria-pressed={!collapsed[side]}
                onClick={() => {
                  setCollapsed(side, !collapsed[side]);
                }}
              >
                <Icon size={15} aria-hidden />
              </IconButton>
            ))}
          </div>
        </>
      ) : null}
    </header>
  );
}
