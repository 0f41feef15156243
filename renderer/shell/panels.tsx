// Four panels, resizable, collapsible, remembered.
import { type ReactNode, type RefObject, useEffect } from 'react';
import {
  Group,
  type Layout,
  Panel,
  type PanelImperativeHandle,
  Separator,
  usePanelRef,
} from 'react-resizable-panels';
import { readRemembered, remember } from '../state/remembered.ts';
import { setCollapsed, type Side, useUi } from '../state/ui.ts';
import { shellStrings } from './strings.ts';

export function Panels({
  tree,
  graph,
  inspector,
  dock,
}: {
  readonly tree: ReactNode;
  readonly graph: ReactNode;
  readonly inspector: ReactNode;
  readonly dock: ReactNode;
}): ReactNode {
  const treePanel = useCollapsible('tree');
  const inspectorPanel = useCollapsible('inspector');
  const dockPanel = useCollapsible('dock');
  return (
    <Group
      id="rows"
      orientation="vertical"
      className="panels"
      {...rememberedLayout('rows')}
      onLayoutChanged={(layout, meta) => {
        if (meta.isUserInteraction) remember('layout.rows', JSON.stringify(layout));
      }}
    >
      <Panel id="upper" minSize={220}>
        <Group
          id="columns"
          orientation="horizontal"
          {...rememberedLayout('columns')}
          onLayoutChanged={(layout, meta) => {
            if (meta.isUserInteraction) remember('layout.columns', JSON.stringify(layout));
          }}
        >
          <Panel
            id="tree-panel"
            panelRef={treePanel}
            collapsible
            defaultSize={256}
            minSize={170}
            maxSize={520}
            groupResizeBehavior="preserve-pixel-size"
            onResize={(size) => {
              setCollapsed('tree', size.inPixels < 1);
            }}
          >
            {tree}
          </Panel>
          <Separator className="separator vertical" aria-label={shellStrings.widthOf.tree} />
          <Panel id="graph-panel" minSize={280}>
            {graph}
          </Panel>
          <Separator className="separator vertical" aria-label={shellStrings.widthOf.inspector} />
          <Panel
            id="inspector-panel"
            panelRef={inspectorPanel}
            collapsible
            defaultSize={318}
            minSize={240}
            maxSize={640}
            groupResizeBehavior="preserve-pixel-size"
            onResize={(size) => {
              setCollapsed('inspector', size.inPixels < 1);
            }}
          >
            {inspector}
          </Panel>
        </Group>
      </Panel>
      <Separator className="separator horizontal" aria-label={shellStrings.dockHeight} />
      <Panel
        id="dock-panel"
        panelRef={dockPanel}
        collapsible
        defaultSize={250}
        minSize={110}
        groupResizeBehavior="preserve-pixel-size"
        onResize={(size) => {
          setCollapsed('dock', size.inPixels < 1);
        }}
      >
        {dock}
      </Panel>
    </Group>
  );
}

/** The store says what is collapsed; dragging a separator tells the store. */
function useCollapsible(side: Side): RefObject<PanelImperativeHandle | null> {
  const panel = usePanelRef();
  const collapsed = useUi((state) => state.collapsed[side]);
  useEffect(() => {
    const handle = panel.current;
    if (handle === null || handle.isCollapsed() === collapsed) return;
    if (collapsed) handle.collapse();
    else handle.expand();
  }, [panel, collapsed]);
  return panel;
}

function rememberedLayout(id: string): { defaultLayout?: Layout } {
  const layout = readRemembered(`layout.${id}`, parseLayout);
  return layout === undefined ? {} : { defaultLayout: layout };
}

function parseLayout(text: string): Layout | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Object.entries(value);
  return entries.every((entry): entry is [string, number] => typeof entry[1] === 'number')
    ? Object.fromEntries(entries)
    : undefined;
}
