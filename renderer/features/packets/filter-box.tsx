import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react';
import { Check, CircleAlert, Ellipsis, X } from 'lucide-react';
import { useWatchState } from '../../state/watch.ts';
import { useFilterLanguage } from '../../state/filter-language.ts';
import {
  completionList,
  type FilterList,
  type FilterListItem,
  nothingListed,
  recentList,
} from './filter-list.ts';
import { keyMeaning } from './filter-keys.ts';
import { FilterPopup, optionId } from './filter-popup.tsx';
import {
  type FilterVerdict,
  meant,
  mended,
  recentFilters,
  rememberFilter,
  verdictOn,
} from './filter-state.ts';
import { filterStrings } from './filter-strings.ts';
import { draftFilter, filterBy, tryFilter, useTable } from './table-state.ts';
import './filter.css';

/** ms without a key: what is written so far counts, and what is wrong with it is said. */
const PAUSE_MS = 600;

/** The display filter: completed and checked while one writes; it counts on Enter, or after a pause once it is one. */
export function FilterBox(): ReactNode {
  const filter = useTable((state) => state.filter);
  const draft = useTable((state) => state.draft);
  const [focused, setFocused] = useState(false);
  const [listed, setListed] = useState(false);
  const [paused, setPaused] = useState(true);
  const [at, setAt] = useState<number | null>(null);
  const [caret, setCaret] = useState(0);
  const input = useRef<HTMLInputElement | null>(null);
  const listId = useId();
  const errorId = useId();
  const language = useFilterLanguage(focused || draft !== '');
  const verdict = useVerdict(draft, filter, language);
  const list = useMemo((): FilterList => {
    if (!listed) return nothingListed;
    if (draft.trim() === '') return recentList(recentFilters());
    return language === null ? nothingListed : completionList(draft, language.completions(draft, caret));
  }, [listed, draft, caret, language]);
  const open = focused && list.items.length > 0;

  const { state } = verdict;
  useEffect(() => {
    if (!focused || draft.trim() === filter) return;
    const timer = setTimeout(() => {
      setPaused(true);
      if (state === 'good' || state === 'empty') tryFilter(draft.trim());
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [draft, filter, state, focused]);

  const said = 'error' in verdict ? verdict.error : null;
  // Nobody is told off for a word that is being completed.
  const shown = said !== null && focused && paused && !(open && verdict.state === 'unfinished') ? said : null;
  /** What a mistake suggests: it counts if nothing else is wrong. */
  const mend = (text: string): void => {
    if (language?.check(text) === null) filterBy(text.trim());
    else draftFilter(text);
  };
  const write = (text: string, to: number, keepsList: boolean): void => {
    draftFilter(text);
    setPaused(false);
    setCaret(to);
    setAt(null);
    setListed(keepsList);
  };
  const take = ({ text, caret: to }: FilterListItem): void => {
    if (list.kind === 'recent') {
      // It was a filter before: nothing is missing.
      setListed(false);
      filterBy(text);
      return;
    }
    // Room for what comes next, which the list then offers.
    const spaced = to === text.length && !text.endsWith('(') ? `${text} ` : text;
    const end = to === text.length ? spaced.length : to;
    write(spaced, end, true);
    requestAnimationFrame(() => {
      input.current?.setSelectionRange(end, end);
    });
  };
  const apply = (): void => {
    setListed(false);
    setPaused(true);
    if (verdict.state === 'good' || verdict.state === 'empty' || verdict.state === 'unread') {
      // The rows stay where they are when it counts already.
      if (draft.trim() === filter) rememberFilter(filter);
      else filterBy(draft.trim());
    } else if ('error' in verdict) {
      const mended = meant(draft, verdict.error);
      if (mended !== null) filterBy(mended.trim());
    }
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.nativeEvent.isComposing || event.altKey || event.metaKey) return;
    const means = keyMeaning(event, {
      list: open ? list : nothingListed,
      at,
      mistake: shown === null ? 'none' : shown.suggestion === null ? 'said' : 'mendable',
      empty: draft === '' && filter === '',
    });
    if (means === null) return;
    event.preventDefault();
    switch (means.does) {
      case 'choose':
        setAt(means.at);
        return;
      case 'list':
        setCaret(event.currentTarget.selectionStart ?? draft.length);
        // What was chosen in a list that was put away is chosen no more.
        setAt(null);
        setListed(true);
        return;
      case 'take': {
        const item = list.items[means.at];
        if (item !== undefined) take(item);
        return;
      }
      case 'mend': {
        const better = shown === null ? null : mended(draft, shown);
        if (better !== null) mend(better);
        return;
      }
      case 'apply':
        apply();
        return;
      case 'close':
        setListed(false);
        // The mistake is said again after the next key.
        if (!open) setPaused(false);
        return;
      case 'clear':
        filterBy('');
    }
  };
  return (
    <span className={`packets-filter state-${verdict.state}`}>
      <input
        ref={input}
        className="input mono"
        type="text"
        role="combobox"
        spellCheck={false}
        autoComplete="off"
        maxLength={500}
        placeholder={filterStrings.placeholder}
        aria-label={filterStrings.label}
        aria-expanded={open}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={open && at !== null ? optionId(listId, at) : undefined}
        aria-invalid={verdict.state === 'wrong'}
        aria-describedby={errorId}
        data-testid="packets-filter"
        data-state={verdict.state}
        data-applied={filter === draft.trim()}
        value={draft}
        onFocus={() => {
          setFocused(true);
        }}
        onBlur={() => {
          setFocused(false);
          setListed(false);
          setPaused(true);
          // Whoever leaves a filter that is one means it.
          if (state !== 'good' && state !== 'empty') return;
          if (draft.trim() === filter) rememberFilter(filter);
          else filterBy(draft.trim());
        }}
        onChange={(event) => {
          write(event.target.value, event.target.selectionStart ?? event.target.value.length, true);
        }}
        onSelect={(event) => {
          setCaret(event.currentTarget.selectionStart ?? 0);
        }}
        onClick={() => {
          if (draft.trim() !== '' || listed) return;
          setAt(null);
          setListed(true);
        }}
        onKeyDown={onKeyDown}
      />
      <FilterMark
        verdict={verdict}
        onClear={() => {
          filterBy('');
          input.current?.focus();
        }}
      />
      <span id={errorId} className="visually-hidden" role="status">
        {shown === null ? (paused ? filterStrings.states[verdict.state] : '') : shown.sentence}
      </span>
      {open || shown !== null ? (
        <FilterPopup
          anchor={input}
          id={listId}
          list={open ? list : nothingListed}
          at={at}
          error={shown}
          text={draft}
          applied={filter}
          onTake={take}
          onWrite={mend}
        />
      ) : null}
    </span>
  );
}

/** What is known of a text: by the language on this page, else by main once it has tried it. */
function useVerdict(
  draft: string,
  filter: string,
  language: ReturnType<typeof useFilterLanguage>,
): FilterVerdict {
  const told = useWatchState(({ rows }) =>
    rows?.window.filter === filter && draft.trim() === filter ? (rows.filterError ?? 'passes') : null,
  );
  return useMemo(() => {
    const verdict = verdictOn(draft, language);
    if (verdict.state === 'empty' || told === null) return verdict;
    if (told === 'passes') return verdict.state === 'unread' ? { state: 'good' } : verdict;
    // Main has the last word: it is main that filters.
    if ('error' in verdict) return verdict;
    return { state: 'wrong', error: { at: 0, length: draft.length, sentence: told, suggestion: null } };
  }, [draft, language, told]);
}

const marks = { good: Check, unfinished: Ellipsis, wrong: CircleAlert };

function FilterMark({
  verdict: { state },
  onClear,
}: {
  readonly verdict: FilterVerdict;
  readonly onClear: () => void;
}): ReactNode {
  if (state === 'empty') return null;
  const Mark = state === 'unread' ? null : marks[state];
  return (
    <span className="filter-marks">
      {Mark === null ? null : (
        <span className={`filter-mark ${state}`} title={filterStrings.states[state]}>
          <Mark size={12} aria-hidden />
        </span>
      )}
      <button
        type="button"
        className="filter-clear"
        tabIndex={-1}
        aria-label={filterStrings.clear}
        title={filterStrings.clear}
        data-testid="filter-clear"
        onMouseDown={(event) => {
          event.preventDefault();
        }}
        onClick={onClear}
      >
        <X size={12} aria-hidden />
      </button>
    </span>
  );
}
