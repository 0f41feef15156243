import { create } from 'zustand';

export type Selection =
  | { readonly kind: 'node'; readonly id: string }
  | { readonly kind: 'interface'; readonly id: string }
  | { readonly kind: 'pod'; readonly id: string }
  | { readonly kind: 'bgp'; readonly id: string };

interface SelectionState {
  readonly selected: Selection | null;
  /** It was reached in passing, by the arrow keys: what is dear waits whether it stays. */
  readonly walking: boolean;
}

export const useSelection = create<SelectionState>(() => ({ selected: null, walking: false }));

export function select(selected: Selection | null, { walking = false }: { walking?: boolean } = {}): void {
  const now = useSelection.getState().selected;
  if (now?.id === selected?.id && now?.kind === selected?.kind) return;
  useSelection.setState({ selected, walking });
}
