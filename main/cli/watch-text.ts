// The watch for a person at a terminal.
import { plainText } from '../../app/plain-text.ts';
import type { WatchDocument } from '../../app/contract/watch-document.ts';

export function watchText(document: WatchDocument): string {
  const rows = [
    ['VANTAGE POINT', 'PACKETS', 'IN', 'OUT', 'REFUSED'],
    ...document.vantagePoints.map((point) => [
      point.id,
      String(point.packets),
      ...[point.inbound, point.outbound, point.refused].map((count) =>
        count === null ? '?' : String(count),
      ),
    ]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...rows.map((row) => plainText(row[column] ?? '').length)),
  );
  const head = `${document.pod} (${document.filter ?? document.addresses.join(', ')}), ${document.seconds} s`;
  let text = `${plainText(head)}\n`;
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 0 ? plainText(cell).padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    text += `  ${cells.join('  ')}\n`;
  }
  if (document.vantagePoints.length === 0) text += '  no packet was seen\n';
  text += trailsText(document);
  const { kernel, governor, ours } = document.loss;
  // What filters leave out to spare a node nobody counts: a warning says that it is.
  const spared = governor > 0 ? `, ${governor} left out on purpose` : '';
  if (kernel + governor + ours > 0)
    text += `lost: ${kernel} by the nodes' kernels${spared}, ${ours} by Hopscope\n`;
  for (const { ran, node, pod, sentence } of document.captures) {
    if (ran) continue;
    const where = pod === null ? node : `${node}/${pod}`;
    text += `not captured: ${plainText(where)}: ${plainText(sentence ?? 'it had not begun')}\n`;
  }
  for (const warning of document.warnings) text += `warning: ${plainText(warning)}\n`;
  return text;
}

const WORDS: readonly (readonly [keyof WatchDocument['trails'], string])[] = [
  ['delivered', 'delivered'],
  ['dropped', 'dropped'],
  ['rejected', 'refused'],
  ['inFlight', 'on their way'],
  ['notCaptured', 'not captured to their end'],
  ['ambiguous', 'ambiguous'],
];

/** What became of the packets, and where they were dropped. */
function trailsText({ trails, drops, flows, to, missed }: WatchDocument): string {
  if (trails.total === 0) return '';
  const said = WORDS.flatMap(([verdict, words]) =>
    trails[verdict] > 0 ? `${String(trails[verdict])} ${words}` : [],
  );
  const whose = to === null ? '' : ` to and from ${plainText(to)}`;
  let text = `${String(trails.total)} packets${whose}: ${said.join(', ')}\n`;
  for (const { after, before, count, because } of drops) {
    const next = before === null ? '' : `, not seen at ${plainText(before)}`;
    const why = because === null ? '' : `: ${plainText(because)}`;
    text += `  dropped ${String(count)} after ${plainText(after)}${next}${why}\n`;
  }
  for (const { protocol, source, destination, health } of flows)
    for (const { sentence } of health)
      text += `  ${plainText(`${protocol} ${endText(source)} → ${endText(destination)}: ${sentence}`)}\n`;
  if (missed > 0) text += `  ${String(missed)} sightings were of no packet that could be followed\n`;
  return text;
}

function endText({ name, address, port }: WatchDocument['flows'][number]['source']): string {
  const whole =
    port === null ? address : `${address.includes(':') ? `[${address}]` : address}:${String(port)}`;
  return name === null ? whole : `${name} (${whole})`;
}
