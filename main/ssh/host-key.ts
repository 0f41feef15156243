// The decision on the key that a host shows, by OpenSSH's rules: known_hosts first, then StrictHostKeyChecking,
// then the operator.
import { createHash } from 'node:crypto';
import { plainText } from '../../app/plain-text.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import {
  judgeHostKey,
  keyTypeOf,
  knownHostName,
  knownKeyTypes,
  type KnownHostLine,
  type KnownHosts,
} from './known-hosts.ts';
import { readKnownHosts, rememberHostKey } from './known-hosts-files.ts';
import type { ConnectFailure, Prompts } from './transport.ts';

export interface HostKeySettings {
  readonly host: string;
  readonly port: number;
  /** Looked up as it stands, without port (ssh_config(5) HostKeyAlias). */
  readonly alias: string | null;
  readonly userFiles: readonly string[];
  readonly globalFiles: readonly string[];
  readonly unknown: 'ask' | 'refuse' | 'accept-new';
  readonly hashNames: boolean;
}

interface AcceptedKey {
  readonly fingerprint: string;
  /** To be written down by the first handshake with it that completes. */
  readonly toWrite: boolean;
}

/** Keys that the operator accepted: good as long as the program runs, for every connection to that name. By name. */
export type AcceptedKeys = Map<string, AcceptedKey>;

/** `SHA256:` and the hash in base64 without padding, as ssh-keygen -l prints it. */
export function fingerprintOf(keyBlob: Buffer): string {
  return `SHA256:${createHash('sha256').update(keyBlob).digest('base64').replace(/=+$/, '')}`;
}

export class HostKeyCheck {
  readonly #settings: HostKeySettings;
  readonly #label: string;
  readonly #known: KnownHosts;
  readonly #accepted: AcceptedKeys;
  #pending: Buffer | null = null;

  private constructor(settings: HostKeySettings, label: string, known: KnownHosts, accepted: AcceptedKeys) {
    this.#settings = settings;
    this.#label = label;
    this.#known = known;
    this.#accepted = accepted;
  }

  static async read(
    settings: HostKeySettings,
    label: string,
    accepted: AcceptedKeys,
    signal: AbortSignal,
  ): Promise<HostKeyCheck> {
    const known = await readKnownHosts([...settings.userFiles, ...settings.globalFiles], signal);
    return new HostKeyCheck(settings, label, known, accepted);
  }

