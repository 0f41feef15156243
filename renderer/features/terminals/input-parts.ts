/** Far below what one message may hold (app/contract/terminal.ts). UTF-16 code units. */
const PART = 65_536;

/** A paste as messages: in order, nothing lost, no character cut in two. */
export function inputParts(text: string): string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + PART, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end -= 1;
    parts.push(text.slice(start, end));
    start = end;
  }
  return parts;
}
