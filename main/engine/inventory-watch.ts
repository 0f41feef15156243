// Kubernetes' own view, kept up to date: what gives Pods their names at once, all other kinds a few at a time, and
// those that are not watched again every minute. Settings and policies come in one list, while all of them may be read.
import type { KubeKind } from '../../app/probe/kube-facts.ts';
import {
  ALL_KUBE_KINDS,
  KUBE_KINDS,
  kindName,
  NAMING_KINDS,
  type KubeResource,
} from '../../app/probe/kube-kinds.ts';
import { GROUPS_PATH, parseKubeGroups } from '../../app/probe/kubernetes.ts';
import { KindFollow, listDeadlineMs, type KindFollowOptions } from './kind-follow.ts';
import type { KubeSource } from './kube-source.ts';
import type { TopologyHost } from './topology-host.ts';

/** Without names: asked again this soon. */
const namesAgainMs = 10_000;
/** Settings and policies change rarely. */
const roundEveryMs = 60_000;
/** Most of a list's time is its start; that many at a time while somebody may wait for all of them. */
const firstAtOnce = 3;
/** What the API server does not have it may get: Calico is installed, a right is granted. */
const absentEveryRounds = 10;
const groupsDeadlineMs = 10_000;
/** Of lists of many kinds, one after another, on one connection: somebody's kubectl or API server will have none of it. */
const mostSpoiled = 2;

export interface InventoryWatchOptions extends Pick<KindFollowOptions, 'now' | 'onPodsChanged'> {
  readonly source: KubeSource;
  readonly host: KindFollowOptions['host'] & Pick<TopologyHost, 'kubeTogether'>;
  /** False: listed once. */
  readonly follow: boolean;
  /** `limit`, `settled` or `whole` may have changed. */
  readonly onLimit: () => void;
}

/** Null when the API server does not say: then each kind is tried. */
type Groups = ReadonlySet<string> | null;

const naming: readonly KubeKind[] = NAMING_KINDS;
const others = ALL_KUBE_KINDS.filter((kind) => !naming.includes(kind));

const isSure = ({ groupVersion }: KubeResource): boolean => groupVersion === 'v1';
const isServed = (place: KubeResource, groups: ReadonlySet<string>): boolean =>
  isSure(place) || groups.has(place.groupVersion);

export class InventoryWatch {
  readonly #options: InventoryWatchOptions;
  readonly #kinds: ReadonlyMap<KubeKind, KindFollow>;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  /** Counts connections, and in one of them the rounds. */
  #generation = 0;
  #rounds = 0;
  #inRound = false;
  #spoiled = 0;
  #whole = false;
  /** When the last round ended, ms of performance.now(). */
  #roundEndedAt = -Infinity;

