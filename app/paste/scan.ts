// A paste cut into pieces: each the output of one command from one place at one time. Every line that is not blank ends up in
// a piece, as context (prompts, dates, headings), or as unread with the reason.
import { withoutBarePrefixes } from './bare-prefixes.ts';
import { beginsAnew } from './begins-anew.ts';
import { joinWrapped, cleanLines, type PastedLine, type PastedText } from './pasted-text.ts';
import {
  FILE_READ,
  opensShell,
  placeOfCommand,
  typedCommand,
  type Place,
  type TypedCommand,
} from './command-line.ts';
import { headingOf, namedByFile } from './headings.ts';
import { jsonEnd } from './json-extent.ts';
import { YAML_BEGINS, yamlEnd } from './yaml-extent.ts';
import type { PieceKind } from './known-commands.ts';
import { kindOf, LONGEST_LINE } from './piece-kind.ts';
import { dateLine, timeOfDay } from './piece-time.ts';
import { isOfOutput, whyUnread } from './why-unread.ts';

export interface Piece {
  readonly source: string;
  /** First and last line in the source. */
  readonly line: number;
  readonly lastLine: number;
  readonly kind: PieceKind;
  readonly place: Place;
  /** As it was typed; null where only its output is there. */
  readonly command: string | null;
  /** ms since the epoch. */
  readonly at: number;
  /** What `at` rests on. */
  readonly dated: 'prompt' | 'date' | 'packets' | 'file';
  /** Lines within it could not be read: what is missing from it proves nothing. */
  readonly broken: boolean;
  readonly lines: readonly PastedLine[];
}

export interface UnreadLine {
  readonly source: string;
  readonly line: number;
  /** Another than `line` where several stand for one. */
  readonly lastLine: number;
  readonly text: string;
  readonly why: string;
}

export interface Scanned {
  readonly pieces: readonly Piece[];
  readonly unread: readonly UnreadLine[];
  /** Lines that only said where, when and by which command. */
  readonly context: number;
}

/** A piece of which nothing can be told: its first line stands for it. */
export function unreadPiece({ source, line, lastLine, lines }: Piece, why: string): UnreadLine {
  return { source, line, lastLine, text: (lines[0]?.text ?? '').slice(0, KEPT_OF_A_LINE), why };
}

