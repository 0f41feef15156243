// The one window: a sandboxed page without Node, served by our own protocol.
import path from 'node:path';
import { BrowserWindow, nativeTheme, screen } from 'electron';
import { PAGE_URL } from './page-address.ts';
import {
  DEFAULT_SIZE,
  LEAST_SIZE,
  fitBounds,
  readBounds,
  writeBounds,
  type WindowBounds,
} from './window-bounds.ts';

/** The page's own background (--bg in renderer/ui/theme.css), so that nothing flashes before its first paint. */
const BACKGROUND = { dark: '#0b0f14', light: '#eef2f6' } as const;

export interface WindowOptions {
  /** Folder of window-bounds.json. */
  readonly userData: string;
  /** The built preload script. */
  readonly preload: string;
  /** A report is drawn at one size wherever it runs; otherwise the window opens where it was. */
  readonly fixedSize: boolean;
}

export async function openWindow(options: WindowOptions): Promise<BrowserWindow> {
  const saved = options.fixedSize ? null : await readBounds(options.userData);
  const workAreas = screen.getAllDisplays().map((display) => display.workArea);
  const bounds = options.fixedSize ? { x: 0, y: 0, ...DEFAULT_SIZE } : fitBounds(saved, workAreas);
  // Nobody has chosen a theme where nobody looks: a report is drawn as most people see the program.
  if (options.fixedSize) nativeTheme.themeSource = 'dark';
  const window = new BrowserWindow({
    ...bounds,
    minWidth: LEAST_SIZE.width,
    minHeight: LEAST_SIZE.height,
    title: 'Hopscope',
    backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
    autoHideMenuBar: true,
    webPreferences: {
      preload: path.resolve(options.preload),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      spellcheck: false,
      navigateOnDragDrop: false,
      safeDialogs: true,
      // A live picture must not freeze because another window covers it.
      backgroundThrottling: false,
    },
  });
  if (saved?.maximized === true) window.maximize();
  return window;
}

/** @returns what keeps the window's place for the next start, closed or not: to be done once, at the end. */
export function rememberPlace(window: BrowserWindow, userData: string): () => Promise<void> {
  let last: WindowBounds | null = null;
  const look = (): WindowBounds => ({ ...window.getNormalBounds(), maximized: window.isMaximized() });
  window.on('close', () => {
    last = look();
  });
  return async () => {
    const place = window.isDestroyed() ? last : look();
    if (place !== null) await writeBounds(userData, place);
  };
}

export async function showPage(window: BrowserWindow): Promise<void> {
  await window.loadURL(PAGE_URL);
}
