// The display filter's language for the page: a part of the program of its own, loaded when somebody turns to the filter
// box. It knows every field of every dissector, which the window's start should not wait for.
import { useEffect } from 'react';
import { create } from 'zustand';
import type { FilterLanguage } from './filter-language-part.ts';

const useLanguage = create<{ readonly language: FilterLanguage | null }>(() => ({ language: null }));
let loading = false;

/** Null until it is loaded, which is when it is `wanted`; a filter is then checked by main alone. */
export function useFilterLanguage(wanted: boolean): FilterLanguage | null {
  useEffect(() => {
    if (wanted) loadFilterLanguage();
  }, [wanted]);
  return useLanguage((state) => state.language);
}

function loadFilterLanguage(): void {
  if (loading) return;
  loading = true;
  import('./filter-language-part.ts')
    .then(({ language }) => {
      useLanguage.setState({ language });
    })
    .catch(() => {
      // Main checks filters as well; the next box tries again.
      loading = false;
    });
}
