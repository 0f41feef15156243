import { useLayoutEffect, useSyncExternalStore } from 'react';
import { useUi } from '../state/ui.ts';

export type Theme = 'dark' | 'light';

const lightQuery = '(prefers-color-scheme: light)';

function subscribe(listener: () => void): () => void {
  const query = window.matchMedia(lightQuery);
  query.addEventListener('change', listener);
  return () => {
    query.removeEventListener('change', listener);
  };
}

/** The theme in force: the operator's choice, else the system's. */
export function useTheme(): Theme {
  const choice = useUi((state) => state.theme);
  const system = useSyncExternalStore(subscribe, () =>
    window.matchMedia(lightQuery).matches ? 'light' : 'dark',
  );
  return choice === 'system' ? system : choice;
}

export function useApplyTheme(): void {
  const theme = useTheme();
  // Before any effect that reads the palette (the canvas, xterm), hence a layout effect.
  useLayoutEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);
}