const BEGIN = /-----BEGIN HOPSCOPE /;
const END = /-----END HOPSCOPE /;
// `cat -n` and `grep -n` number lines, editors put a bar after the number.
const MARK = /^\s{0,8}(?:#+|>|\/\/|;|\||\*|--|\d{1,6}(?:\t|: ?| ?[|│] ?))\s?/;
/** Ends an output, and says nothing: a fence of Markdown, a command broken off. */
const ORNAMENT = /^\s{0,8}(?:(?:```|~~~)[\w-]{0,20}|\^C)\s*$/;
/** What BIRD's client says of its -r, amid its output. */
const REMARK = /^Access restricted\s*$/;

/** @param names of nodes and Pods: a line with nothing but one of them is a heading. */
export function scan(pasted: PastedText, names: ReadonlySet<string>): Scanned {
  const every = cleanLines(pasted.text);
  const lines = joinWrapped(
    every.slice(0, MOST_LINES),
    (line) =>
      kindOf(line, null) !== null ||
      kindOf(line, 'ip-addr') !== null ||
      typedCommand(line) !== null ||
      dateLine(line) !== null,
  );
  const scanner = new Scanner(pasted, names);
  for (let at = 0; at < lines.length;) at += scanner.take(lines, at);
  const rest = every.slice(MOST_LINES);
  const beyond = rest.find((line) => line.trim() !== '');
  if (beyond !== undefined) scanner.leaveRest(beyond, rest.length);
  return scanner.finish();
}

class Scanner {
  readonly #pasted: PastedText;
  readonly #names: ReadonlySet<string>;
  readonly #pieces: Piece[] = [];
  readonly #unread: UnreadLine[] = [];
  #context = 0;
  #open: {
    kind: PieceKind;
    lines: PastedLine[];
    marked: boolean;
    broken: boolean;
    /** The last line could not be read: whether it stands within, what follows tells. */
    unreadBehind: boolean;
  } | null = null;
  /** The line before could not be read, and looks as if something of the output were missing there. */
  #cutBefore = false;
  #jsonAttempts = MOST_BROKEN_JSON;
  #place: Place;
  #shell: Place;
  #command: string | null;
  #at: { readonly ms: number; readonly by: Piece['dated'] } | null = null;

  constructor(pasted: PastedText, names: ReadonlySet<string>) {
    this.#pasted = pasted;
    this.#names = names;
    const named = namedByFile(pasted.source);
    const place = pasted.place ?? named.place;
    this.#place = place === null ? { kind: 'unsaid', source: pasted.source } : { kind: 'named', name: place };
    this.#shell = this.#place;
    this.#command = null;
  }

  /** How many lines it took. */
  take(lines: readonly PastedLine[], at: number): number {
    const line = lines[at];
    if (line === undefined) return 1;
    const { text } = line;
    if (text.trim() === '') return 1;
    if (text.length <= LONGEST_LINE && BEGIN.test(text))
      return this.#block(lines, at, 'collected', (one) => END.test(one));
    if (this.#jsonAttempts > 0 && /^\s*[[{]/.test(text.slice(0, 100))) {
      const count = jsonEnd(lines, at);
      if (count !== null) return this.#whole(lines.slice(at, at + count), 'json');
      this.#jsonAttempts -= 1;
    }
    if (YAML_BEGINS.test(text.slice(0, 100))) {
      const count = yamlEnd(lines, at);
      if (count > 1) return this.#whole(lines.slice(at, at + count), 'yaml');
    }
    const typed = typedCommand(text);
    if (typed !== null && kindOf(text, null) === null) return this.#typed(typed, line);
    const date = dateLine(text);
    if (date !== null) {
      this.#close();
      this.#at = { ms: date, by: 'date' };
      return this.#said(line);
    }
    if (REMARK.test(text)) return this.#said(line);
    if (ORNAMENT.test(text)) {
      this.#close();
      return this.#said(line);
    }
    const current = this.#open?.kind ?? null;
    const first = this.#open?.lines[0]?.text ?? '';
    const kind = this.#open?.marked === true ? null : kindOf(text, current, first);
    if (kind !== null) return this.#add(line, kind, false);
    if (this.#open === null && FILE_READ.test(this.#command ?? '') && /^[\d\s]{1,60}$/.test(text))
      return this.#add(line, 'sysctl', false);
    // Marks before output are taken away; within marked output blanks after the mark are the output's.
    const mark = text.length > LONGEST_LINE ? null : MARK.exec(text);
    const bare = mark === null ? text : text.slice(mark[0].length);
    const marked = mark !== null || this.#open?.marked === true ? kindOf(bare, current, first) : null;
    if (marked !== null) return this.#add({ ...line, text: bare }, marked, mark !== null);
    const heading = headingOf(text, this.#names);
    if (heading !== null) {
      this.#close();
      this.#place = this.#shell = { kind: 'named', name: heading };
      this.#command = null;
      return this.#said(line);
    }
    this.#leave(line, whyUnread(text));
    return 1;
  }

  finish(): Scanned {
    this.#close();
    // What stands before a date in one text was there no later.
    let latest = Infinity;
    const pieces = this.#pieces.toReversed().map((piece) => {
      const at = piece.dated === 'file' ? Math.min(piece.at, latest) : piece.at;
      latest = at;
      return { ...piece, at };
    });
    return { pieces: pieces.toReversed(), unread: this.#unread, context: this.#context };
  }

  leaveRest(text: string, count: number): void {
    const line = { number: MOST_LINES + 1, last: MOST_LINES + count, text };
    this.#leave(line, `one of ${count} lines beyond the first ${MOST_LINES}, which alone are read`);
  }

  #said({ number, last }: PastedLine): 1 {
    this.#context += last - number + 1;
    return 1;
  }

  #add(line: PastedLine, kind: PieceKind, marked: boolean): 1 {
    const [first, second] = this.#open?.lines ?? [];
    // BIRD's greeting stands before whatever it was asked for.
    if (this.#open !== null && second === undefined && BIRD_READY.test(first?.text ?? '') && BIRD.has(kind))
      this.#open.kind = kind;
    if (this.#open !== null && (this.#open.kind !== kind || beginsAnew(this.#open.lines, line.text, kind)))
      this.#close();
    this.#open ??= { kind, lines: [], marked, broken: this.#cutBefore, unreadBehind: false };
    this.#open.broken ||= this.#open.unreadBehind;
    this.#open.lines.push(line);
    this.#cutBefore = false;
    return 1;
  }

  #typed({ command, host, time }: TypedCommand, line: PastedLine): 1 {
    this.#close();
    if (host !== null) this.#shell = this.#shellOf(host);
    this.#place = placeOfCommand(command) ?? this.#shell;
    // `ssh node` and `kubectl exec … -- sh` stay there until the prompt names another.
    if (opensShell(command)) this.#shell = this.#place;
    if (/^(?:exit|logout)\b/.test(command)) this.#shell = { kind: 'unsaid', source: this.#pasted.source };
    this.#command = command === '' ? null : command;
    const ms = time === null ? null : timeOfDay(time, this.#pasted.modifiedAt);
    if (ms !== null) this.#at = { ms, by: 'prompt' };
    return this.#said(line);
  }

  /** A container's prompt names its Pod, a node's the node. */
  #shellOf(host: string): Place {
    return { kind: 'named', name: host };
  }

  #block(lines: readonly PastedLine[], at: number, kind: PieceKind, ends: (text: string) => boolean): number {
    let count = 1;
    while (at + count < lines.length && !ends(lines[at + count]?.text ?? '')) count += 1;
    return this.#whole(lines.slice(at, at + count + 1), kind);
  }

  #whole(lines: readonly PastedLine[], kind: PieceKind): number {
    this.#close();
    this.#open = { kind, lines: [...lines], marked: false, broken: false, unreadBehind: false };
    this.#close();
    return Math.max(1, lines.length);
  }

  #leave(line: PastedLine, why: string): void {
    const { number, last, text } = line;
    this.#cutBefore = isOfOutput(text, why);
    if (this.#open !== null) {
      this.#open.broken ||= this.#cutBefore;
      this.#open.unreadBehind = true;
    }
    // Without one of its lines a chain would do something else for certain.
    if (this.#open?.kind === 'nft-list' || this.#open?.kind === 'iptables-save')
      this.#open.lines.push({ ...line, isUnread: true });
    this.#unread.push({
      source: this.#pasted.source,
      line: number,
      lastLine: last,
      text: text.slice(0, KEPT_OF_A_LINE),
      why,
    });
  }

  #close(): void {
    const open = this.#open;
    this.#open = null;
    if (open?.kind === 'ip-route') {
      const { kept, bare } = withoutBarePrefixes(open.lines);
      for (const line of bare) this.#leave(line, 'a prefix alone is no route');
      open.lines = [...kept];
    }
    // What stands behind it is no part of it.
    while (open?.lines.at(-1)?.isUnread === true) open.lines.pop();
    const [first] = open?.lines ?? [];
    const last = open?.lines.at(-1);
    if (open === null || first === undefined || last === undefined) return;
    const { source, modifiedAt } = this.#pasted;
    const packets = open.kind === 'tcpdump' ? timeOfDay(first.text, modifiedAt) : null;
    this.#pieces.push({
      source,
      line: first.number,
      lastLine: last.last,
      kind: open.kind,
      place: this.#place,
      command: this.#command,
      at: packets ?? this.#at?.ms ?? modifiedAt,
      dated: packets === null ? (this.#at?.by ?? 'file') : 'packets',
      broken: open.broken,
      lines: open.lines,
    });
  }
}

/** Each may look through the whole rest of the text. */
const MOST_BROKEN_JSON = 3;
/** Three times the routes of 10 MB; what is shorter than a line of any command is not read by the million. */
const MOST_LINES = 400_000;
/** Enough to know a line again. */
const KEPT_OF_A_LINE = 300;

const BIRD_READY = /^BIRD \S+/;
const BIRD: ReadonlySet<PieceKind> = new Set(['bird-protocols', 'bird-routes', 'bird-status']);
