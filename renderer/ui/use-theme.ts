import { useLayoutEffect, useSyncExternalStore } from 'react';
import { useUi } from '../state/ui.ts';

export type Theme = 'dark' | 'light';

const lightQuery = '(prefers-color-scheme: light)';

const listeners = new Set<() => void>();

/** All in one event: told one by one, the graph would read the palette before the page has the other theme. */
function tellAll(): void {
  for (const listener of [...listeners]) listener();
}

function subscribe(listener: () => void): () => void {
  watched ??= watchSystem();
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** For as long as the page lives. */
let watched: MediaQueryList | null = null;

function watchSystem(): MediaQueryList {
  const query = window.matchMedia(lightQuery);
  query.addEventListener('change', tellAll);
  return query;
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
