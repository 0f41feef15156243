// JSON as iproute2 prints it (lib/json_writer.c): control bytes of interface names come out raw, and older releases
// escape the apostrophe and print a route's type without its key, all of which JSON.parse rejects (RFC 8259).
import type { z } from 'zod';
import { fail, ok, type Result } from '../result.ts';

/** Parses the output of `ip -j …`. Nothing at all means an empty list: some releases print that for no entries. */
export function parseToolJson(text: string): Result<unknown, string> {
  if (text.trim() === '') return ok([]);
  try {
    return ok(JSON.parse(text));
  } catch {
    try {
      return ok(JSON.parse(repaired(text)));
    } catch (cause) {
      return fail(cause instanceof Error ? cause.message.slice(0, 200) : 'not JSON');
    }
  }
}

/** Those entries of a JSON list that have this shape. */
export function entriesOf<T>(text: string, shape: z.ZodType<T>): T[] {
  const json = parseToolJson(text);
  if (!json.ok || !Array.isArray(json.value)) return [];
  return json.value.flatMap((entry) => {
    const parsed = shape.safeParse(entry);
    return parsed.success ? [parsed.data] : [];
  });
}

function repaired(text: string): string {
  return (
    text
      // An escaped backslash is matched first, so that the apostrophe after it keeps its own meaning.
      .replace(/\\(['\\])/g, (both, escaped: string) => (escaped === "'" ? "'" : both))
      // A quote within a string is escaped, so that this is never one's content.
      .replace(/\{"([a-z]+)",/g, '{"type":"$1",')
      // Newline and tab are white space between tokens; interface names cannot hold them (dev_valid_name).
      .replace(
        /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g,
        (raw) => `\\u${raw.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
  );
}
