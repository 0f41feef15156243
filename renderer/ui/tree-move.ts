// Where a key leads in a tree view, as the WAI-ARIA authoring practices describe it. Pure.

/** A line that shows. */
export interface TreeStep<Key> {
  readonly key: Key;
  /** Null: nothing to open. */
  readonly open: boolean | null;
  /** The line that it is part of; null at the top. */
  readonly parent: Key | null;
}

export interface TreeMove<Key> {
  /** Toggle: open what is closed, close what is open. */
  readonly type: 'focus' | 'toggle';
  readonly key: Key;
}

/** Null: the key means nothing here. What Enter and space do is the tree's own. @param page lines in sight */
export function treeMove<Key>(
  steps: readonly TreeStep<Key>[],
  focused: Key | null,
  pressed: string,
  page: number,
): TreeMove<Key> | null {
  const at = steps.findIndex(({ key }) => key === focused);
  const step = steps[at];
  const go = (to: number): TreeMove<Key> | null => {
    const next = steps[Math.max(0, Math.min(steps.length - 1, to))];
    return next === undefined ? null : { type: 'focus', key: next.key };
  };
  switch (pressed) {
    case 'ArrowDown':
      return go(at + 1);
    case 'ArrowUp':
      return go(at < 0 ? 0 : at - 1);
    case 'Home':
      return go(0);
    case 'End':
      return go(steps.length - 1);
    case 'PageDown':
      return go(at + page);
    case 'PageUp':
      return go(at - page);
    case 'ArrowRight':
      if (step?.open === false) return { type: 'toggle', key: step.key };
      return step?.open === true ? go(at + 1) : null;
    case 'ArrowLeft':
      if (step?.open === true) return { type: 'toggle', key: step.key };
      return step === undefined || step.parent === null ? null : { type: 'focus', key: step.parent };
    default:
      return null;
  }
}
