// Text of a server, a node or a cluster in our own sentences.

/**
 * One line without control characters (C0, C1, DEL), bidi and other format controls, and line separators: each becomes
 * U+FFFD. A name or a greeting can then neither steer a terminal nor turn a sentence around.
 */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}

/** The same of several lines: what ends a line and tabs stay, and a CR that only ends one goes. */
export function plainLines(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}

/** What somebody said in one line, cut where it is long: enough to know it again. */
export function excerpt(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
