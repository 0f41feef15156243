// A rule of nobody we know translates Pods' packets, or exempts them from translation, and they or their answers are lost by it: an answer to an
// address that nobody has, a Service's packet that stays one, a port that leads to somebody else.
import { shellWord } from '../../probe/shell-word.ts';
import { everywhere, type Cluster } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { stopsClaimedAs } from '../paths/claims.ts';
import { pathDraft, pathNames } from '../paths/path-draft.ts';
import type { Stop } from '../paths/stops.ts';
import type { StoppedPath } from '../paths/stopped-path.ts';
import { translationOf, type Translation } from '../paths/translation.ts';
import { filtersOf } from '../subject.ts';

export const natDiverts: Detector = {
  id: 'nat-diverts',
  concludes:
    'a rule that is not the network’s own rewrites addresses, or keeps them from being rewritten, and packets or their answers are lost by it',
  explainedBy: [],
  detect: (cluster) =>
    everywhere(
      byRule(cluster, stopsClaimedAs(cluster, 'nat-diverts')).map((one) => divertedBy(cluster, one)),
    ),
};

interface Diverting {
  readonly translation: Translation;
  readonly stop: Stop;
}

/** What one rule does is one, where and why ever its packets end. */
function byRule(cluster: Cluster, stops: readonly Stop[]): Diverting[] {
  const found = new Map<string, Diverting>();
  for (const stop of stops)
    for (const path of stop.paths) {
      const translation = translationOf(cluster, path);
      if (translation === null) continue;
      const { hop, rule } = translation;
      const key = `${hop.netnsId} ${rule.backend} ${rule.family} ${rule.table} ${rule.chain} ${rule.number}`;
      const before = found.get(key);
      found.set(
        key,
        before === undefined
          ? { translation, stop: { ...stop, paths: [path] } }
          : { ...before, stop: { ...before.stop, paths: [...before.stop.paths, path] } },
      );
    }
  return [...found.values()];
}

function divertedBy(cluster: Cluster, { translation, stop }: Diverting): Draft {
  const { hop, rule, what, rewrote } = translation;
  const { paths } = stop;
  const name = `rule ${rule.number} of ${rule.table} ${rule.chain}`;
  const did =
    what === 'untracked'
      ? 'keeps conntrack from'
      : what === 'source'
        ? 'rewrites the source of'
        : 'redirects';
  const inside = hop.isPod ? `, inside ${hop.place}` : '';
  return pathDraft(cluster, stop, {
    node: hop.node,
    device: null,
    // Where its packets end is somebody else's place.
    ...(hop.isPod ? {} : { pod: null }),
    title: `On ${hop.node}${inside} the rule “${rule.text}” ${did} ${pathNames(sent(paths))}`,
    because: `${sentenceStart(name)}, which is not of the cluster’s network, ${what === 'untracked' ? 'makes NAT leave it as it is' : rewrote === null ? 'finds no address to lead it to' : `makes it ${rewrote}`}. ${consequence(stop)}`,
    proofs: hop.evidence.map((id) => ({ id, shows: [rule.text, rule.chain] })),
    mend: [
      'Take the rule away, or have it spare what goes to and from Pods; see who made it.',
      ...(hop.isPod
        ? [`iptables-save -t ${shellWord(rule.table)}   # in the network of ${hop.place}`]
        : [
            rule.backend === 'nft'
              ? `nft -a list chain ${shellWord(rule.family)} ${shellWord(rule.table)} ${shellWord(rule.chain)}   # on ${hop.node}: its handle`
              : `${rule.family === 'ip6' ? 'ip6tables' : 'iptables'}${rule.backend === 'legacy' ? '-legacy' : ''} -t ${shellWord(rule.table)} -D ${shellWord(rule.chain)} ${rule.number}   # on ${hop.node}`,
          ]),
    ],
    breaks: [filtersOf(hop.node, rule.backend)],
    explainedBy: [],
    shows: [rule.text, rule.chain],
  });
}

/** Named by the question: it is that one's packet that the rule meets. */
function sent(paths: readonly StoppedPath[]): StoppedPath[] {
  return paths.map((one) => ({ ...one, back: false }));
}

function consequence({ paths: [first], step, hop, reason }: Stop): string {
  const who = first?.back === true ? 'The answer' : 'It';
  if (reason === 'away') return `${who} leaves the cluster at ${hop.place}, and nobody there knows it.`;
  if (reason === 'elsewhere') return `${who} comes to ${hop.place}, which is not meant.`;
  return `${who} ends at ${hop.place}: ${step.sentence}`;
}

function sentenceStart(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
