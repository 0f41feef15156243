// Which keys are offered to a node, in which order, and what is said when it wants none of them.
// OpenSSH's order (ssh_config(5) IdentityFile, IdentitiesOnly) with one change: a key file that the operator named and
// that needs no passphrase goes before the agent's unrelated keys, because sshd hangs up after six offers (MaxAuthTries).
import type { AnyAuthMethod, AuthenticationType, ParsedKey } from 'ssh2';
import { plainText } from '../../app/plain-text.ts';
import { agentWithOneKey, listAgentKeys, type Signing } from './agent.ts';
import { blobOf, decryptIdentity, readIdentityFile, type IdentityFile } from './identity-file.ts';
import type { ConnectFailure, Prompts } from './transport.ts';

export interface AuthSettings {
  readonly user: string;
  /** Files that the cluster file or the config names, in order; empty: the defaults. */
  readonly identityFiles: readonly string[];
  readonly defaultIdentityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** Socket of the agent, null for none. */
  readonly agent: string | null;
}

/** Keys that were decrypted once, by path: reconnecting does not ask again. In memory only. */
export type DecryptedKeys = Map<string, ParsedKey>;

interface Offer {
  readonly method: AnyAuthMethod;
  readonly label: string;
}

/** One login's worth of offers, and the account of them. */
export class Authentication {
  readonly #settings: AuthSettings;
  readonly #prompts: Prompts;
  readonly #decrypted: DecryptedKeys;
  readonly #signal: AbortSignal;
  readonly #whileAsking: Signing['whileAsking'];
  readonly #offers: AsyncGenerator<Offer, void>;
  readonly #offered: string[] = [];
  /** What kept a key from being offered, as clauses. */
  readonly #problems: string[] = [];
  #accepted: readonly AuthenticationType[] | null = null;
  #partial = false;

  constructor(
    settings: AuthSettings,
    prompts: Prompts,
    decrypted: DecryptedKeys,
    signal: AbortSignal,
    whileAsking: Signing['whileAsking'] = () => undefined,
  ) {
    this.#settings = settings;
    this.#prompts = prompts;
    this.#decrypted = decrypted;
    this.#signal = signal;
    this.#whileAsking = whileAsking;
    this.#offers = this.#enumerate();
  }

  /** What to try next; null when nothing is left. `accepted`: the methods the server would go on with. */
  async next(
    accepted: readonly AuthenticationType[] | null,
    partial: boolean,
  ): Promise<AnyAuthMethod | null> {
    this.#accepted = accepted ?? this.#accepted;
    this.#partial ||= partial;
    if (accepted !== null && !accepted.includes('publickey')) return null;
    const { value, done } = await this.#offers.next();
    if (done !== true) {
      this.#offered.push(value.label);
      return value.method;
    }
    // With no key to offer at all, "none" still makes the server say what it would take.
    return this.#accepted === null ? { type: 'none', username: this.#settings.user } : null;
  }

