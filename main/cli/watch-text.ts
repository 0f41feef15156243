// The watch for a person at a terminal.
import { plainText } from '../../app/plain-text.ts';
import type { WatchDocument } from '../../app/contract/watch-document.ts';

export function watchText(document: WatchDocument): string {
  const rows = [
    ['VANTAGE POINT', 'PACKETS', 'IN', 'OUT', 'REFUSED'],
    ...document.vantagePoints.map((point) => [
      point.name,
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
  const { kernel, governor, ours } = document.loss;
  if (kernel + governor + ours > 0)
    text += `lost: ${kernel} by the nodes' kernels, ${governor} left out on purpose, ${ours} by Hopscope\n`;
  for (const { ran, node, pod, sentence } of document.captures) {
    if (ran) continue;
    const where = pod === null ? node : `${node}/${pod}`;
    text += `not captured: ${plainText(where)}: ${plainText(sentence ?? 'it had not begun')}\n`;
  }
  for (const warning of document.warnings) text += `warning: ${plainText(warning)}\n`;
  return text;
}
