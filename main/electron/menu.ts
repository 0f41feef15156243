// As little menu as the platform allows. No reload and no close: in a terminal Ctrl+R searches the history and
// Ctrl+W deletes a word.
import { Menu, type MenuItemConstructorOptions } from 'electron';

export interface MenuActions {
  /** Null where no file of a person's choice is opened. */
  readonly openCluster: (() => void) | null;
  /** DevTools are for people who build Hopscope. */
  readonly developer: boolean;
}

export function installMenu(actions: MenuActions): void {
  const mac = process.platform === 'darwin';
  const { openCluster } = actions;
  const open: MenuItemConstructorOptions[] =
    openCluster === null
      ? []
      : [{ label: 'Open Cluster File…', accelerator: 'CmdOrCtrl+O', click: openCluster }];
  const quit: MenuItemConstructorOptions[] = mac ? [] : [{ role: 'quit' }];
  const template: MenuItemConstructorOptions[] = [
    ...(mac ? [{ role: 'appMenu' } as const] : []),
    {
      label: '&File',
      submenu:
        open.length > 0 && quit.length > 0 ? [...open, { type: 'separator' }, ...quit] : [...open, ...quit],
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
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
