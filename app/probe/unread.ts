// What a parser did not understand, and where it stood: it is said, never dropped in silence.

export interface Unread {
  /** `line 3`, or `entry 3` of a JSON array, which stands on one line. */
  readonly where: string;
  /** As it was printed, at most `MOST_CHARACTERS`. */
  readonly text: string;
}

export interface ReadEntries<T> {
  readonly entries: T[];
  /** At most `MOST_UNREAD`; `unreadCount` counts them all. */
  readonly unread: readonly Unread[];
  readonly unreadCount: number;
}

const MOST_UNREAD = 20;
const MOST_CHARACTERS = 200;

/** Gathers entries and what is none. */
export class EntryList<T> implements ReadEntries<T> {
  readonly entries: T[] = [];
  readonly unread: Unread[] = [];
  unreadCount = 0;

  notUnderstood(where: string, text: string): void {
    this.unreadCount += 1;
    if (this.unread.length < MOST_UNREAD) this.unread.push({ where, text: text.slice(0, MOST_CHARACTERS) });
  }
}

/** Null when everything was understood. */
export function unreadSentence(
  what: string,
  nodeLabel: string,
  { unread, unreadCount }: Pick<ReadEntries<unknown>, 'unread' | 'unreadCount'>,
): string | null {
  const [first] = unread;
  if (first === undefined) return null;
  const rest = unreadCount > 1 ? `, and ${unreadCount - 1} more` : '';
  return `Of the ${what} of ${nodeLabel} not all was understood: ${first.where} “${first.text.trim()}”${rest}.`;
}
