import { type RefObject, useEffect } from 'react';
import { useNow } from '../../state/clock.ts';
import { textsNow } from './ages.ts';
import type { GraphCanvas } from './graph-canvas.ts';
import type { Layout } from './layout.ts';

/** A component of its own, so that a tick renders nothing else. */
export function Ages({
  canvas,
  layout,
}: {
  readonly canvas: RefObject<GraphCanvas | null>;
  readonly layout: Layout;
}): null {
  const now = useNow(layout.texts.some((text) => text.age !== null));
  useEffect(() => {
    canvas.current?.say(textsNow(layout.texts, now));
  });
  return null;
}
