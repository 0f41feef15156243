// Asks BIRD by `kubectl exec` for nodes on which this login may not: one node after another.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isCalicoNode, type CalicoNodePod } from '../../app/probe/bird-exec.ts';
import type { Topology } from '../../app/topology/model.ts';
import type { TopologyHost } from './topology-host.ts';

/** A round costs the node that has kubectl half a second of CPU a node. */
const roundEveryMs = 30_000;
/** Of nodes where it was refused. */
const againEveryRounds = 10;
/** The first are asked in this round, the rest in those that follow. */
const mostNodes = 12;

/** A way to execute commands in calico-node. */
export interface BirdExec {
  /** Who says why it cannot be; null where the words themselves say it. */
  readonly teller: string | null;
  /**
   * Asks once: framed sections (bird-script.ts), empty where it was asked in vain. Null where nobody could be asked, as while a
   * node is not connected.
   */
  readonly ask: (
    target: BirdTarget,
    call: { readonly nonce: string; readonly signal: AbortSignal },
  ) => Promise<Uint8Array | null>;
}

export interface BirdTarget {
  readonly label: string;
  readonly pod: CalicoNodePod;
}

export interface BirdByKubectlOptions {
  readonly exec: BirdExec;
  readonly topology: () => Topology;
  readonly host: Pick<TopologyHost, 'birdExecuted'>;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Between two rounds; left out: as long as it should be. */
  readonly everyMs?: number;
}

export class BirdByKubectl {
  readonly #options: BirdByKubectlOptions;
  /** By label: rounds until it is asked again, where it could not be. */
  readonly #rest = new Map<string, number>();
  /** Those whose latest answer was one: BIRD's state no longer tells that they need it. */
  readonly #asked = new Set<string>();
  /** Where the next round begins. */
  #turn = 0;
  #begun = false;
  #done = false;

  constructor(options: BirdByKubectlOptions) {
    this.#options = options;
  }

  /** Each node that needs it has been asked once, or could not be. */
  get done(): boolean {
    return this.#done;
  }

  get begun(): boolean {
    return this.#begun;
  }

  /** One round, for who reads once. */
  async once(): Promise<void> {
    this.#begun = true;
    await this.#round();
    this.#done = true;
  }

  /** Until the signal ends it. */
  async run(): Promise<void> {
    const { signal, everyMs = roundEveryMs } = this.#options;
    while (!signal.aborted) {
      await this.#round();
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #round(): Promise<void> {
    const targets = this.#targets();
    const from = targets.length === 0 ? 0 : this.#turn % targets.length;
    const now = [...targets.slice(from), ...targets.slice(0, from)].slice(0, mostNodes);
    this.#turn = from + now.length;
    for (const target of now) {
      const rest = this.#rest.get(target.label) ?? 0;
      if (rest > 0) this.#rest.set(target.label, rest - 1);
      else await this.#ask(target);
      if (this.#options.signal.aborted) return;
    }
  }

  #targets(): BirdTarget[] {
    const { nodes, pods } = this.#options.topology();
    const daemons = new Map(
      Object.values(pods).flatMap((pod) => {
        const { namespace, name, nodeId, until, phase, hostNetwork } = pod;
        const runs = until === null && phase === 'Running' && hostNetwork && isCalicoNode(pod);
        return runs && namespace !== null && nodeId !== null ? [[nodeId, { namespace, name }] as const] : [];
      }),
    );
    return Object.values(nodes).flatMap(({ id, label, until, bird }): BirdTarget[] => {
      const pod = daemons.get(id);
      const needed = bird.state === 'not-permitted' || bird.state === 'unknown' || this.#asked.has(label);
      return until === null && pod !== undefined && needed ? [{ label, pod }] : [];
    });
  }

  async #ask(target: BirdTarget): Promise<void> {
    const { exec, host, now, signal } = this.#options;
    const { label } = target;
    const nonce = randomBytes(16).toString('hex');
    const stdout = await exec.ask(target, { nonce, signal });
    if (stdout === null || signal.aborted) return;
    const told = await host.birdExecuted({ label, nonce, stdout, seenAt: now(), teller: exec.teller });
    if (told) {
      this.#asked.add(label);
      return;
    }
    // It failed, or the node answers itself by now: whether it is needed, BIRD's state says again.
    this.#asked.delete(label);
    this.#rest.set(label, againEveryRounds);
  }
}
