// What a text in the filter box is worth, and which filters were used before. Pure but for what the window remembers.
import type { FilterError } from '../../../app/packet/filter/display-filter.ts';
import { readRemembered, remember } from '../../state/remembered.ts';
import type { FilterLanguage } from '../../state/filter-language-part.ts';

export type FilterVerdict =
  | { readonly state: 'empty' | 'good' | 'unread' }
  /** Unfinished: what is missing comes at the end. Wrong: what is there is no filter. */
  | { readonly state: 'unfinished' | 'wrong'; readonly error: FilterError };

export function verdictOn(text: string, language: FilterLanguage | null): FilterVerdict {
  if (text.trim() === '') return { state: 'empty' };
  if (language === null) return { state: 'unread' };
  const error = language.check(text);
  if (error === null) return { state: 'good' };
  return { state: unfinished(text, error, language) ? 'unfinished' : 'wrong', error };
}

/** What is missing comes at the end, or the last word is the beginning of one. */
function unfinished(text: string, { at, length }: FilterError, language: FilterLanguage): boolean {
  if (at >= text.trimEnd().length) return true;
  if (at + length < text.length) return false;
  const word = text.slice(at);
  return language.completions(text, text.length).items.some((item) => item.text.startsWith(word));
}

/** The text with what the error suggests in its place; null: it suggests nothing. */
export function mended(text: string, error: FilterError): string | null {
  if (error.suggestion === null) return null;
  return text.slice(0, error.at) + error.suggestion + text.slice(error.at + error.length);
}

/** An address or a port alone: everybody knows what is meant, and Enter may say it. */
export function meant(text: string, error: FilterError): string | null {
  const whole = text.slice(error.at, error.at + error.length).trim() === text.trim();
  const own = /^[\d.:/[\]a-fA-F]+$/u.test(text.trim());
  return whole && own ? mended(text, error) : null;
}

/** The text around a mistake: before, what is wrong, and after. */
export function marked(text: string, { at, length }: FilterError): [string, string, string] {
  // At the end nothing is there to be marked: a space is.
  const wrong = text.slice(at, at + length);
  return [text.slice(0, at), wrong === '' ? ' ' : wrong, text.slice(at + length)];
}

const KEY = 'packet-filters';
const MOST_RECENT = 15;

export function recentFilters(): readonly string[] {
  return readRemembered(KEY, parseRecent) ?? [];
}

export function rememberFilter(filter: string): void {
  if (filter.trim() === '') return;
  const others = recentFilters().filter((one) => one !== filter);
  remember(KEY, JSON.stringify([filter, ...others].slice(0, MOST_RECENT)));
}

function parseRecent(text: string): string[] | undefined {
  const value: unknown = JSON.parse(text);
  return Array.isArray(value)
    ? value.filter((one) => typeof one === 'string').slice(0, MOST_RECENT)
    : undefined;
}
