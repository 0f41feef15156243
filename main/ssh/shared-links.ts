// Jump hosts, logged in to once for all the nodes behind them: a login each would be a storm at the jump host
// (MaxStartups), and a question each of an agent that asks a person.
import { fail, ok, type Result } from '../../app/result.ts';
import type { SshLink } from './ssh-link.ts';
import type { ConnectFailure } from './transport.ts';

type Linked = Result<SshLink, ConnectFailure>;

interface Shared {
  readonly made: Promise<Linked>;
  /** Ends the making when nobody waits for it any more. */
  readonly ending: AbortController;
  users: number;
}

export class SharedLinks {
  readonly #links = new Map<string, Shared>();

  /**
   * The link of that `key`, made by the first who asks; whoever comes while it is made or stands shares it, and what
   * came of it. `close` of what is returned gives it back: the last one closes it.
   */
  async take(
    key: string,
    make: (signal: AbortSignal) => Promise<Linked>,
    options: { readonly signal: AbortSignal; readonly cancelled: ConnectFailure },
  ): Promise<Linked> {
    const { signal, cancelled } = options;
    if (signal.aborted) return fail(cancelled);
    const shared = this.#links.get(key) ?? this.#start(key, make);
    shared.users += 1;
    const made = await orAborted(shared.made, signal);
    if (made?.ok === true) {
      let given = false;
      const close = async (): Promise<void> => {
        if (given) return;
        given = true;
        await this.#giveBack(key, shared);
      };
      return ok({ ...made.value, close });
    }
    await this.#giveBack(key, shared);
    return made?.ok === false ? made : fail(cancelled);
  }

  #start(key: string, make: (signal: AbortSignal) => Promise<Linked>): Shared {
    const ending = new AbortController();
    const shared: Shared = { made: make(ending.signal), ending, users: 0 };
    this.#links.set(key, shared);
    // What failed or is gone is made anew by the next who asks.
    void shared.made.then((made) => {
      if (made.ok) made.value.closed.listen(() => this.#forget(key, shared));
      else this.#forget(key, shared);
    });
    return shared;
  }

  async #giveBack(key: string, shared: Shared): Promise<void> {
    shared.users -= 1;
    if (shared.users > 0) return;
    this.#forget(key, shared);
    shared.ending.abort();
    const made = await shared.made;
    if (made.ok) await made.value.close();
  }

  #forget(key: string, shared: Shared): void {
    if (this.#links.get(key) === shared) this.#links.delete(key);
  }
}

/** null when `signal` was first. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const abandon = (): void => resolve(null);
    signal.addEventListener('abort', abandon, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abandon));
  });
}
