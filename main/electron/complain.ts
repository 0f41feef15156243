// What goes wrong is said on stderr, one line each: the window may be the thing that is gone.

/** @param sentence without a full stop; the reason follows in brackets. */
export function complain(sentence: string, reason?: unknown): void {
  const because = reason === undefined ? '' : ` (${oneLine(reason)})`;
  process.stderr.write(`hopscope: ${sentence}${because}.\n`);
}

function oneLine(reason: unknown): string {
  const text = reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason);
  return text.replaceAll(/\s+/g, ' ').slice(0, 500);
}
