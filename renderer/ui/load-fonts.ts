// Canvas text and xterm's cells are measured once: the faces they use must be there first.
const faces = [
  '11px "JetBrains Mono Variable"',
  '600 13px "JetBrains Mono Variable"',
  '600 30px "Inter Variable"',
] as const;

/** Fonts are bundled; if one still does not come, a wrong measure is better than an empty window. */
const PATIENCE_MS = 2_000;

let loading: Promise<void> | null = null;

export function fontsLoaded(): Promise<void> {
  loading ??= Promise.race([
    Promise.all(faces.map((face) => document.fonts.load(face, 'Ag0·↔↓…'))).then(() => undefined),
    new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MS)),
  ]).catch(() => undefined);
  return loading;
}
