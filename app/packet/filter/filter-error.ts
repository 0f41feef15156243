// What is wrong with a filter, where, and what would be right.

export interface FilterError {
  /** Where in the text: of its UTF-16 units the first that is wrong, and how many are. May lie just past its end. */
  readonly at: number;
  readonly length: number;
  /** What is wrong and what to do. */
  readonly sentence: string;
  /** What to write there instead; null: nothing comes to mind. */
  readonly suggestion: string | null;
}

/** A stretch of the filter's text. */
export interface Span {
  readonly at: number;
  readonly length: number;
}

/** Ends reading at the first mistake; caught in display-filter.ts, never seen outside. */
export class FilterMistake extends Error {
  readonly error: FilterError;

  constructor(error: FilterError) {
    super(error.sentence);
    this.error = error;
  }
}

export function refuse(span: Span, sentence: string, suggestion: string | null = null): never {
  throw new FilterMistake({ at: span.at, length: span.length, sentence, suggestion });
}

/** From the beginning of one to the end of the other. */
export function across(first: Span, last: Span): Span {
  return { at: first.at, length: last.at + last.length - first.at };
}
