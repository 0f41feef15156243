import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Group, Panel, Separator } from 'react-resizable-panels';
import { readRemembered, remember } from '../../state/remembered.ts';
import { PanelBoundary } from '../../ui/error-boundary.tsx';
import { useDetail } from './detail-state.ts';
import { detailStrings } from './detail-strings.ts';
import { PacketDetailPane } from './packet-detail.tsx';
import { PacketsTable } from './packets-table.tsx';

/** px: a narrower dock has the packet below its table. */
const BESIDE = 860;
const KEY = 'packet-share';

/** The table, and beside it the selected packet. */
export function PacketsBody(): ReactNode {
  const open = useDetail((state) => state.open);
  const body = useRef<HTMLDivElement | null>(null);
  const beside = useBeside(body);
  return (
    <div ref={body} className="packets-body">
      <Group
        id="packet-columns"
        orientation={beside ? 'horizontal' : 'vertical'}
        onLayoutChanged={(layout, { isUserInteraction }) => {
          const share = layout['packet-detail-panel'];
          if (isUserInteraction && share !== undefined) remember(KEY, share.toFixed(1));
        }}
      >
        <Panel id="packet-table-panel" minSize={beside ? 300 : 60} className="packets-table-panel">
          <PacketsTable />
        </Panel>
        {open ? (
          <>
            <Separator
              className={`separator ${beside ? 'vertical' : 'horizontal'}`}
              aria-label={detailStrings.size}
            />
            <Panel id="packet-detail-panel" minSize={beside ? 260 : 70} defaultSize={rememberedShare()}>
              <PanelBoundary name={detailStrings.panel}>
                <PacketDetailPane />
              </PanelBoundary>
            </Panel>
          </>
        ) : null}
      </Group>
    </div>
  );
}

function rememberedShare(): string {
  const share = readRemembered(KEY, Number) ?? 50;
  return `${String(share > 5 && share < 95 ? share : 50)}%`;
}

function useBeside(element: { readonly current: HTMLElement | null }): boolean {
  const [beside, setBeside] = useState(true);
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const observer = new ResizeObserver(() => {
      setBeside(current.clientWidth >= BESIDE);
    });
    observer.observe(current);
    return () => {
      observer.disconnect();
    };
  }, [element]);
  return beside;
}
