/** What `make` makes of a table, once: a table that did not change is the same object in the next topology. */
export function oncePer<T extends object, R>(make: (table: T) => R): (table: T) => R {
  const made = new WeakMap<T, R>();
  return (table) => {
    const known = made.get(table);
    if (known !== undefined) return known;
    const result = make(table);
    made.set(table, result);
    return result;
  };
}

/** Names and addresses as people order them: 10.0.0.9 before 10.0.0.10. One for all, since making one is dear. */
export const byName = new Intl.Collator('en', { numeric: true });
