// What is followed on one node: the doorbell, the anchor of its terminals, kubectl's watches. One channel as the
// login; with tier 2 a second one through the wrapper, since root hears more.
import { CHANGING_PARTS, DISCOVERY_PARTS, type DiscoveryPart } from '../../app/probe/discovery-script.ts';
import { doorbellCommand, parseDoorbellLine, type DoorbellTopic } from '../../app/probe/doorbell.ts';
import type { LinkDeletion } from '../../app/topology/input.ts';
import type { RightsTier } from '../node/rights.ts';
import type { NodeTransport } from '../ssh/transport.ts';
import { FollowerLine } from './follower-line.ts';

export interface NodeFollowerOptions {
  readonly transport: NodeTransport;
  readonly tier: RightsTier;
  readonly signal: AbortSignal;
  readonly onRing: (parts: readonly DiscoveryPart[]) => void;
  readonly onDeletion: (deletion: Omit<LinkDeletion, 'nodeLabel'>) => void;
  /** Null: changes ring. A sentence: they do not, and why. */
  readonly onFollowing: (sentence: string | null) => void;
  readonly onTick: () => void;
  readonly onStreamLine: (stream: string, line: string) => void | Promise<void>;
  readonly onStreamEnded: (stream: string, status: number, said: string) => void;
}

/** Also the name of the root wrapper's stream (main/node/node-wrapper.ts). */
const doorbell = 'doorbell';
const anchor = 'anchor';

export class NodeFollower implements AsyncDisposable {
  readonly #options: NodeFollowerOptions;
  /** The root line last: it is the first to be given up. */
  readonly #lines: FollowerLine[] = [];
  #plain: FollowerLine | null;
  #anchorPid: number | null = null;
  /** Until the node says that this login may not listen to other namespaces. */
  #allNamespaces: boolean;
  #quiet: string | null = null;

  constructor(options: NodeFollowerOptions) {
    this.#options = options;
    this.#allNamespaces = options.tier === 3;
    const viaWrapper = options.tier === 2;
    this.#plain = this.#line(false, () => [
      ...(viaWrapper
        ? []
        : [{ name: doorbell, command: doorbellCommand({ allNamespaces: this.#allNamespaces }) }]),
      { name: anchor, command: 'echo $$; exec sleep 2147483647' },
    ]);
    if (viaWrapper) this.#line(true, () => [{ name: doorbell, command: null }]);
  }

  get anchorPid(): number | null {
    return this.#anchorPid;
  }

  /** At least one of its channels stands open. */
  get open(): boolean {
    return this.#lines.some((line) => line.open);
  }

  /** Resolves when each channel is open or was refused. */
  async start(): Promise<void> {
    for (const line of [...this.#lines]) await line.start();
  }

  /** False when following as the login is given up. */
  addStream(name: string, command: string): boolean {
    this.#plain?.add(name, command);
    return this.#plain !== null;
  }

  removeStream(name: string): void {
    this.#plain?.remove(name);
  }

  /** What is followed, and the terminals that hang on it, leave no place for a reading. */
  get fills(): boolean {
    const { channelLimit, openTerminals } = this.#options.transport;
    const open = this.#lines.filter((line) => line.open).length;
    return channelLimit !== null && open > 0 && open + openTerminals >= channelLimit;
  }

  /** Gives a channel up for good when no place is left for a reading. False when there is one, or none to give. */
  async yieldPlace(): Promise<boolean> {
    const { channelLimit: limit, openTerminals } = this.#options.transport;
    if (limit === null || !this.fills) return false;
    // Terminals hang on a process of the login's own channel, and end with it.
    if (openTerminals > 0 && this.#lines.at(-1) === this.#plain) return false;
    const line = this.#lines.pop();
    if (line === this.#plain) {
      this.#plain = null;
      this.#anchorPid = null;
    }
    await line?.[Symbol.asyncDispose]();
    this.#tell(
      limit === 1
        ? 'This node allows one SSH session at a time (set MaxSessions 10 in its sshd_config)'
        : `This node allows ${limit} SSH sessions at a time (set MaxSessions 10 in its sshd_config)`,
    );
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#lines.map((line) => line[Symbol.asyncDispose]()));
  }

  #line(asRoot: boolean, lasting: ConstructorParameters<typeof FollowerLine>[0]['lasting']): FollowerLine {
    const { transport, signal, onTick, onStreamEnded } = this.#options;
    const holdsDoorbell = (): boolean => lasting().some(({ name }) => name === doorbell);
    const line = new FollowerLine({
      transport,
      asRoot,
      signal,
      lasting,
      onTick,
      onLine: (stream, text) => this.#heard(stream, text),
      onEnded: onStreamEnded,
      onUp: (stream, sentence) => {
        if (stream === anchor || (stream === null && sentence !== null && !asRoot)) this.#anchorPid = null;
        if (stream === doorbell || (stream === null && holdsDoorbell())) {
          // What happened while nobody listened is read.
          if (sentence === null && this.#quiet !== null) this.#options.onRing(DISCOVERY_PARTS);
          this.#tell(
            sentence === null ? null : `This node does not tell of changes (${sentence.replace(/\.$/, '')})`,
          );
        }
      },
    });
    this.#lines.push(line);
    return line;
  }

  #tell(sentence: string | null): void {
    if (sentence === this.#quiet) return;
    this.#quiet = sentence;
    this.#options.onFollowing(sentence);
  }

  #heard(stream: string, line: string): void | Promise<void> {
    if (stream === anchor) {
      if (/^\d{1,10}$/.test(line)) this.#anchorPid = Number(line);
      return;
    }
    if (stream !== doorbell) return this.#options.onStreamLine(stream, line);
    const ring = parseDoorbellLine(line);
    if (ring === null) return;
    if (ring.topic === 'not-permitted') this.#allNamespaces = false;
    if (ring.topic === 'link' && ring.deleted && ring.ifindex !== null) {
      const { nsid, ifindex, at } = ring;
      this.#options.onDeletion({ nsid, ifindex, at });
    }
    const parts = partsFor(ring.topic);
    if (parts.length > 0) this.#options.onRing(parts);
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
      return CHANGING_PARTS;
    case 'not-permitted':
    case 'unknown':
      return [];
  }
}