  async *#enumerate(): AsyncGenerator<Offer, void> {
    const { identityFiles, defaultIdentityFiles, identitiesOnly } = this.#settings;
    const named = identityFiles.length > 0;
    const paths = named ? identityFiles : defaultIdentityFiles;
    const files = await Promise.all(paths.map((path) => readIdentityFile(path)));
    const agentKeys = await this.#agentKeys();
    const done = new Set<string>();
    const fromAgent = (key: ParsedKey): Offer[] => (claim(done, blobOf(key)) ? [this.#agentOffer(key)] : []);

    for (const file of files) {
      const wanted = file.kind === 'key' ? blobOf(file.key) : 'publicKey' in file ? file.publicKey : null;
      yield* agentKeys.filter((key) => blobOf(key) === wanted).flatMap(fromAgent);
    }
    if (named) yield* this.#plain(files, done);
    if (!identitiesOnly) yield* agentKeys.flatMap(fromAgent);
    yield* this.#plain(files, done);
    for (const file of files) {
      if (file.kind === 'encrypted' && (file.publicKey === null || !done.has(file.publicKey)))
        yield* this.#encrypted(file);
      else if (file.kind === 'unreadable') this.#problems.push(`${file.path} could not be used: ${file.why}`);
      else if (file.kind === 'missing' && named) this.#problems.push(`${file.path} does not exist`);
    }
  }

  async #agentKeys(): Promise<readonly ParsedKey[]> {
    if (this.#settings.agent === null) return [];
    const keys = await listAgentKeys(this.#settings.agent);
    if (typeof keys !== 'string') return keys;
    this.#problems.push(keys);
    return [];
  }

  #agentOffer(key: ParsedKey): Offer {
    const name = key.comment === '' ? key.type : plainText(key.comment);
    const agent = agentWithOneKey(this.#settings.agent ?? '', key, {
      whileAsking: this.#whileAsking,
      onTooLate: (seconds) =>
        this.#problems.push(`the agent did not sign with ${name} within ${seconds} s: it may ask a person`),
    });
    return {
      label: `${name} (agent)`,
      method: { type: 'agent', username: this.#settings.user, agent },
    };
  }

  *#plain(files: readonly IdentityFile[], done: Set<string>): Generator<Offer, void> {
    for (const file of files) {
      const key =
        file.kind === 'key'
          ? file.key
          : file.kind === 'encrypted'
            ? this.#decrypted.get(file.path)
            : undefined;
      if (key !== undefined && claim(done, blobOf(key))) yield this.#fileOffer(file.path, key);
    }
  }

  async *#encrypted(file: Extract<IdentityFile, { kind: 'encrypted' }>): AsyncGenerator<Offer, void> {
    // Another node's login may have had the passphrase meanwhile: before we ask, or while we did.
    let key = this.#decrypted.get(file.path);
    if (key === undefined) {
      const decrypted = await decryptIdentity(file, this.#prompts, this.#signal);
      if (decrypted.ok) this.#decrypted.set(file.path, decrypted.value);
      key = this.#decrypted.get(file.path);
      if (!decrypted.ok && key === undefined) this.#problems.push(decrypted.failure);
    }
    if (key !== undefined) yield this.#fileOffer(file.path, key);
  }

  #fileOffer(path: string, key: ParsedKey): Offer {
    return { label: path, method: { type: 'publickey', username: this.#settings.user, key } };
  }

  /** The account of a login that failed. `detail` is the server's own word, if it gave one. */
  failure(label: string, detail?: string): ConnectFailure {
    const { user } = this.#settings;
    const raw = detail === undefined ? {} : { detail: plainText(detail) };
    if (this.#offered.length === 0 && this.#problems.length > 0) {
      const sentence = `No key could be offered to ${user} at ${label}: ${this.#problems.join('; ')}.`;
      return { kind: 'key-unreadable', sentence, retry: false, ...raw };
    }
    return { kind: 'auth', sentence: this.#refusedSentence(label, detail), retry: false, ...raw };
  }

  #refusedSentence(label: string, detail?: string): string {
    const { user } = this.#settings;
    const also = this.#problems.length === 0 ? '' : ` (and ${this.#problems.join('; ')})`;
    const accepted = this.#accepted ?? [];
    if (this.#partial)
      return `${label} wants a second factor after the key for ${user}, which is not supported: give this key a login by key alone.`;
    if (accepted.length > 0 && !accepted.includes('publickey')) {
      return `${label} takes only ${plainText(accepted.join(', '))} for ${user}, but only keys are supported: allow PubkeyAuthentication there.`;
    }
    if (this.#offered.length === 0) {
      return `There is no key to log in to ${label} as ${user}: name one as identityFile in the cluster file or in ~/.ssh/config, or load one into ssh-agent.`;
    }
    const offered = this.#offered.join(', ');
    if (detail?.includes('Too many') === true) {
      return `${label} hung up after too many keys for ${user} (${offered}): name the right one as identityFile, or set IdentitiesOnly in ~/.ssh/config.`;
    }
    return `${label} refused every key offered for ${user}: ${offered}${also}. Add its public key to ${user}'s authorized_keys there, or name the right user and identityFile.`;
  }
}

/** True the first time; the same key from agent and file is offered once. */
function claim(done: Set<string>, blob: string): boolean {
  if (done.has(blob)) return false;
  done.add(blob);
  return true;
}
