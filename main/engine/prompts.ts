// Questions to the operator that connections are waiting on. A question lives until it is answered,
// its connection gives up, or the session ends; without anybody to ask, every answer is no.
import type { Prompt } from '../../app/contract/session.ts';
import type { Prompts } from '../ssh/transport.ts';

type HostKeyAnswer = 'once' | 'always' | null;

interface Waiting {
  readonly prompt: Prompt;
  readonly settle: (answer: string | null) => void;
}

export class PromptDesk {
  readonly #waiting = new Map<string, Waiting>();
  /** One passphrase serves every node that logs in with the same key: asked once, kept in memory only. */
  readonly #passphrases = new Map<string, Promise<string | null>>();
  readonly #attended: boolean;
  readonly #changed: () => void;
  #next = 1;

  constructor(options: { attended: boolean; changed: () => void }) {
    this.#attended = options.attended;
    this.#changed = options.changed;
  }

  get open(): readonly Prompt[] {
    return [...this.#waiting.values()].map(({ prompt }) => prompt);
  }

  /** What a connection to the node `label` asks through. */
  forNode(label: string): Prompts {
    return {
      unknownHostKey: async ({ signal, ...question }) => {
        const answer = await this.#ask(signal, (id) => ({ kind: 'host-key', id, label, ...question }));
        return answer === 'once' || answer === 'always' ? (answer satisfies HostKeyAnswer) : null;
      },
      passphrase: ({ signal, ...question }) => {
        const known = this.#passphrases.get(question.identityFile);
        if (known !== undefined && !question.wrongBefore) return known;
        const asked = this.#ask(signal, (id) => ({ kind: 'passphrase', id, label, ...question }));
        this.#passphrases.set(question.identityFile, asked);
        void asked.then((answer) => {
          if (answer === null && this.#passphrases.get(question.identityFile) === asked) {
            this.#passphrases.delete(question.identityFile);
          }
        });
        return asked;
      },
    };
  }

  /** Settles one question; an id that is not open any more is ignored: its connection gave up first. */
  answer(id: string, answer: string | null): void {
    this.#waiting.get(id)?.settle(answer);
  }

  close(): void {
    for (const { settle } of [...this.#waiting.values()]) settle(null);
    this.#passphrases.clear();
  }

  #ask(signal: AbortSignal, make: (id: string) => Prompt): Promise<string | null> {
    if (!this.#attended || signal.aborted) return Promise.resolve(null);
    const id = `prompt-${this.#next++}`;
    return new Promise((resolve) => {
      const settle = (answer: string | null): void => {
        signal.removeEventListener('abort', abandon);
        if (!this.#waiting.delete(id)) return;
        this.#changed();
        resolve(answer);
      };
      const abandon = (): void => settle(null);
      signal.addEventListener('abort', abandon, { once: true });
      this.#waiting.set(id, { prompt: make(id), settle });
      this.#changed();
    });
  }
}
