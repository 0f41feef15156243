// For tests: what is known of a cluster from what its nodes printed.
import { readdirSync, readFileSync } from 'node:fs';
import { built, PASTED_AT, type BuiltPaste } from '../../paste/testing/built.ts';
import type { TraceKnown } from '../known.ts';

export interface KnownCluster extends TraceKnown {
  readonly paste: BuiltPaste;
}

/** @param changed what to make of a file's text, for what is to be broken. */
export function knownCluster(
  folder: URL,
  changed: (text: string, file: string) => string = (text) => text,
): KnownCluster {
  const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));
  const texts = files.sort().map((source) => ({
    source,
    text: changed(readFileSync(new URL(source, folder), 'utf8'), source),
    modifiedAt: PASTED_AT,
    place: null,
  }));
  const paste = built(texts);
  const { topology, moments, inventory } = paste;
  const readings = new Map(moments.flat().map(({ label, reading }) => [label, reading]));
  return { topology, readings, inventory, paste };
}
