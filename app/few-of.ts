/** "a, b and 3 more": names in a sentence, the first `most` of them. */
export function fewOf(names: readonly string[], most: number): string {
  const said = names.slice(0, most).join(', ');
  return names.length > most ? `${said} and ${names.length - most} more` : said;
}
