// One xterm on one stream. It outlives nothing: closing it closes the stream and tells main.
import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import { call, callAndForget, sentenceOf } from '../../bridge/call.ts';
import { openTerminalStream, type TerminalStream } from '../../bridge/terminal-stream.ts';
import { type TerminalTab, updateTerminal } from '../../state/terminals.ts';
import { tell } from '../../state/ui.ts';
import { FocusClaim } from './focus-claim.ts';
import { inputParts } from './input-parts.ts';
import { terminalStrings } from './strings.ts';
import { readTerminalTheme } from './terminal-theme.ts';

const FONT = '"JetBrains Mono Variable", "Noto Sans Mono CJK SC", monospace';
const FONT_SIZE = 12.5;
/** Enough to read back a long `ip route`; xterm keeps about 12 bytes a cell. */
const SCROLLBACK_LINES = 5_000;
/** A shell that has been quiet this long after its first words shows its prompt. */
const PROMPT_QUIET_MS = 200;
/** A shell that says nothing at all still gets its command typed after this. */
const PROMPT_LATEST_MS = 2_500;

export class TerminalSession implements Disposable {
  readonly #tab: TerminalTab;
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #abort = new AbortController();
  readonly #claim: FocusClaim;
  #stream: TerminalStream | null = null;
  #terminalId: string | null = null;
  #typeTimer: ReturnType<typeof setTimeout> | null = null;
  #toType: string | null;

  /** @param leave takes the keyboard out of the terminal, where every other key is the shell's */
  constructor(tab: TerminalTab, host: HTMLElement, leave: () => void) {
    this.#tab = tab;
    this.#claim = new FocusClaim(window, host.closest('.terminals') ?? host);
    this.#toType = tab.typed;
    this.#terminal = new Terminal({
      fontFamily: FONT,
      fontSize: FONT_SIZE,
      lineHeight: 1.2,
      scrollback: SCROLLBACK_LINES,
      cursorBlink: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
      theme: readTerminalTheme(),
      allowProposedApi: false,
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.open(host);
    this.#fit.fit();
    this.#terminal.textarea?.setAttribute('aria-description', terminalStrings.howToLeave);
    this.#terminal.attachCustomKeyEventHandler((event) => {
      if (!leavesTerminal(event)) return true;
      event.preventDefault();
      if (event.type === 'keydown') leave();
      return false;
    });
    this.#terminal.onData((text) => {
      for (const part of inputParts(text)) this.#stream?.send({ type: 'input', text: part });
    });
    this.#terminal.onResize(({ cols, rows }) => {
      this.#stream?.send({ type: 'resize', cols, rows });
    });
    void this.#open();
  }

  async #open(): Promise<void> {
    const { signal } = this.#abort;
    try {
      const { cols, rows } = this.#terminal;
      const opened = await call('terminal.open', { target: this.#tab.target, cols, rows });
      if (!opened.ok) {
        this.#end(opened.sentence);
        return;
      }
      this.#terminalId = opened.terminalId;
      if (signal.aborted) {
        this.#tellClosed();
        return;
      }
      const stream = await openTerminalStream(
        opened.terminalId,
        { output: this.#output, ended: this.#end },
        { signal },
      );
      if (!stream.ok) {
        this.#end(stream.failure.sentence);
        this.#tellClosed();
        return;
      }
      if (this.#disposed()) {
        stream.value.close();
        return;
      }
      this.#stream = stream.value;
      updateTerminal(this.#tab.key, { state: 'open', title: opened.title, command: opened.command });
      stream.value.send({ type: 'resize', cols: this.#terminal.cols, rows: this.#terminal.rows });
      if (this.#toType !== null) this.#typeTimer = setTimeout(this.#type, PROMPT_LATEST_MS);
      if (this.#claim.holds) this.#terminal.focus();
    } catch (error) {
      this.#end(sentenceOf(error));
    } finally {
      this.#claim[Symbol.dispose]();
    }
  }

  #disposed(): boolean {
    return this.#abort.signal.aborted;
  }

  readonly #output = (bytes: Uint8Array, done: () => void): void => {
    this.#terminal.write(bytes, done);
    if (this.#toType === null) return;
    if (this.#typeTimer !== null) clearTimeout(this.#typeTimer);
    this.#typeTimer = setTimeout(this.#type, PROMPT_QUIET_MS);
  };

  /** Puts the command at the prompt and leaves Enter to the operator. */
  readonly #type = (): void => {
    const text = this.#toType;
    this.#toType = null;
    if (text !== null) this.#stream?.send({ type: 'input', text });
  };

  readonly #end = (sentence: string): void => {
    if (this.#abort.signal.aborted) return;
    this.#terminal.options.cursorBlink = false;
    updateTerminal(this.#tab.key, { state: 'ended', sentence });
  };

  #tellClosed(): void {
    if (this.#terminalId === null) return;
    callAndForget('terminal.close', { terminalId: this.#terminalId }, (sentence) => {
      tell('warning', sentence);
    });
  }

  /** Follows its element's size; a hidden element has none. */
  fit(): void {
    if ((this.#terminal.element?.offsetParent ?? null) === null) return;
    this.#fit.fit();
  }

  focus(): void {
    this.#terminal.focus();
  }

  retheme(): void {
    this.#terminal.options.theme = readTerminalTheme();
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
    this.#claim[Symbol.dispose]();
    if (this.#typeTimer !== null) clearTimeout(this.#typeTimer);
    this.#stream?.close();
    this.#tellClosed();
    this.#terminal.dispose();
  }
}

function leavesTerminal({ key, ctrlKey, shiftKey, altKey, metaKey }: KeyboardEvent): boolean {
  return key.toLowerCase() === 'k' && ctrlKey && shiftKey && !altKey && !metaKey;
}
