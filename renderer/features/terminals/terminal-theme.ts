import type { ITheme } from '@xterm/xterm';

/** Sixteen colours that read on either background (contrast at least 4.5, black and white aside). */
const dark = {
  black: '#222d39',
  red: '#ff6b7a',
  green: '#3ddc97',
  yellow: '#ffb454',
  blue: '#5cb8ff',
  magenta: '#c39bff',
  cyan: '#4fd6d6',
  white: '#c9d4df',
  brightBlack: '#7d8b9a',
  brightRed: '#ff8f9a',
  brightGreen: '#6be8b1',
  brightYellow: '#ffcb84',
  brightBlue: '#8bcdff',
  brightMagenta: '#d6bcff',
  brightCyan: '#86e6e6',
  brightWhite: '#f3f7fa',
} satisfies ITheme;

const light = {
  black: '#14202b',
  red: '#bf1f38',
  green: '#0b7446',
  yellow: '#8a5300',
  blue: '#0969a8',
  magenta: '#6a3dd1',
  cyan: '#04706f',
  white: '#475666',
  brightBlack: '#5f6e7d',
  brightRed: '#a3152c',
  brightGreen: '#075c37',
  brightYellow: '#6f4300',
  brightBlue: '#074f80',
  brightMagenta: '#532bb0',
  brightCyan: '#035656',
  brightWhite: '#2b3947',
} satisfies ITheme;

export function readTerminalTheme(): ITheme {
  const root = document.documentElement;
  const style = getComputedStyle(root);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ...(root.dataset['theme'] === 'light' ? light : dark),
    background: read('bg'),
    foreground: read('text'),
    cursor: read('path'),
    cursorAccent: read('bg'),
    selectionBackground: `${read('path')}55`,
  };
}
