// Reads one connected node again and again: everything once, then what the doorbells say has changed.
// Lives as long as one connection; everything it starts on the node is under the guard (main/node).
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CHANGING_PARTS,
  DIAGNOSIS_PARTS,
  DISCOVERY_PARTS,
  PAST_PARTS,
  type DiscoveryPart,
} from '../../app/probe/discovery-script.ts';
import { MOST_INSIDE } from '../../app/probe/inside-script.ts';
import type { LinkDeletion } from '../../app/topology/input.ts';
import { nodeWrapper } from '../node/node-wrapper.ts';
import type { NodeFailure } from '../node/node-failure.ts';
import { detectRights, runDiscovery, type Rights } from '../node/rights.ts';
import { wrapperVersion } from '../node/wrapper.ts';
import type { NodeTransport } from '../ssh/transport.ts';
import { DearReadings } from './dear-readings.ts';
import type { Following } from './following.ts';
import { NodeFollower } from './node-follower.ts';
import { PollClocks, type Polled } from './poll-clocks.ts';
import { RereadQueue } from './reread-queue.ts';

/** One reading as it came from the node, not yet understood. */
export interface Reading {
  readonly label: string;
  readonly hostKeyFingerprint: string;
  readonly nonce: string;
  readonly parts: readonly DiscoveryPart[];
  readonly stdout: Uint8Array;
  /** ms since the epoch, our clock. */
  readonly seenAt: number;
  /** What doorbells said ended since the reading before. */
  readonly deletions: readonly LinkDeletion[];
}

/** What came of a reading. */
export interface UnderstoodReading {
  readonly nodeId: string | null;
  /** Who the login is on the node. */
  readonly uid: number | null;
  /** What was wrong with it; null when nothing was. */
  readonly sentence: string | null;
  /** All that was asked for was answered and understood: none of it is wanted any more. */
  readonly complete: boolean;
}

export interface NodeReaderEvents {
  readonly onRights: (rights: Rights) => void;
  /** The first reading was made, or could not be: others may use the node's channels now. */
  readonly onReady: () => void;
  /** Hands a reading over; resolves when it has been understood, or could not be. */
  readonly onReading: (reading: Reading) => Promise<Pick<UnderstoodReading, 'uid' | 'complete'>>;
  /** `settled` became true without anything else to tell. */
  readonly onSettled: () => void;
  /** Something is off on this node: a sentence, or null when that is over. */
  readonly onLimit: (topic: 'reading' | 'following' | 'terminals', sentence: string | null) => void;
  /** The node's guard ticked: it lives. */
  readonly onTick: () => void;
  /** A line of a stream that `addStream` started; awaited. */
  readonly onStreamLine: (stream: string, line: string) => void | Promise<void>;
  /** Such a stream ended; `said` is the last line of its stderr. */
  readonly onStreamEnded: (stream: string, status: number, said: string) => void;
}

export interface NodeReaderOptions extends NodeReaderEvents {
  readonly label: string;
  readonly transport: NodeTransport;
  /** The cluster file says `sudo: true`. */
  readonly sudo: boolean;
  /** Nothing: the node is read once, and nothing stays running on it. */
  readonly follow: Following;
  /** What is read where nothing is followed. */
  readonly once: readonly DiscoveryPart[];
  /** An earlier connection had a shell here: that there is none now may pass (pam_nologin while the node boots). */
  readonly hadShell: boolean;
  readonly now: () => number;
  /** Processes of Pods that somebody looks at; left out: none ever. */
  readonly insides?: () => readonly number[];
}

/** Time for one reading, also of a slow node with 10,000 routes. */
const readingDeadlineMs = 20_000;
/** What has no stream is polled, some of it more often where somebody looks (DESIGN §5). */
const polled: readonly Polled[] = [
  { parts: ['bird', 'counters'], everyMs: { seen: 2_000, unseen: 10_000 } },
  { parts: ['firewall', 'settings'], everyMs: { seen: 10_000, unseen: 10_000 } },
  { parts: ['inside'], everyMs: { seen: 10_000, unseen: 10_000 } },
];
/** With 1,000 Services the filters cost a node as much as all the rest: they wait for it. */
const afterwards: readonly DiscoveryPart[] = ['firewall', ...PAST_PARTS];
const atOnce = DISCOVERY_PARTS.filter((part) => ![...afterwards, ...DIAGNOSIS_PARTS].includes(part));
/** Where changes cannot be followed, everything is read this often instead. */
const pollEveryMs = 10_000;
/** While readings fail; a reading finds out by itself what is gone, later and less exactly. */
const mostDeletions = 10_000;
/** A node that did not even say who we are is asked again, ms, doubling. */
const rightsRestMs = { first: 2_000, longest: 30_000 };

