// What of a watched Pod's packets is captured at a place: with whom alone, and as whom else where something masquerades them.
import type { PodEntity } from '../../app/topology/model.ts';
import { fitsOneFilter } from '../../app/watch/capture-filter.ts';
import type { PlannedCapture } from '../../app/watch/capture-plan.ts';
import { MOST_OUTSIDE, type Masquerades } from '../../app/watch/masquerades.ts';
import type { CaptureFailure } from '../node/capture.ts';
import type { CaptureRecord, RecordedPlan } from './capture-record.ts';
import { masqueraded, otherAddresses } from './kept-capture.ts';
import type { OtherEnd } from './watch.ts';

/** ms between two times that captures begin anew for whom else the Pod talks with; doubling, for each is a gap. */
const widenMs = { first: 1_000, longest: 60_000 };

export interface CapturedTrafficOptions {
  readonly pod: () => PodEntity;
  /** The operator's own filter says it all. */
  readonly hasFilter: boolean;
  /** With whom alone; null: with anybody. */
  readonly only: () => OtherEnd | null;
  /** With whom alone for a node's sake; null: with anybody. */
  readonly few: (nodeLabel: string) => readonly string[] | null;
  /** As whom packets of these addresses are seen in a namespace, where something masquerades them. */
  readonly outside: Masquerades['of'];
}

export class CapturedTraffic {
  readonly #options: CapturedTrafficOptions;
  /** When captures may begin anew (ms, our clock), and how soon they may once more. */
  #widened = { notBefore: 0, restMs: widenMs.first };
  /** Not all that the Pod talks with outside is captured. */
  #isNarrow = false;

  constructor(options: CapturedTrafficOptions) {
    this.#options = options;
  }

  /** With whom alone is captured; null: a filter cannot say it, or nobody asked. */
  get only(): OtherEnd | null {
    const { hasFilter, pod } = this.#options;
    const only = this.#options.only();
    return only !== null && !hasFilter && fitsOneFilter(pod().ips, only.addresses) ? only : null;
  }

  /** As of now. Its own inside sees the Pod as itself. */
  of({
    nodeLabel,
    netnsId,
    pod,
  }: Pick<PlannedCapture, 'nodeLabel' | 'netnsId' | 'pod'>): Pick<RecordedPlan, 'peers' | 'outside'> {
    const { hasFilter, outside, few, pod: watched } = this.#options;
    const peers = few(nodeLabel) ?? this.only?.addresses ?? null;
    if (hasFilter || pod?.id === watched().id) return { peers, outside: [] };
    const known = outside(watched().ips, netnsId);
    this.#isNarrow ||= !known.isAll;
    return {
      peers,
      outside: known.outside.flatMap(({ address, peers: others }) => {
        const captured = peers === null ? others : others.filter((one) => peers.includes(one));
        return captured.length === 0 ? [] : { address, peers: captured };
      }),
    };
  }

  /** Those that do not capture yet as whom the Pod talks outside, or with whom alone, and why they begin anew, once they may. */
  outdated(now: number, records: readonly CaptureRecord[]): ReadonlyMap<CaptureRecord, CaptureFailure> {
    if (now < this.#widened.notBefore) return new Map();
    const outdated = new Map(
      records.flatMap((record): [CaptureRecord, CaptureFailure][] => {
        const why = isCapturing(record) ? this.#outdatedBy(record) : null;
        return why === null ? [] : [[record, why]];
      }),
    );
    if (outdated.size === 0) return outdated;
    const { restMs } = this.#widened;
    this.#widened = { notBefore: now + restMs, restMs: Math.min(restMs * 2, widenMs.longest) };
    return outdated;
  }

  #outdatedBy({ plan }: CaptureRecord): CaptureFailure | null {
    const { peers, outside } = this.of(plan);
    // Whom it is few with for a node's sake is the governor's to say.
    const isOnly = this.#options.few(plan.nodeLabel) === null;
    if (isOnly && JSON.stringify(peers) !== JSON.stringify(plan.peers)) return otherAddresses;
    return JSON.stringify(outside) === JSON.stringify(plan.outside) ? null : masqueraded;
  }

  get sentences(): readonly string[] {
    const { hasFilter, pod } = this.#options;
    const only = this.#options.only();
    const { name } = pod();
    return [
      ...(only === null || hasFilter || this.only !== null
        ? []
        : [
            `${only.name} has more addresses (${only.addresses.length}) than one capture filter holds: all packets of ${name} are captured; find those of one flow among the flows.`,
          ]),
      ...(this.#isNarrow
        ? [
            `What ${name} says is masqueraded on its way, and captured behind there to ${MOST_OUTSIDE} addresses at most: to others it is not captured there; to see those, watch with one of them alone.`,
          ]
        : []),
    ];
  }
}

/** What is ending is begun anew already, or not wanted any more. */
function isCapturing({ state, ending, over }: CaptureRecord): boolean {
  return state === 'running' && !ending && !over;
}
