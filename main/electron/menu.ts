// As little menu as the platform allows. No reload and no close: in a terminal Ctrl+R searches the history and
// Ctrl+W deletes a word.
import { Menu, type MenuItemConstructorOptions } from 'electron';

export interface MenuActions {
  /** Null where no file of a person's choice is opened. */
  readonly openCluster: (() => void) | null;
  readonly exportCase: () => void;
  /** DevTools are for people who build Hopscope. */
  readonly developer: boolean;
}

export interface WindowMenu {
  /** Whether there is anything to export: a menu that offers what cannot be done would lie. */
  mayExport(there: boolean): void;
}

const EXPORT = 'export-case';

export function installMenu(actions: MenuActions): WindowMenu {
  const mac = process.platform === 'darwin';
  const { openCluster } = actions;
  const open: MenuItemConstructorOptions[] =
    openCluster === null
      ? []
      : [{ label: 'Open Cluster File…', accelerator: 'CmdOrCtrl+O', click: openCluster }];
  const exportCase: MenuItemConstructorOptions = {
    id: EXPORT,
    label: 'Export Case File…',
    // With Shift: Ctrl+E is a shell's end of the line.
    accelerator: 'CmdOrCtrl+Shift+E',
    enabled: false,
    click: actions.exportCase,
  };
  const quit: MenuItemConstructorOptions[] = mac ? [] : [{ type: 'separator' }, { role: 'quit' }];
  const template: MenuItemConstructorOptions[] = [
    ...(mac ? [{ role: 'appMenu' } as const] : []),
    {
      label: '&File',
      submenu: [...open, exportCase, ...quit],
    },
    {
      label: '&Edit',
      submenu: [{ role: 'cut' }, { role: 'copy' }, { role: 'paste' }, { role: 'selectAll' }],
    },
    {
      label: '&View',
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        ...(actions.developer ? ([{ role: 'toggleDevTools' }] as const) : []),
      ],
    },
  ];
  const menu = Menu.buildFromTemplate(template);
  Menu.setApplicationMenu(menu);
  return {
    mayExport: (there) => {
      const item = menu.getMenuItemById(EXPORT);
      if (item !== null) item.enabled = there;
    },
  };
}
