// What became of a paste, and which route leads to which Pod, for a person at a terminal.
import type { DiscoverDocument } from '../../app/contract/discover-document.ts';
import { plainText } from '../../app/plain-text.ts';

/** Lines of a file that nobody asked to see in full. */
const UNREAD_SHOWN = 20;

export function pasteText({ routesToPods = [], paste }: DiscoverDocument): string {
  const lines: string[] = [];
  const say = (line: string): void => {
    lines.push(plainText(line));
  };
  if (routesToPods.length > 0) {
    lines.push('', 'Which route leads to each Pod');
    for (const { node, pod, address, route } of routesToPods)
      say(`  ${node} → ${pod} ${address}: ${routeText(route)}`);
  }
  if (paste === undefined) return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
  lines.push('', 'From pasted output, not live:');
  for (const { source, line, lastLine, command, home, use } of paste.pieces)
    say(
      `  ${source}:${line}-${lastLine}  ${command}  of ${home.name}${use === 'kept' ? '  (kept as it is)' : ''}`,
    );
  if (paste.unreadCount > 0) lines.push('', `Not read: ${paste.unreadCount} lines`);
  for (const { source, line, text, why } of paste.unread.slice(0, UNREAD_SHOWN))
    say(`  ${source}:${line}  ${text.trim().slice(0, 100)}  (${why})`);
  if (paste.unreadCount > UNREAD_SHOWN) lines.push('  … (--json lists more)');
  if (paste.notes.length > 0) lines.push('');
  for (const note of paste.notes) say(`note: ${note}`);
  if (paste.missing.length > 0) lines.push('', 'What is missing');
  for (const { sentence } of paste.missing.slice(0, UNREAD_SHOWN)) say(`  ${sentence}`);
  if (paste.missing.length > UNREAD_SHOWN)
    lines.push(`  … and ${paste.missing.length - UNREAD_SHOWN} more (--json)`);
  const [next] = paste.missing;
  if (next !== undefined) {
    lines.push('');
    say(`Next, what would decide most: on ${next.about.name} type`);
    say(`  ${next.command}`);
  }
  return `${lines.join('\n')}\n`;
}

function routeText(route: NonNullable<DiscoverDocument['routesToPods']>[number]['route']): string {
  if (route === null) return 'no route';
  const { dst, type, via, dev } = route;
  return [
    type === 'unicast' ? dst : `${type} ${dst}`,
    via === null ? '' : `via ${via}`,
    dev === null ? '' : `dev ${dev}`,
  ]
    .filter((word) => word !== '')
    .join(' ');
}
