/**
 * A shell may open seconds after it was asked for. It takes the keyboard only if nobody has typed or clicked
 * elsewhere since: what was meant for a search field, Enter included, must not go to a root shell.
 */
export class FocusClaim implements Disposable {
  readonly #page: EventTarget;
  readonly #home: { contains(node: Node | null): boolean };
  #holds = true;

  /**
   * @param page where all keys and clicks of the page pass
   * @param home what counts as still waiting for the shell: the terminals themselves
   */
  constructor(page: EventTarget, home: { contains(node: Node | null): boolean }) {
    this.#page = page;
    this.#home = home;
    for (const type of ['keydown', 'pointerdown'])
      page.addEventListener(type, this.#elsewhere, { capture: true });
  }

  get holds(): boolean {
    return this.#holds;
  }

  readonly #elsewhere = (event: Event): void => {
    if (!this.#home.contains(event.target as Node | null)) this.#holds = false;
  };

  [Symbol.dispose](): void {
    for (const type of ['keydown', 'pointerdown'])
      this.#page.removeEventListener(type, this.#elsewhere, { capture: true });
  }
}
