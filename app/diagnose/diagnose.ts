// What is wrong in a cluster, from all that is known: every detector, then root before consequences, the likeliest first.
import type { EvidenceHead } from '../probe/facts.ts';
import { affectedIn } from './affected.ts';
import { clusterOf, type Cluster } from './cluster.ts';
import type { Detector, Draft, KnownFacts } from './detector.ts';
import { undecidedKeys } from './bgp-keys.ts';
import { troubledPairs } from './bgp-pairs.ts';
import { DETECTORS } from './detectors.ts';
import { rootsOf, type Concluded, type Root } from './explain.ts';
import type { Diagnosis, Finding } from './finding.ts';
import { placing } from './placing.ts';
import { undecidedTunnels } from './lost-in-tunnel.ts';
import { recentDrops } from './recent-drops.ts';
import { routeChanges } from './route-changes.ts';
import { SEEN_AFTER_S, signaturesOf } from './tcp-signatures.ts';
import { CARRYING_KINDS } from './tunnel-traffic.ts';

/** Nobody reads more; beyond, something is wrong with all of the cluster. */
const MOST_FINDINGS = 100;
/** Findings of one kind on one node that are told one by one. */
const MOST_ALIKE = 3;
const MOST_CONSEQUENCES = 20;
const MOST_EVIDENCE = 6;
const MOST_COMMANDS = 20;

export function diagnose(known: KnownFacts, detectors: readonly Detector[] = DETECTORS): Diagnosis {
  const cluster = clusterOf(known);
  const concluded: Concluded[] = [];
  const checked: Diagnosis['checked'] = [];
  const skipped: Diagnosis['skipped'] = [];
  for (const detector of detectors) {
    const { id, explainedBy } = detector;
    const { drafts, skipped: why, looked } = detector.detect(cluster);
    concluded.push(
      ...drafts.map((draft) => ({
        id,
        draft,
        explainedBy: explainedBy.filter((one) => draft.explainedBy?.includes(one) ?? true),
      })),
    );
    if (looked) checked.push(id);
    if (why !== null) skipped.push({ id, why });
  }
  const rank = new Map(detectors.map(({ id }, at) => [id, at]));
  concluded.sort((a, b) => weight(b) - weight(a) || (rank.get(a.id) ?? 0) - (rank.get(b.id) ?? 0));
  const place = placing(cluster);
  const roots = alikeMerged(
    rootsOf(concluded).sort(
      (a, b) =>
        place.compare(a, b) ||
        weight(b) - weight(a) ||
        b.consequences.length - a.consequences.length ||
        (rank.get(a.id) ?? 0) - (rank.get(b.id) ?? 0) ||
        byPlace(a.draft, b.draft),
    ),
  );
  const heads = headsOf(known);
  const odd = oddNames(cluster);
  const affected = affectedIn(cluster);
  return {
    findings: roots.slice(0, MOST_FINDINGS).map((root) => ({
      ...typable(findingOf(root, heads, affected), odd),
      ...place.told(root),
    })),
    checked,
    skipped,
    left: Math.max(0, roots.length - MOST_FINDINGS),
    awaits: awaited(cluster),
    ...place.asked,
  };
}

const CONFIDENCE = { certain: 2, likely: 1, possible: 0 } as const;

function weight({ draft: { severity, confidence } }: Concluded): number {
  return (severity === 'error' ? 3 : 0) + CONFIDENCE[confidence];
}

function byPlace({ where: a }: Draft, { where: b }: Draft): number {
  const name = ({ node, interface: device, pod }: Draft['where']): string =>
    `${node ?? ''} ${device ?? ''} ${pod ?? ''}`;
  return name(a).localeCompare(name(b), 'en', { numeric: true });
}

/** Many of one kind on one node are one, told by its first. */
function alikeMerged(roots: readonly Root[]): Root[] {
  const keyOf = ({ id, draft: { severity, where } }: Root): string => `${id} ${severity} ${where.node ?? ''}`;
  const kinds = new Map<string, Root[]>();
  for (const root of roots) kinds.set(keyOf(root), [...(kinds.get(keyOf(root)) ?? []), root]);
  return roots.flatMap((root) => {
    const alike = kinds.get(keyOf(root)) ?? [];
    if (alike.length <= MOST_ALIKE) return [root];
    return alike[0] === root ? [together(root, alike.slice(1))] : [];
  });
}

