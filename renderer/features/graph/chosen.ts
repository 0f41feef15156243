// Which shapes light up for a selection.
import type { Selection } from '../../state/selection.ts';
import { textId } from './elements.ts';
import type { Drawing } from './shapes.ts';

/**
 * @param podOfInterface the Pod whose inner end an interface is; null for any other interface
 */
export function chosenShapes(
  drawing: Drawing,
  selection: Selection | null,
  podOfInterface: (interfaceId: string) => string | null,
): Set<string> {
  const chosen = new Set<string>();
  if (selection === null) return chosen;
  const podId =
    selection.kind === 'pod'
      ? selection.id
      : selection.kind === 'interface'
        ? podOfInterface(selection.id)
        : null;
  for (const box of drawing.boxes) {
    if (podId !== null && box.id === podId) chosen.add(box.id);
    // A plate, or what counts the ports that did not fit, leads to its node but does not stand for it.
    if (box.id === selection.id && box.selects?.kind === selection.kind) chosen.add(box.id);
  }
  for (const line of drawing.lines) {
    if (line.selects?.kind === selection.kind && line.selects.id === selection.id) chosen.add(line.id);
    if (podId !== null && line.source === podId) chosen.add(line.id);
    if (
      selection.kind === 'node' &&
      line.kind.startsWith('arc') &&
      [line.source, line.target].includes(selection.id)
    ) {
      chosen.add(line.id);
    }
  }
  for (const text of drawing.texts) {
    const vethLine = text.id.startsWith('veth:') && chosen.has(text.id);
    const ownerShows = text.owner !== null && chosen.has(text.owner) && selection.kind !== 'node';
    if (vethLine || ownerShows) chosen.add(textId(text.id));
  }
  return chosen;
}