  constructor(options: InventoryWatchOptions) {
    this.#options = options;
    const follows = ALL_KUBE_KINDS.map((kind): [KubeKind, KindFollow] => [
      kind,
      new KindFollow({ ...options, kind, onState: () => this.#moved(kind) }),
    ]);
    this.#kinds = new Map(follows);
  }

  /** Where it is asked. */
  get label(): string {
    return this.#options.source.label;
  }

  /** What is off and what to do; null when all is well. */
  get limit(): string | null {
    const away = this.#options.source.away();
    if (away !== null && this.#of(naming).some((kind) => kind.listedOnce)) return away;
    const said = [this.#namingLimit() ?? this.#refusals() ?? this.#cuts(), this.#options.source.caution()];
    return said.filter((sentence) => sentence !== null).join(' ') || null;
  }

  /** Every kind that gives names has been listed once. */
  get listed(): boolean {
    return this.#of(naming).every(({ listedOnce }) => listedOnce);
  }

  /** Every kind that gives names has been listed once, or could not be. */
  get settled(): boolean {
    return this.#of(naming).every(({ listedOnce, state }) => listedOnce || state.is !== 'unread');
  }

  /** Every kind has been listed once, or could not be. Where Kubernetes does not answer, nothing more is waited for. */
  get whole(): boolean {
    return this.#whole || (this.settled && !this.#answers());
  }

  /** Called on each connection of the node that has kubectl. */
  start(): void {
    this.#generation++;
    this.#rounds = 0;
    this.#inRound = false;
    this.#spoiled = 0;
    clearTimeout(this.#timer);
    for (const kind of this.#kinds.values()) kind.begin();
    for (const kind of this.#of(naming)) void this.#list(kind, null);
  }

  /** Lists again now what is not watched, unless that ended less than `freshMs` ago. */
  lookAgain(freshMs: number): void {
    const isFresh = performance.now() - this.#roundEndedAt < freshMs;
    if (!this.#options.follow || !this.#whole || this.#inRound || isFresh) return;
    clearTimeout(this.#timer);
    void this.#round(this.#generation);
  }

  onStreamLine(stream: string, line: string): Promise<void> {
    return this.#streaming(stream)?.onLine(line) ?? Promise.resolve();
  }

  /** @param reason why, without a full stop */
  onStreamEnded(stream: string, reason: string): void {
    this.#streaming(stream)?.onEnded(reason);
  }

  close(): void {
    this.#stop.abort();
    this.#generation++;
    clearTimeout(this.#timer);
    for (const kind of this.#kinds.values()) kind.close();
  }

  #of(kinds: readonly KubeKind[]): KindFollow[] {
    return kinds.flatMap((kind) => this.#kinds.get(kind) ?? []);
  }

  #streaming(stream: string): KindFollow | undefined {
    return [...this.#kinds.values()].find((kind) => kind.stream === stream);
  }

  #moved(kind: KubeKind): void {
    this.#options.onLimit();
    if (!naming.includes(kind)) return;
    const follow = this.#kinds.get(kind);
    if (follow?.state.is === 'failed' || follow?.state.is === 'not-permitted') follow.listAfter(namesAgainMs);
    // The others are not asked before Kubernetes has answered at all.
    if (this.#answers() && this.#rounds === 0 && !this.#inRound) void this.#round(this.#generation);
  }

  /** It has been asked for what gives names, and answered. */
  #answers(): boolean {
    return this.#of(naming).every(({ state }) => state.is === 'listed' || state.is === 'not-permitted');
  }

  /** All that is not watched. Later on nobody waits for it: the node's CPU and one channel are all that it takes then. */
  async #round(generation: number): Promise<void> {
    this.#inRound = true;
    const again = this.#rounds % absentEveryRounds === 0;
    const served = again ? this.#groups() : null;
    if (this.#whole) await served;
    const due = this.#of(others).filter(
      ({ busy, state: { is } }) => !busy && (again || (is !== 'absent' && is !== 'not-permitted')),
    );
    const joining = due.filter((kind) => this.#mayJoin(kind));
    const apart = due.filter((kind) => !joining.includes(kind));
    const lists = async (kinds: readonly KindFollow[], atOnce: number): Promise<void> => {
      const left = kinds.values();
      const lane = async (): Promise<void> => {
        for (const kind of left) if (generation === this.#generation) await this.#list(kind, served);
      };
      await Promise.all(Array.from({ length: atOnce }, lane));
    };
    const atOnce = this.#whole ? 1 : firstAtOnce;
    const together = this.#listTogether(joining, served, generation);
    if (this.#whole) await together;
    const [left] = await Promise.all([together, lists(apart, Math.max(1, atOnce - 1))]);
    await lists(left, atOnce);
    if (generation !== this.#generation) return;
    this.#inRound = false;
    this.#roundEndedAt = performance.now();
    this.#rounds++;
    if (!this.#whole) {
      this.#whole = true;
      this.#options.onLimit();
    }
    if (this.#options.follow) this.#timer = setTimeout(() => void this.#round(generation), roundEveryMs);
  }

  async #groups(): Promise<Groups> {
    const { signal } = this.#stop;
    const answer = await this.#options.source.get(GROUPS_PATH, { deadlineMs: groupsDeadlineMs, signal });
    return answer.ok ? parseKubeGroups(answer.value) : null;
  }

  /** One kind that cannot be read spoils the list of all. */
  #mayJoin({ kind, state: { is } }: KindFollow): boolean {
    if (KUBE_KINDS[kind].objectKind === undefined) return false;
    return this.#spoiled < mostSpoiled && (is === 'unread' || is === 'listed');
  }

  /** Those that are left: each is to be listed by itself. */
  async #listTogether(
    kinds: readonly KindFollow[],
    served: Promise<Groups> | null,
    generation: number,
  ): Promise<readonly KindFollow[]> {
    const { host, source } = this.#options;
    const groups = await served;
    const asked = kinds.flatMap((follow) => {
      const { resources } = KUBE_KINDS[follow.kind];
      const place = follow.resource ?? resources.find((at) => isServed(at, groups ?? new Set()));
      return place === undefined ? [] : [{ follow, at: { kind: follow.kind, place } }];
    });
    if (source.together === null || asked.length < 2 || generation !== this.#generation) return kinds;
    const options = { deadlineMs: listDeadlineMs, signal: this.#stop.signal };
    const places = asked.map(({ at }) => at);
    const answer = await source.together.get(
      places.map(({ place }) => place),
      options,
    );
    const pages = answer.ok ? await host.kubeTogether(answer.value, places) : null;
    if (generation !== this.#generation) return [];
    this.#spoiled = pages === null ? this.#spoiled + 1 : 0;
    for (const { follow, at } of asked) {
      if (generation !== this.#generation) return [];
      const page = pages?.get(at.kind);
      if (page !== undefined)
        await follow.listedTogether(at.place, page, source.together.command([at.place]));
    }
    return kinds.filter(({ kind }) => pages?.has(kind) !== true);
  }

  /** At the first place where the API serves it; v1 is there without a look at the groups. */
  async #list(kind: KindFollow, groups: Promise<Groups> | null): Promise<void> {
    const { resources } = KUBE_KINDS[kind.kind];
    const served = resources.every(isSure) ? null : await groups;
    const places = resources.filter((place) => served === null || isServed(place, served));
    if (places.length === 0) await kind.absent();
    for (const place of places) {
      await kind.list(place);
      if (kind.state.is !== 'absent') return;
    }
  }

  #namingLimit(): string | null {
    for (const { kind, state, unwatched } of this.#of(naming)) {
      if (state.is !== 'unread' && state.is !== 'listed')
        return `Kubernetes cannot be asked on ${this.label} (${state.reason.replace(/\.$/, '')}); Pods carry the names known so far.`;
      if (unwatched !== null)
        return `Kubernetes does not let ${this.label} watch ${kind} (${unwatched}); they are listed again instead.`;
    }
    return null;
  }

  #cuts(): string | null {
    const cut = this.#of(others).filter((kind) => kind.cut);
    const [first] = cut;
    if (first === undefined) return null;
    return `Kubernetes has more ${kindName(first.kind)} than are read: only the first ones by namespace and name are shown.`;
  }

  /** Kinds that this login may not list: one sentence for all of them. Those that are not there are no trouble. */
  #refusals(): string | null {
    const refused = this.#of(others).flatMap(({ kind, state }) =>
      state.is === 'not-permitted' || state.is === 'failed' ? [{ kind, reason: state.reason }] : [],
    );
    const [first] = refused;
    if (first === undefined) return null;
    const names = refused.map(({ kind }) => kindName(kind)).join(', ');
    return `Kubernetes does not let ${this.label} list ${names} (${first.reason}); what they say is unknown here. Grant this login get, list and watch on them.`;
  }
}