/** ms until a node that did not say who we are is asked again; null: it will not say. */
export function restAfter(
  kind: NodeFailure['kind'],
  { hadShell, rest }: { hadShell: boolean; rest: number },
): number | null {
  // No shell is an answer, unless there was one before; the rest may be a moment's weakness.
  if (kind !== 'no-shell') return rest;
  return hadShell ? rightsRestMs.longest : null;
}

export class NodeReader implements AsyncDisposable {
  readonly #options: NodeReaderOptions;
  readonly #stop = new AbortController();
  readonly #queue: RereadQueue;
  readonly #deletions: LinkDeletion[] = [];
  #rights: Rights | null = null;
  #follower: NodeFollower | null = null;
  readonly #polls = new PollClocks(polled, (parts) => {
    const due = this.#due(parts);
    this.#queue.ring(this.#looksInside ? due : due.filter((part) => part !== 'inside'));
  });
  #poll: NodeJS.Timeout | undefined;
  #looking = false;
  readonly #dear = new DearReadings();
  /** When the last reading of a part began, ms of performance.now(). */
  readonly #readAt = new Map<DiscoveryPart, number>();
  #tried = false;
  /** Nothing more is read (`follow` is nothing). */
  #over = false;
  /** As the last reading told. */
  #uid: number | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(options: NodeReaderOptions) {
    this.#options = options;
    this.#queue = new RereadQueue((parts) => this.#readOnce(parts));
  }

  get rights(): Rights | null {
    return this.#rights;
  }

  /** The node has been read once, or has said why it cannot be. */
  get settled(): boolean {
    return this.#options.follow === 'nothing' ? this.#over : this.#tried;
  }

  /** A process on the node that ends when our guard does, for terminals to hang on; null before it runs. */
  get anchorPid(): number | null {
    return this.#follower?.anchorPid ?? null;
  }

  /** Something is followed on the node: its guard ticks. */
  get followed(): boolean {
    return this.#follower?.open ?? false;
  }

  start(): void {
    this.#running = this.#live();
  }

  /** Reads these parts again soon, but for those whose last reading began less than `freshMs` ago. */
  ring(parts: Iterable<DiscoveryPart>, freshMs = 0): void {
    const now = performance.now();
    const isStale = (part: DiscoveryPart): boolean => now - (this.#readAt.get(part) ?? -Infinity) >= freshMs;
    this.#queue.ring([...parts].filter(isStale));
  }

  /** May be called before `start`. */
  lookAt(looking: boolean): void {
    if (looking === this.#looking) return;
    this.#looking = looking;
    if (this.#rights === null) return;
    if (looking) {
      for (const { parts, everyMs } of polled) if (everyMs.seen < everyMs.unseen) this.#queue.ring(parts);
    }
    this.#armPolls();
  }

  /** Follows one more command as the login. False when nothing can be followed here: ask again by the clock. */
  addStream(name: string, command: string): boolean {
    return this.#follower?.addStream(name, command) ?? false;
  }

  /** Ends it on the node: nothing more comes from it, not even `onStreamEnded`. */
  removeStream(name: string): void {
    this.#follower?.removeStream(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#queue.close();
    this.#polls.close();
    clearInterval(this.#poll);
    await Promise.all([this.#running, this.#follower?.[Symbol.asyncDispose]()]);
  }

  async #live(): Promise<void> {
    const { transport, label, onLimit, onRights, onReady, onTick, onStreamLine, onStreamEnded } =
      this.#options;
    const { signal } = this.#stop;
    if (this.#options.follow === 'nothing') {
      await this.#readOnceOnly();
      this.#over = true;
      this.#options.onSettled();
      return;
    }
    const rights = await this.#detectRights();
    if (rights === null) return;
    this.#rights = rights;
    onRights(rights);
    const follower = new NodeFollower({
      transport,
      tier: rights.tier,
      signal,
      // What changes somewhere may have changed inside a Pod that is looked at.
      onRing: (parts) => this.#queue.ring(this.#looksInside ? [...parts, ...this.#due(['inside'])] : parts),
      onDeletion: (deletion) => {
        if (this.#deletions.length < mostDeletions) this.#deletions.push({ nodeLabel: label, ...deletion });
      },
      onFollowing: (sentence) => this.#following(sentence),
      onTick,
      onStreamLine,
      onStreamEnded,
    });
    this.#follower = follower;
    // Following first: what changes while the first reading runs rings, and is read again.
    await follower.start();
    await this.#queue.readNow(atOnce);
    // With it a second sample of counters: what a node loses now is known from then on.
    if (!signal.aborted && this.#options.follow === 'everything')
      this.#queue.ring([...afterwards, 'counters']);
    this.#armPolls();
    // Nobody else uses the node's channels before this: only so is it seen how many there are.
    if (transport.channelLimit === 1) {
      onLimit(
        'terminals',
        'Terminals are off: this node allows one SSH session at a time (MaxSessions 1); set MaxSessions 10 in its sshd_config.',
      );
    }
    if (!signal.aborted) onReady();
  }

  /** For scripts. Only `sudo` changes what is run; without it the reading itself tells who the login is. */
  async #readOnceOnly(): Promise<void> {
    const { sudo, once, onRights, onReady } = this.#options;
    this.#rights = sudo ? await this.#detectRights() : plainly;
    if (this.#rights === null) return;
    onReady();
    await this.#queue.readNow(once);
    const root: Rights = { tier: 3, uid: 0, limits: [], sshConnection: null };
    const rights = sudo ? this.#rights : this.#uid === 0 ? root : await this.#detectRights();
    if (rights === null) return;
    this.#rights = rights;
    onRights(rights);
  }

  async #detectRights(): Promise<Rights | null> {
    const { transport, sudo, hadShell, onLimit } = this.#options;
    const { signal } = this.#stop;
    const options = { signal, sudo, wrapperVersion: wrapperVersion(nodeWrapper) };
    for (let rest = rightsRestMs.first; ; rest = Math.min(rest * 2, rightsRestMs.longest)) {
      const rights = await detectRights(transport, options);
      if (rights.ok) return rights.value;
      if (signal.aborted || rights.failure.kind === 'lost') return null;
      this.#tried = true;
      onLimit('reading', rights.failure.sentence);
      const wait = restAfter(rights.failure.kind, { hadShell, rest });
      if (wait === null) return null;
      await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
  }

  #following(sentence: string | null): void {
    const { onLimit } = this.#options;
    clearInterval(this.#poll);
    if (this.#stop.signal.aborted) return;
    if (sentence === null) {
      onLimit('following', null);
      return;
    }
    onLimit(
      'following',
      `${sentence.replace(/\.$/, '')}: changes are looked for every ${pollEveryMs / 1000} s instead of at once.`,
    );
    this.#poll = setInterval(() => this.#queue.ring(CHANGING_PARTS), pollEveryMs);
  }

  get #looksInside(): boolean {
    return (this.#options.insides?.() ?? []).length > 0;
  }

  #due(parts: readonly DiscoveryPart[]): DiscoveryPart[] {
    return this.#dear.due(parts, performance.now());
  }

  #armPolls(): void {
    if (this.#options.follow === 'everything' && !this.#stop.signal.aborted)
      this.#polls.setPace(this.#looking ? 'seen' : 'unseen');
  }

  /** False when it failed or was not understood: its parts stay wanted, so that no smaller reading stands for them. */
  async #readOnce(parts: ReadonlySet<DiscoveryPart>): Promise<boolean> {
    const { transport, label, onLimit, onReading, now } = this.#options;
    const { signal } = this.#stop;
    if (this.#rights === null || signal.aborted) return true;
    const wanted = DISCOVERY_PARTS.filter((part) => parts.has(part));
    const nonce = randomBytes(16).toString('hex');
    const inside = this.#options.insides?.() ?? [];
    const request = { nonce, parts: wanted, inside: wanted.includes('inside') ? inside : [] };
    for (const part of wanted) this.#readAt.set(part, performance.now());
    const read = () =>
      runDiscovery(transport, this.#rights ?? plainly, { signal, request, deadlineMs: readingDeadlineMs });
    while ((await this.#follower?.yieldPlace()) === true);
    if (this.#follower?.fills === true) {
      this.#tried = true;
      onLimit(
        'reading',
        `Nothing is read on this node while a terminal is open: it allows ${String(transport.channelLimit)} SSH sessions at a time (set MaxSessions 10 in its sshd_config).`,
      );
      return false;
    }
    let ran = await read();
    // Where sshd allows fewer sessions than we would like, reading comes before following.
    while (!ran.ok && ran.failure.kind === 'limit' && (await this.#follower?.yieldPlace()) === true)
      ran = await read();
    if (!ran.ok) {
      const { kind, sentence } = ran.failure;
      if (kind === 'lost' || kind === 'cancelled') return true;
      this.#tried = true;
      onLimit('reading', sentence);
      return false;
    }
    const size = { bytes: ran.value.stdout.length, insides: Math.min(inside.length, MOST_INSIDE) };
    this.#dear.note(wanted, size, performance.now());
    const { uid, complete } = await onReading({
      label,
      hostKeyFingerprint: transport.hostKeyFingerprint,
      nonce,
      parts: wanted,
      stdout: ran.value.stdout,
      seenAt: now(),
      deletions: this.#deletions.splice(0),
    });
    this.#uid = uid;
    this.#tried = true;
    onLimit('reading', null);
    return complete;
  }
}

/** What runs the script as the login itself. */
const plainly: Rights = { tier: 0, uid: -1, limits: [], sshConnection: null };
