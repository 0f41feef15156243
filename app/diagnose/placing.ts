// Which place a finding has because of what was asked: what touches the way in question before all else, then what can explain what the
// operator sees, and last what contradicts it.
import { endNamed } from '../trace/ends.ts';
import type { TraceKnown } from '../trace/known.ts';
import type { TraceRequest } from '../trace/model.ts';
import type { Cluster } from './cluster.ts';
import type { Root } from './explain.ts';
import type { Diagnosis, Finding, Fit } from './finding.ts';
import { fitOf, rankOf } from './fit.ts';
import { hintText } from './hint.ts';
import { askedWay } from './on-path.ts';
import { askedPair } from './paths/pairs.ts';

interface Place {
  readonly onPath: boolean;
  readonly fits: Fit[];
}

export interface Placing {
  /** Negative: `a` comes first. */
  readonly compare: (a: Root, b: Root) => number;
  /** What a finding says of it; nothing where nothing was asked. */
  readonly told: (root: Root) => Pick<Finding, 'onPath' | 'fits'>;
  readonly asked: Pick<Diagnosis, 'asked'>;
}

export function placing(cluster: Cluster): Placing {
  const { hints = [], asked } = cluster.known;
  const pair = askedPair(cluster);
  const way = pair === null ? null : askedWay(cluster, pair);
  const failure = asked === undefined || pair !== null ? null : whyNot(cluster.known, asked);
  const places = new Map<Root['draft'], Place>();
  const placeOf = (root: Root): Place => {
    const known = places.get(root.draft);
    if (known !== undefined) return known;
    const place = {
      onPath: way?.touchedBy(root) ?? true,
      fits: hints.map((hint) => fitOf(cluster, root, hint)),
    };
    places.set(root.draft, place);
    return place;
  };
  const nothing = hints.length === 0 && way === null;
  return {
    compare: (a, b) => {
      if (nothing) return 0;
      const [first, second] = [placeOf(a), placeOf(b)];
      return Number(second.onPath) - Number(first.onPath) || rankOf(second.fits) - rankOf(first.fits);
    },
    told: (root) => {
      if (nothing) return {};
      const { onPath, fits } = placeOf(root);
      return { ...(way === null ? {} : { onPath }), ...(hints.length === 0 ? {} : { fits }) };
    },
    asked:
      nothing && failure === null
        ? {}
        : { asked: { hints: hints.map(hintText), about: way?.told ?? null, failure } },
  };
}

/** Why nothing can be followed. */
function whyNot(known: TraceKnown, { from, to }: TraceRequest): string {
  const wrong = [from, to].map((end) => endNamed(known, end)).find(({ ok }) => !ok);
  return wrong?.ok === false ? wrong.failure : `Packets from ${from} to ${to} cannot be followed.`;
}
