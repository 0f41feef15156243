/** What JSON (RFC 8259) says; undefined where the text is none, which no JSON says. Meant for a schema, which refuses that. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
