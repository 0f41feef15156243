// The answer of `drops.view` for a person at a terminal.
import { plainText } from '../../app/plain-text.ts';
import type { DropRowView, DropsView } from '../../app/contract/drops-view.ts';

export function dropsText(view: DropsView): string {
  return view.nodes.map(nodeText).join('\n');
}

function nodeText({ label, since, until, sentence, rows, more }: DropsView['nodes'][number]): string {
  const counted = since === null || until === null ? null : Math.max(0, until.s - since.s);
  const lines = [`${plainText(label)}${counted === null ? '' : `  counted for ${String(counted)} s`}`];
  if (sentence !== null) lines.push(`  ${plainText(sentence)}`);
  const dropped = rows.filter(({ packets }) => packets > 0);
  if (dropped.length === 0 && counted !== null)
    lines.push(sentence === null ? '  Nothing was dropped.' : '  Nothing that is known was dropped.');
  for (const row of dropped) lines.push(...rowLines(row));
  if (more > 0) lines.push(`  … and ${String(more)} more`);
  return `${lines.join('\n')}\n`;
}

function rowLines({ place, device, packets, title, sender, look, notes, proof }: DropRowView): string[] {
  const where = place.kind === 'node' ? 'node' : place.name;
  const rises = proof.map(({ counter, rise }) => `${counter} +${String(rise)}`).join(', ');
  return [
    `  ${String(packets).padStart(8)}  ${plainText(where)}${device === null ? '' : ` ${plainText(device)}`}: ${title}`,
    `            the sender sees ${sender}; ${plainText(rises)}`,
    `            ${look}`,
    ...notes.map((note) => `            ${plainText(note)}`),
  ];
}
