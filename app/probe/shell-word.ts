/** A word of a POSIX shell's command line that stands for exactly this text, as one would type it. No NUL. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