  get #name(): string {
    return this.#settings.alias?.toLowerCase() ?? knownHostName(this.#settings.host, this.#settings.port);
  }

  /** OpenSSH also takes a key known for the bare name when nothing is known for `[name]:port`. */
  get #bareName(): string | null {
    const { alias, host, port } = this.#settings;
    return alias === null && port !== 22 ? host.toLowerCase() : null;
  }

  /** Lines of known_hosts that were passed over, as `file:line: why`. */
  get skipped(): readonly string[] {
    return this.#known.skipped;
  }

  /** Key types to ask the host for first. */
  get knownTypes(): readonly string[] {
    const types = knownKeyTypes(this.#known, this.#name);
    return types.length > 0 || this.#bareName === null ? types : knownKeyTypes(this.#known, this.#bareName);
  }

  async judge(keyBlob: Buffer, prompts: Prompts, signal: AbortSignal): Promise<Result<void, ConnectFailure>> {
    const verdict = judgeHostKey(this.#known, this.#name, keyBlob);
    switch (verdict.kind) {
      case 'match':
        return ok(undefined);
      case 'revoked':
        return fail(this.#revoked(verdict.offending));
      case 'changed':
        return fail(this.#changed(verdict.offending, keyBlob));
      case 'unknown':
        return this.#judgeUnknown(keyBlob, prompts, signal);
    }
  }

  async #judgeUnknown(
    keyBlob: Buffer,
    prompts: Prompts,
    signal: AbortSignal,
  ): Promise<Result<void, ConnectFailure>> {
    if (this.#bareName !== null) {
      const bare = judgeHostKey(this.#known, this.#bareName, keyBlob);
      if (bare.kind === 'revoked') return fail(this.#revoked(bare.offending));
      if (bare.kind === 'match') return ok(undefined);
    }
    // Right before the question: another node behind the same jump host may have had the answer meanwhile.
    if (this.#isAccepted(keyBlob)) return ok(undefined);
    const { host, port, unknown } = this.#settings;
    if (unknown === 'refuse') return fail(this.#unknown(keyBlob, 'StrictHostKeyChecking is yes'));
    const fingerprint = fingerprintOf(keyBlob);
    const keyType = plainText(keyTypeOf(keyBlob.toString('base64')) ?? 'unknown');
    const answer =
      unknown === 'accept-new'
        ? 'always'
        : await prompts.unknownHostKey({ host, port, keyType, fingerprint, signal });
    // An answer that comes when this connection has ended still counts, for the next one.
    if (answer !== null) this.#accepted.set(this.#name, { fingerprint, toWrite: answer === 'always' });
    return this.#isAccepted(keyBlob) ? ok(undefined) : fail(this.#unknown(keyBlob, 'nobody accepted it'));
  }

  #isAccepted(keyBlob: Buffer): boolean {
    const accepted = this.#accepted.get(this.#name);
    if (accepted?.fingerprint !== fingerprintOf(keyBlob)) return false;
    if (accepted.toWrite) this.#pending = keyBlob;
    return true;
  }

  /**
   * Writes down a key that was accepted for good. Called when the handshake is complete: only then has the host
   * proved that it holds the key. Returns a sentence when it could not be written.
   */
  async remember(): Promise<string | null> {
    const keyBlob = this.#pending;
    const file = this.#settings.userFiles[0];
    this.#pending = null;
    if (keyBlob === null || file === undefined) return null;
    try {
      const hashed = this.#settings.hashNames;
      const now = await rememberHostKey(file, this.#name, keyBlob, { hashed });
      if (now.kind === 'changed' || now.kind === 'revoked') {
        const at = `${now.offending.file}:${now.offending.line}`;
        return `The host key of ${this.#label} was not written down: ${at} was added meanwhile and disagrees with it; compare that line with the node's key.`;
      }
      // Once is enough: a line that the operator deletes later stays deleted.
      this.#accepted.set(this.#name, { fingerprint: fingerprintOf(keyBlob), toWrite: false });
      return null;
    } catch (error) {
      return `The host key of ${this.#label} could not be written to ${file}: ${(error as Error).message}.`;
    }
  }

  #unknown(keyBlob: Buffer, why: string): ConnectFailure {
    const { host, port, alias } = this.#settings;
    const how =
      alias === null
        ? `ssh ${port === 22 ? '' : `-p ${port} `}${host}`
        : `ssh -o HostKeyAlias=${alias} -p ${port} ${host}`;
    const fingerprint = fingerprintOf(keyBlob);
    return {
      kind: 'host-key-unknown',
      sentence: `The host key of ${this.#label} (${fingerprint}) is not known and ${why}: compare it with the node's, then accept it here, or connect once with \`${how}\`.`,
      retry: false,
    };
  }

  #changed(offending: KnownHostLine, keyBlob: Buffer): ConnectFailure {
    const at = `${offending.file}:${offending.line}`;
    return {
      kind: 'host-key-changed',
      sentence: `The host key of ${this.#label} is not the one in ${at} (it shows ${fingerprintOf(keyBlob)}): somebody may be in between; only if the node was reinstalled, delete that line and connect again.`,
      detail: plainText(`${at}: ${offending.text}`),
      retry: false,
    };
  }

  #revoked(offending: KnownHostLine): ConnectFailure {
    const at = `${offending.file}:${offending.line}`;
    return {
      kind: 'host-key-revoked',
      sentence: `The host key of ${this.#label} is marked as revoked in ${at}: do not connect; the node needs a new host key.`,
      detail: plainText(`${at}: ${offending.text}`),
      retry: false,
    };
  }
}
