// Questions to the operator that connections are waiting on. A question lives until it is answered,
// its connection gives up, or the session ends; without anybody to ask, every answer is no.
import { randomUUID } from 'node:crypto';
import type { Prompt } from '../../app/contract/session.ts';
import type { Prompts } from '../ssh/transport.ts';

type HostKeyAnswer = 'once' | 'always' | null;

interface Waiting {
  readonly prompt: Prompt;
  /** Five nodes behind one jump host ask one question, not five. */
  readonly key: string;
  readonly askers: Set<(answer: string | null) => void>;
}

export class PromptDesk {
  readonly #waiting = new Map<string, Waiting>();
  /** One passphrase serves every node that logs in with the same key: answered once, kept in memory only. */
  readonly #passphrases = new Map<string, string>();
  readonly #attended: boolean;
  readonly #changed: () => void;

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
        const key = JSON.stringify(['host-key', question.host, question.port, question.fingerprint]);
        const answer = await this.#ask(signal, key, (id) => ({ kind: 'host-key', id, label, ...question }));
        return answer === 'once' || answer === 'always' ? (answer satisfies HostKeyAnswer) : null;
      },
      passphrase: async ({ signal, ...question }) => {
        const known = this.#passphrases.get(question.identityFile);
        if (known !== undefined && !question.wrongBefore) return known;
        const key = JSON.stringify(['passphrase', question.identityFile, question.wrongBefore]);
        const answer = await this.#ask(signal, key, (id) => ({ kind: 'passphrase', id, label, ...question }));
        if (answer !== null) this.#passphrases.set(question.identityFile, answer);
        return answer;
      },
    };
  }

  /** Settles one question of that kind; an id that is not open any more is ignored: its connection gave up first. */
  answer(id: string, kind: Prompt['kind'], answer: string | null): void {
    const waiting = this.#waiting.get(id);
    if (waiting?.prompt.kind !== kind) return;
    this.#waiting.delete(id);
    this.#changed();
    for (const settle of [...waiting.askers]) settle(answer);
  }

  close(): void {
    for (const { prompt } of [...this.#waiting.values()]) this.answer(prompt.id, prompt.kind, null);
    this.#passphrases.clear();
  }

  #ask(signal: AbortSignal, key: string, make: (id: string) => Prompt): Promise<string | null> {
    if (!this.#attended || signal.aborted) return Promise.resolve(null);
    const waiting = this.#open(key, make);
    return new Promise((resolve) => {
      const settle = (answer: string | null): void => {
        signal.removeEventListener('abort', abandon);
        waiting.askers.delete(settle);
        resolve(answer);
      };
      const abandon = (): void => {
        settle(null);
        // A question that nobody waits for any more is not left on the screen.
        if (waiting.askers.size === 0 && this.#waiting.delete(waiting.prompt.id)) this.#changed();
      };
      signal.addEventListener('abort', abandon, { once: true });
      waiting.askers.add(settle);
    });
  }

  #open(key: string, make: (id: string) => Prompt): Waiting {
    const same = [...this.#waiting.values()].find((waiting) => waiting.key === key);
    if (same !== undefined) return same;
    // Unguessable and never used again: a late answer must not meet another cluster's question.
    const id = randomUUID();
    const waiting: Waiting = { prompt: make(id), key, askers: new Set() };
    this.#waiting.set(id, waiting);
    this.#changed();
    return waiting;
  }
}
