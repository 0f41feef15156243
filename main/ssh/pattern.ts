// Patterns of ssh_config(5) PATTERNS and sshd(8) SSH_KNOWN_HOSTS: `*`, `?`, `!`. The ssh-config package's own
// glob builds a regular expression (exponential on `*a*a*a…`, and `?` matches nothing there), so not that one.

/** `*` any run of characters, `?` exactly one. Linear in text × pattern, whatever the pattern. */
export function wildcardMatch(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.length && pattern[p] === '*') p++;
  return p === pattern.length;
}

/** A list matches when one pattern does and no negated one does; a list of negations alone never matches. */
export function patternListMatch(patterns: readonly string[], text: string): boolean {
  let matched = false;
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) {
      if (wildcardMatch(pattern.slice(1), text)) return false;
    } else if (wildcardMatch(pattern, text)) {
      matched = true;
    }
  }
  return matched;
}
