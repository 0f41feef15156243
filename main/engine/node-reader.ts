// Reads one connected node again and again: everything once, then what the doorbells say has changed.
// Lives as long as one connection; everything it starts on the node is under the guard (main/node).
import { randomBytes } from 'node:crypto';
import { DISCOVERY_PARTS, type DiscoveryPart } from '../../app/probe/discovery-script.ts';
import { doorbellCommand, parseDoorbellLine, type DoorbellTopic } from '../../app/probe/doorbell.ts';
import type { LinkDeletion } from '../../app/topology/input.ts';
import { follow, type Follower } from '../node/follow.ts';
import { nodeWrapper } from '../node/node-wrapper.ts';
import { detectRights, runDiscovery, type Rights } from '../node/rights.ts';
import { wrapperVersion } from '../node/wrapper.ts';
import type { NodeTransport } from '../ssh/transport.ts';
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

export interface NodeReaderEvents {
  readonly onRights: (rights: Rights) => void;
  /** Hands a reading over; resolves when it has been understood. */
  readonly onReading: (reading: Reading) => Promise<void>;
  /** Something is off on this node: a sentence, or null when that is over. */
  readonly onLimit: (topic: 'reading' | 'following' | 'terminals', sentence: string | null) => void;
  /** The node's guard ticked: it lives. */
  readonly onTick: () => void;
  /** A line of a stream that `addStream` started, or its end (line null). */
  readonly onStreamLine: (stream: string, line: string | null) => void;
}

export interface NodeReaderOptions extends NodeReaderEvents {
  readonly label: string;
  readonly transport: NodeTransport;
  /** The cluster file says `sudo: true`. */
  readonly sudo: boolean;
  readonly now: () => number;
}

/** Time for one reading, also of a slow node with 10,000 routes. */
const readingDeadlineMs = 20_000;
/** BIRD has no stream: polled, more often where somebody looks (DESIGN §5). */
const birdEveryMs = { seen: 2_000, unseen: 10_000 };
/** Where nothing can be followed, everything is read this often instead. */
const pollEveryMs = 10_000;
/** A doorbell that broke is hung up again after this long. */
const doorbellRestMs = 1_000;
const anchor = 'anchor';
/** Also the name of the root wrapper's stream (main/node/node-wrapper.ts). */
const doorbell = 'doorbell';

export class NodeReader implements AsyncDisposable {
  readonly #options: NodeReaderOptions;
  readonly #stop = new AbortController();
  readonly #queue: RereadQueue;
  #rights: Rights | null = null;
  #plain: Follower | null = null;
  #bird: NodeJS.Timeout | undefined;
  #poll: NodeJS.Timeout | undefined;
  #looking = false;
  /** MaxSessions 1: following is given up for the life of this connection. */
  #oneSession = false;
  #anchorPid: number | null = null;
  #running: Promise<void> = Promise.resolve();
  readonly #deletions: LinkDeletion[] = [];
  readonly #streams = new Map<string, string>();

  constructor(options: NodeReaderOptions) {
    this.#options = options;
    this.#queue = new RereadQueue((parts) => this.#readOnce(parts));
  }

  get rights(): Rights | null {
    return this.#rights;
  }

  /** A process on the node that ends when our guard does, for terminals to hang on; null before it runs. */
  get anchorPid(): number | null {
    return this.#anchorPid;
  }

  start(): void {
    this.#running = this.#live();
  }

  /** Reads these parts again soon. */
  ring(parts: Iterable<DiscoveryPart>): void {
    this.#queue.ring(parts);
  }

  /** May be called before `start`. */
  lookAt(looking: boolean): void {
    if (looking === this.#looking) return;
    this.#looking = looking;
    if (this.#rights === null) return;
    if (looking) this.#queue.ring(['bird']);
    this.#armBird();
  }

  /** Follows one more command as the login; its lines come to `onStreamLine`. */
  addStream(name: string, command: string): void {
    this.#streams.set(name, command);
    void this.#plain?.add({ name, command });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#queue.close();
    clearInterval(this.#bird);
    clearInterval(this.#poll);
    await this.#running;
  }

  async #live(): Promise<void> {
    const { signal } = this.#stop;
    const rights = await detectRights(this.#options.transport, {
      signal,
      sudo: this.#options.sudo,
      wrapperVersion: wrapperVersion(nodeWrapper),
    });
    if (signal.aborted) return;
    if (!rights.ok) {
      this.#options.onLimit('reading', rights.failure.sentence);
      return;
    }
    this.#rights = rights.value;
    this.#options.onRights(rights.value);
    // Following first: what changes while the first reading runs rings, and is read again.
    const following = this.#follow(rights.value);
    this.#armBird();
    await following;
  }

  async #follow(rights: Rights): Promise<void> {
    const viaWrapper = rights.tier === 2;
    const command = doorbellCommand({ allNamespaces: rights.tier === 3 });
    const jobs = [this.#followPlain(viaWrapper ? [] : [{ name: doorbell, command }])];
    if (viaWrapper) jobs.push(this.#followAsRoot());
    await Promise.all(jobs);
  }

  /** The login's own streams: the doorbell (unless root hears more), the terminals' anchor, kubectl's watches. */
  async #followPlain(doorbells: readonly { name: string; command: string }[]): Promise<void> {
    const streams = [...doorbells, { name: anchor, command: 'echo $$; exec sleep 2147483647' }];
    for (;;) {
      const began = performance.now();
      await this.#followOnce(
        () => [...streams, ...[...this.#streams].map(([name, command]) => ({ name, command }))],
        false,
      );
      if (this.#oneSession || (await this.#rest(began))) return;
    }
  }

  async #followAsRoot(): Promise<void> {
    for (;;) {
      const began = performance.now();
      await this.#followOnce(() => [{ name: doorbell, command: null }], true);
      if (this.#oneSession || (await this.#rest(began))) return;
    }
  }

  /** Waits a moment before the next try; true when there is none because we are being closed. */
  async #rest(began: number): Promise<boolean> {
    const { signal } = this.#stop;
    const ms = Math.max(doorbellRestMs, Math.min(10_000, doorbellRestMs * 10 - (performance.now() - began)));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, signal.aborted ? 0 : ms);
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
      signal.addEventListener('abort', done, { once: true });
    });
    return signal.aborted;
  }

