// What the rest of main knows of a way to reach a node. SSH is the one we have; another
// (kubectl exec, a local shell) can stand behind the same interface.
import type { Result } from '../../app/result.ts';
import type { AuditRun } from '../audit/audit-trail.ts';

/** Why a node could not be reached, or stopped being reachable. `sentence` says what to do about it. */
export interface ConnectFailure {
  readonly kind:
    | 'unreachable' // no TCP connection: refused, timed out, no route, name not found
    | 'not-ssh' // something answered that does not speak SSH
    | 'host-key-unknown' // nobody accepted it (or there was nobody to ask)
    | 'host-key-changed' // known_hosts holds another key for this host
    | 'host-key-revoked'
    | 'no-common-algorithm'
    | 'auth' // the node refused every key we offered
    | 'key-unreadable' // an identity file is missing, unreadable, malformed, or its passphrase is wrong
    | 'config' // ~/.ssh/config or the jump host list does not make sense
    | 'silent' // the peer stopped answering keepalives
    | 'lost' // the connection was cut
    | 'cancelled';
  readonly sentence: string;
  /** The raw evidence: the error text, or the offending known_hosts line as `file:line: text`. */
  readonly detail?: string;
  /** Trying again by itself can help (a cable) or cannot (a wrong key). */
  readonly retry: boolean;
}

/** Why a channel on a living connection could not be opened. */
export interface ChannelFailure {
  readonly kind: 'limit' | 'refused' | 'lost' | 'cancelled';
  readonly sentence: string;
}

export type ChannelExit =
  | { readonly kind: 'exit'; readonly code: number }
  /** Without the SIG: `TERM`. */
  | { readonly kind: 'signal'; readonly signal: string }
  /** We took its place away, for readings of a node that allows few channels. */
  | { readonly kind: 'revoked'; readonly sentence: string }
  | { readonly kind: 'lost'; readonly failure: ConnectFailure };

/**
 * One remote process. Reading is by pull, so a slow consumer stops the sender instead of filling memory; stdout and
 * stderr share one window, so a consumer that leaves one of them unread stops both in the end. Its place in the
 * pool is free when the channel is closed: output read to its end, or disposed of.
 */
export interface Channel extends AsyncDisposable {
  readonly stdout: AsyncIterable<Uint8Array>;
  readonly stderr: AsyncIterable<Uint8Array>;
  /** Resolves when the channel will take more; rejects never: a lost channel shows in `exit`. */
  write(bytes: Uint8Array | string): Promise<void>;
  /** Sends EOF on the remote process's stdin. */
  end(): void;
  /** Settles once, when the process has ended or the connection is gone. Never rejects. */
  readonly exit: Promise<ChannelExit>;
  /** Its entry in the audit, for what only its reader knows: its command's own status, commands that share it. */
  readonly audit?: AuditRun;
}

export type ChannelPurpose = 'command' | 'capture';

/** What the audit is told of a channel: the command itself, unless that is a loader of something longer. */
export interface AuditAbout {
  readonly what: string;
  readonly by: 'login' | 'sudo';
}

export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
}

/** A remote process on a pty. stdout carries everything. */
export interface TerminalChannel extends Channel {
  resize(size: TerminalSize): void;
}

export interface NodeTransport extends AsyncDisposable {
  /** OpenSSH form, `SHA256:…`: part of a node's identity (DESIGN §5). */
  readonly hostKeyFingerprint: string;
  /**
   * The address family and numbers of our own connection as we see it. Behind a jump host these are the first
   * hop's, and NAT changes them: what the node sees, and a capture there must exclude, is its $SSH_CONNECTION.
   */
  readonly local: { readonly address: string; readonly port: number };
  readonly remote: { readonly address: string; readonly port: number };
  /** Channels the pool may have open; `null` while the node's MaxSessions is not known to bind. */
  readonly channelLimit: number | null;
  readonly openTerminals: number;
  /**
   * Runs a command through the login shell without a pty. A command (so unless said) waits for a free place of its own
   * kind in the pool (≤ 4); a capture (≤ 3) fails with 'limit' instead, and is ended when readings need its place.
   */
  open(
    command: string,
    options: { signal: AbortSignal; purpose?: ChannelPurpose; about?: AuditAbout },
  ): Promise<Result<Channel, ChannelFailure>>;
  /** A login shell (command null) or a command on a pty. Fails with 'limit' instead of waiting. */
  openTerminal(
    command: string | null,
    options: { signal: AbortSignal; term: string; size: TerminalSize; about?: AuditAbout },
  ): Promise<Result<TerminalChannel, ChannelFailure>>;
  /** Settles once, when the connection is gone for whatever reason. Never rejects. */
  readonly closed: Promise<ConnectFailure>;
}

/** Questions only the operator can answer. Without a terminal or window every answer is null. */
export interface Prompts {
  unknownHostKey(question: {
    readonly host: string;
    readonly port: number;
    readonly keyType: string;
    readonly fingerprint: string;
    readonly signal: AbortSignal;
  }): Promise<'once' | 'always' | null>;
  passphrase(question: {
    readonly identityFile: string;
    readonly wrongBefore: boolean;
    readonly signal: AbortSignal;
  }): Promise<string | null>;
}

/** A node as a cluster file names it; `~/.ssh/config` fills what is null. */
export interface NodeTarget {
  /** What sentences call it, when the operator knows it by another name than `host`. */
  readonly label?: string;
  readonly host: string;
  readonly port: number | null;
  readonly user: string | null;
  readonly identityFile: string | null;
  readonly proxyJump: string | null;
  /** known_hosts files to use instead of the configured ones (the lab writes its own). */
  readonly knownHostsFile: string | null;
  /** Other nodes of the same cluster file: a jump list may name one by its label, and then means all that is said of it. */
  readonly namesakes?: ReadonlyMap<string, NodeTarget>;
  /** Name under which the host key is looked up instead of the address. */
  readonly hostKeyAlias: string | null;
}

export interface Connector {
  connect(
    target: NodeTarget,
    options: {
      signal: AbortSignal;
      prompts: Prompts;
      /** Told when the peer has been silent for longer than a keepalive's answer takes, and when it spoke again. */
      onSilence?: (silent: boolean) => void;
    },
  ): Promise<Result<NodeTransport, ConnectFailure>>;
}
