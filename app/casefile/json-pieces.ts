// JSON of what is large, a piece at a time: a topology of 10,000 Pods as one text would hold the event loop up.

/**
 * The text of `JSON.stringify(value)` with line breaks, in pieces: down to `depth` each member is a piece of its own,
 * what lies deeper comes whole. Undefined members are left out as JSON.stringify does.
 */
export function* jsonPieces(value: unknown, depth: number): Generator<string> {
  if (depth === 0 || typeof value !== 'object' || value === null) {
    // In a list JSON.stringify writes null for undefined.
    yield value === undefined ? 'null' : JSON.stringify(value);
    return;
  }
  const list = Array.isArray(value);
  let lead = list ? '[\n' : '{\n';
  for (const [key, member] of Object.entries(value as Record<string, unknown>)) {
    if (member === undefined && !list) continue;
    yield list ? lead : `${lead}${JSON.stringify(key)}:`;
    yield* jsonPieces(member, depth - 1);
    lead = ',\n';
  }
  if (lead === ',\n') yield list ? '\n]' : '\n}';
  else yield list ? '[]' : '{}';
}
