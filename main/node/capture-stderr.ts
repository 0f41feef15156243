// What a capture's channel gives on stderr: the guard's marks (capture-script.ts) among tcpdump's own words, which
// are (tcpdump.c info(), print_version(), 4.9 to 4.99): "tcpdump: 5 packets captured, 6 packets received by filter, 0
// packets dropped by kernel" on SIGUSR1, three lines with one of these each at the end, and everything else.
// Every mark is one write; tcpdump's lines are several, so that a mark may stand in the middle of one.
import { parseNodeTime } from '../../app/probe/section-frames.ts';
import { BeginMark } from './begin-mark.ts';
import type { CaptureTime, CaptureTotals } from './capture-events.ts';

export type StderrItem =
  | { readonly kind: 'tick'; readonly time: CaptureTime }
  /** `ticksBefore`: of the ticks, how many had been written when tcpdump wrote the first byte of this. */
  | { readonly kind: 'totals'; readonly totals: CaptureTotals; readonly ticksBefore: number }
  /** Why the node's half ended: tcpdump's exit status, or a word (capture-script.ts). */
  | { readonly kind: 'end'; readonly word: string };

/** Bytes: a mark is shorter, and of tcpdump's lines only the start is of use. */
const LINE_MAX = 1024;
/** Of what the kernel counts times in for everybody, on every machine that nodes run on (asm-generic/param.h). */
const USER_HZ = 100;
/** Of tcpdump's other words, the first lines. */
const WORDS_MAX = 4096;

const PART = /(?<count>\d{1,10}) packets? (?<what>captured|received by filter|dropped by kernel)/g;

export class CaptureStderr {
  readonly #nonce: string;
  readonly #begin: BeginMark;
  /** An unfinished mark, with its nonce, or what may become one. */
  #held = '';
  #line = '';
  #lineAfter = 0;
  #ticks = 0;
  #last: { captured?: number; received?: number } = {};
  /** tcpdump's words apart from its totals, its lines as lines. */
  words = '';

  constructor(nonce: string) {
    this.#nonce = nonce;
    this.#begin = new BeginMark(nonce);
  }

  get began(): boolean {
    return this.#begin.began;
  }

  /** What was there before the begin mark: a login's words, or sudo's. */
  get noise(): string {
    return this.#begin.noise;
  }

  push(chunk: Uint8Array): StderrItem[] {
    const items: StderrItem[] = [];
    let text = this.#held + Buffer.from(this.#begin.push(chunk)).toString('latin1');
    this.#held = '';
    for (;;) {
      const at = text.indexOf(this.#nonce);
      if (at < 0) break;
      this.#words(text.slice(0, at), items);
      text = text.slice(at);
      const end = text.indexOf('\n');
      if (end < 0 && text.length <= LINE_MAX) {
        this.#held = text;
        return items;
      }
      const mark = end < 0 ? '' : text.slice(this.#nonce.length, end);
      text = end < 0 ? text.slice(this.#nonce.length) : text.slice(end + 1);
      this.#mark(mark, items);
    }
    const partial = this.#partialNonce(text);
    this.#words(text.slice(0, text.length - partial), items);
    this.#held = text.slice(text.length - partial);
    return items;
  }

  /** Everything is read: what is held was no mark. */
  end(): StderrItem[] {
    const items: StderrItem[] = [];
    this.#begin.end();
    this.#words(`${this.#held}\n`, items);
    this.#held = '';
    return items;
  }

  /** How many characters at the end of `text` may be the start of the nonce. */
  #partialNonce(text: string): number {
    for (let length = Math.min(text.length, this.#nonce.length - 1); length > 0; length -= 1) {
      if (text.endsWith(this.#nonce.slice(0, length))) return length;
    }
    return 0;
  }

  #mark(mark: string, items: StderrItem[]): void {
    const match =
      /^ (?:t (?<time>[\d.%N]+)(?: (?<before>\d{1,10}\.\d\d) (?<after>\d{1,10}\.\d\d)(?: (?<ticks>\d{1,12}))?$)?|end (?<word>[a-z\d]{1,20}))/.exec(
        mark,
      );
    const { time, before, after, ticks, word } = match?.groups ?? {};
    if (word !== undefined) items.push({ kind: 'end', word });
    const nodeTime = time === undefined ? null : parseNodeTime(time);
    if (nodeTime === null) return;
    this.#ticks += 1;
    const uptime = before === undefined ? {} : { uptime: { before: Number(before), after: Number(after) } };
    const cpu = ticks === undefined ? {} : { cpu: Number(ticks) / USER_HZ };
    items.push({ kind: 'tick', time: { nodeTime, ...uptime, ...cpu } });
  }

  #words(text: string, items: StderrItem[]): void {
    for (let rest = text; rest !== '';) {
      if (this.#line === '') this.#lineAfter = this.#ticks;
      const end = rest.indexOf('\n');
      const piece = end < 0 ? rest : rest.slice(0, end);
      this.#line += piece.slice(0, Math.max(0, LINE_MAX - this.#line.length));
      if (end < 0) return;
      rest = rest.slice(end + 1);
      this.#finish(this.#line, items);
      this.#line = '';
    }
  }

  #finish(line: string, items: StderrItem[]): void {
    let counted = false;
    for (const { groups } of line.matchAll(PART)) {
      counted = true;
      const count = Number(groups?.['count']);
      const what = groups?.['what'];
      if (what === 'captured') this.#last = { captured: count };
      else if (what === 'received by filter') this.#last.received = count;
      else {
        const { captured, received } = this.#last;
        this.#last = {};
        if (captured === undefined || received === undefined) continue;
        items.push({
          kind: 'totals',
          totals: { captured, received, dropped: count },
          ticksBefore: this.#lineAfter,
        });
      }
    }
    if (!counted && line !== '' && this.words.length < WORDS_MAX) {
      this.words = `${this.words}${Buffer.from(line, 'latin1').toString('utf8')}\n`.slice(0, WORDS_MAX);
    }
  }
}
