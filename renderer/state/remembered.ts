// What the window remembers between runs. Storage may be refused (a private profile, a policy): then it forgets.
const PREFIX = 'hopscope.';

export function readRemembered<T>(key: string, parse: (value: string) => T | undefined): T | undefined {
  try {
    const value = localStorage.getItem(PREFIX + key);
    return value === null ? undefined : parse(value);
  } catch {
    return undefined;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + key, value);
  } catch {
    // Forgetting is the whole consequence.
  }
}