function together({ draft, consequences, ...first }: Root, others: readonly Root[]): Root {
  const named = others.slice(0, MOST_ALIKE).map((other) => other.draft.title);
  const more = others.length > named.length ? `; and ${others.length - named.length} more` : '';
  const commands = [draft, ...others.map((other) => other.draft)].flatMap((one) => one.suggestion.commands);
  return {
    ...first,
    draft: {
      ...draft,
      title: `${draft.title}, and ${others.length} more of the kind`,
      because: `${draft.because} The same: ${named.join('; ')}${more}.`,
      proofs: [...draft.proofs, ...others.flatMap((other) => other.draft.proofs)],
      ways: [draft, ...others.map((other) => other.draft)].flatMap(({ ways }) => ways ?? []),
      suggestion: { ...draft.suggestion, commands: [...new Set(commands)].slice(0, MOST_COMMANDS) },
    },
    consequences: [...consequences, ...others.flatMap((other) => other.consequences)],
  };
}

/** Commands that hold such a name are left out: they are there to be copied, and so is what would make it surer. */
function typable(finding: Finding, odd: readonly string[]): Finding {
  const { suggestion, surer } = finding;
  if (odd.length === 0) return finding;
  const isSafe = (text: string): boolean => !odd.some((name) => text.includes(name));
  return {
    ...finding,
    surer:
      surer === null || isSafe(surer)
        ? surer
        : 'Look for yourself, by hand: the command would hold a name that nobody should type.',
    suggestion: { ...suggestion, commands: suggestion.commands.filter(isSafe) },
  };
}

/** What an API server takes for a name (RFC 1123), and a little more. */
const A_NAME = /^[A-Za-z0-9][\w.:-]*$/;

/** Names of Kubernetes' that none has: who made them up may want them typed. */
function oddNames({ topology, inventory }: Cluster): string[] {
  const named = [
    ...Object.values(topology.pods),
    ...Object.values(inventory?.pods ?? {}),
    ...Object.values(inventory?.services ?? {}),
    ...Object.values(inventory?.endpointSlices ?? {}).map(({ service, namespace }) => ({
      name: service,
      namespace,
    })),
    ...Object.values(inventory?.nodes ?? {}).map(({ name }) => ({ name, namespace: null })),
  ];
  const names = new Set(named.flatMap(({ name, namespace }) => [name ?? '', namespace ?? '']));
  return [...names].filter((name) => name !== '' && !A_NAME.test(name));
}

function findingOf(
  root: Root,
  heads: (id: string) => EvidenceHead | null,
  affectedBy: ReturnType<typeof affectedIn>,
): Finding {
  const { id, draft, consequences } = root;
  const affected = affectedBy(root);
  const { severity, confidence, surer, where, title, because, suggestion, proofs } = draft;
  const once = new Map(proofs.map((one) => [`${one.id} ${one.shows.join('\n')}`, one]));
  const told = [...consequences.map((one) => `${one.id}: ${one.draft.title}`), ...(draft.paths ?? [])];
  const more = told.length - MOST_CONSEQUENCES;
  return {
    id,
    ...{ severity, confidence, surer, where, title, because },
    evidence: [...once.values()].slice(0, MOST_EVIDENCE).map((one) => {
      const head = heads(one.id);
      return {
        node: head?.nodeLabel ?? null,
        command: head?.command ?? one.id,
        output: '',
        shows: [...one.shows],
        at: head?.at ?? null,
        id: head === null ? null : one.id,
      };
    }),
    suggestion,
    consequences: [...told.slice(0, MOST_CONSEQUENCES), ...(more > 0 ? [`and ${more} more`] : [])],
    ...(affected === undefined ? {} : { affected }),
  };
}

function headsOf({ topology, readings }: KnownFacts): (id: string) => EvidenceHead | null {
  let byId: Map<string, EvidenceHead> | null = null;
  return (id) => {
    byId ??= new Map(
      [...readings.values()].flatMap(({ snapshot }) => snapshot.evidence.map((head) => [head.id, head])),
    );
    return byId.get(id) ?? topology.evidence[id] ?? null;
  };
}

function awaited(cluster: Cluster): string[] {
  const open = new Set(troubledPairs(cluster).flatMap(({ sides }) => sides.map(({ name }) => name)));
  const keys = undecidedKeys(cluster);
  const unheard = new Set(
    CARRYING_KINDS.flatMap((kind) => undecidedTunnels(cluster, kind).map(({ label }) => label)),
  );
  return cluster.nodes
    .filter((node) => {
      const { counters, settings, firewall } = node.snapshot;
      const { seconds } = recentDrops(node);
      const sampledOnce = counters?.state === 'ok' && seconds === 0;
      const undecided =
        (open.has(node.label) && signaturesOf(node).open) ||
        keys.has(node.label) ||
        unheard.has(node.label) ||
        // Whether a route that changed just now goes on changing.
        (seconds < SEEN_AFTER_S && routeChanges(cluster, node).length > 0);
      return counters === null || settings === null || firewall === null || sampledOnce || undecided;
    })
    .map(({ label }) => label);
}