  async #followOnce(
    streams: () => readonly { name: string; command: string | null }[],
    asRoot: boolean,
  ): Promise<void> {
    const { transport, onLimit } = this.#options;
    const { signal } = this.#stop;
    const opened = await follow(transport, streams(), { signal, asRoot });
    if (signal.aborted) return;
    if (!opened.ok) {
      this.#pollInstead(opened.failure.sentence);
      return;
    }
    await using follower = opened.value;
    if (!asRoot) this.#plain = follower;
    // At MaxSessions 1 the follower would keep every reading from happening: reading comes first.
    const unblocked = await this.#readBeside();
    if (!unblocked) {
      if (!asRoot) this.#plain = null;
      await follower[Symbol.asyncDispose]();
      this.#oneSession = true;
      this.#pollInstead('This node allows one SSH session at a time (set MaxSessions 10 in its sshd_config)');
      onLimit(
        'terminals',
        'Terminals are off: this node allows one SSH session at a time (MaxSessions 1); set MaxSessions 10 in its sshd_config.',
      );
      this.#queue.ring(DISCOVERY_PARTS);
      return;
    }
    onLimit('following', null);
    clearInterval(this.#poll);
    this.#poll = undefined;
    for await (const event of follower.events) {
      if (event.kind === 'tick') this.#options.onTick();
      else if (event.kind === 'line' && event.source === 'stdout') this.#heard(event.stream, event.line);
      else if (event.kind === 'exit') {
        if (event.stream === doorbell) {
          // It missed what happened since: hang it up again and read everything.
          this.#queue.ring(DISCOVERY_PARTS);
          break;
        }
        if (event.stream !== anchor) this.#ended(event.stream);
      }
    }
    if (!asRoot) {
      this.#plain = null;
      this.#anchorPid = null;
    }
  }

  #ended(stream: string): void {
    this.#streams.delete(stream);
    this.#options.onStreamLine(stream, null);
  }

  /** The first reading of a connection, made while the follower is open; false when there is no room for both. */
  async #readBeside(): Promise<boolean> {
    await this.#readOnce(new Set(DISCOVERY_PARTS));
    return this.#options.transport.channelLimit !== 1;
  }

  #pollInstead(reason: string): void {
    if (this.#stop.signal.aborted) return;
    this.#options.onLimit(
      'following',
      `${reason.replace(/\.$/, '')}: changes are looked for every ${pollEveryMs / 1000} s instead of at once.`,
    );
    this.#poll ??= setInterval(() => this.#queue.ring(DISCOVERY_PARTS), pollEveryMs);
  }

  #heard(stream: string, line: string): void {
    if (stream === doorbell) {
      const ring = parseDoorbellLine(line);
      if (ring === null) return;
      if (ring.topic === 'link' && ring.deleted && ring.ifindex !== null) {
        const { nsid, ifindex, at } = ring;
        this.#deletions.push({ nodeLabel: this.#options.label, nsid, ifindex, at });
      }
      this.#queue.ring(partsFor(ring.topic));
    } else if (stream === anchor) {
      if (/^\d{1,10}$/.test(line)) this.#anchorPid = Number(line);
    } else {
      this.#options.onStreamLine(stream, line);
    }
  }

  #armBird(): void {
    clearInterval(this.#bird);
    if (this.#stop.signal.aborted) return;
    const every = this.#looking ? birdEveryMs.seen : birdEveryMs.unseen;
    this.#bird = setInterval(() => this.#queue.ring(['bird']), every);
  }

  async #readOnce(parts: ReadonlySet<DiscoveryPart>): Promise<void> {
    const { transport, label, onLimit, onReading, now } = this.#options;
    const { signal } = this.#stop;
    if (this.#rights === null || signal.aborted) return;
    const wanted = DISCOVERY_PARTS.filter((part) => parts.has(part));
    const nonce = randomBytes(16).toString('hex');
    const ran = await runDiscovery(transport, this.#rights, {
      signal,
      request: { nonce, parts: wanted },
      deadlineMs: readingDeadlineMs,
    });
    if (!ran.ok) {
      const { kind, sentence } = ran.failure;
      if (kind !== 'lost' && kind !== 'cancelled') onLimit('reading', sentence);
      return;
    }
    onLimit('reading', null);
    await onReading({
      label,
      hostKeyFingerprint: transport.hostKeyFingerprint,
      nonce,
      parts: wanted,
      stdout: ran.value.stdout,
      seenAt: now(),
      deletions: this.#deletions.splice(0),
    });
  }
}

/** What has to be read again after a ring. */
function partsFor(topic: DoorbellTopic): readonly DiscoveryPart[] {
  switch (topic) {
    case 'route':
      return ['routes', 'bird'];
    case 'rule':
    case 'neighbour':
    case 'netconf':
      return ['routes'];
    case 'link':
    case 'address':
    case 'nsid':
      return ['links', 'routes', 'pods'];
    case 'overrun':
      return DISCOVERY_PARTS;
    case 'not-permitted':
    case 'unknown':
      return [];
  }
}
