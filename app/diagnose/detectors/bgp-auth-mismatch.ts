// Two BGP peers with different passwords, or only one of them with one: the kernel drops each other's segments before BIRD sees any.
import { shellWord } from '../../probe/shell-word.ts';
import { keysOf } from '../bgp-keys.ts';
import { birdcl, culprits, endsOf, pairName, touchedBy, troubledPairs } from '../bgp-pairs.ts';
import { everywhere, proof, type DiagnosedNode } from '../cluster.ts';
import type { Detector } from '../detector.ts';
import type { BgpMatrixEnd } from '../../topology/bgp-matrix-model.ts';
import { sessionOf } from '../subject.ts';
import { signaturesOf } from '../tcp-signatures.ts';

const TRIED: ReadonlySet<BgpMatrixEnd['health']> = new Set(['down', 'waiting']);
const TRIED_OR_UNHEARD: typeof TRIED = new Set([...TRIED, 'established']);

export const bgpAuthMismatch: Detector = {
  id: 'bgp-auth-mismatch',
  concludes:
    'the passwords of a BGP session differ: it is down and both kernels count refused MD5 signatures, or one holds a key for the other, which holds none',
  explainedBy: [],
  detect(cluster) {
    const pairs = troubledPairs(cluster).filter((pair) => {
      const keys = keysOf(cluster, pair);
      // Who has not heard that the session ended takes it for a good one until the hold time is over.
      const may = keys?.by === 'keys' ? TRIED_OR_UNHEARD : TRIED;
      // Where both wait for the other nobody sends a segment that could be refused.
      const tries = pair.ends.some((end) => end?.health !== 'waiting');
      return keys !== null && tries && pair.ends.every((end) => end === null || may.has(end.health));
    });
    const first = culprits(pairs);
    const drafts = pairs.map((pair) => {
      const [one, other] = pair.sides;
      const keys = keysOf(cluster, pair);
      const nodes = [one, other].flatMap(({ name }) => cluster.node(name) ?? []);
      const alone = keys?.way === 'first-alone' ? one : keys?.way === 'second-alone' ? other : null;
      const moving = nodes.some((node) => signaturesOf(node).moving);
      const lacks = alone === null ? null : alone === one ? other : one;
      // Where sessions have passwords who lacks one is the odd one; else it is who has one.
      const meant = Object.values(cluster.inventory?.calico.bgpPeers ?? {}).some(
        ({ hasPassword }) => hasPassword,
      );
      const odd = meant ? lacks : alone;
      return {
        severity: 'error' as const,
        confidence: moving ? ('certain' as const) : ('likely' as const),
        surer: moving ? null : 'See whether the TCPMD5 counters still rise: nstat -az | grep TCPMD5, twice.',
        where: { node: odd?.name ?? first.get(pair) ?? one.name, interface: null, pod: null },
        title:
          alone === null
            ? `The BGP passwords of ${pairName(pair).replace(' – ', ' and ')} differ`
            : `Only ${alone.name} has a BGP password for its session with ${lacks?.name ?? ''}`,
        because: `${keys?.by === 'keys' ? `${alone?.name ?? ''} holds a key for its peer’s address, ${lacks?.name ?? ''} holds none. ` : ''}${endsOf(
          pair,
        )
          .map(({ nodeLabel, state }) => `${nodeLabel}: ${state}`)
          .join('; ')}. ${refused(nodes)}`,
        proofs: nodes.flatMap(({ snapshot }) => [
          ...(keys?.by === 'keys'
            ? proof(snapshot.settings).filter(({ id }) => id.endsWith('/keyedpeers'))
            : []),
          ...proof(snapshot.counters, 'TcpExt'),
          ...proof(snapshot.bird, ...endsOf(pair).map(({ name }) => name)),
        ]),
        suggestion: {
          sentence:
            'Give both ends the same password: the Secret that the BGPPeer names, and what the other end has.',
          commands: [
            'calicoctl get bgppeers -o yaml   # spec.password.secretKeyRef',
            'nstat -az | grep TCPMD5   # on both nodes',
            "ss -Htnil | grep -oE '[:,][0-9a-f.:]+/[0-9]+='   # as root on both: for which peers there is a password",
            ...endsOf(pair)
              .slice(0, 1)
              .map((end) => birdcl(end, `show protocols all ${shellWord(end.name)}`)),
          ],
        },
        breaks: [sessionOf(one.name, other.name)],
        touches: touchedBy(pair),
      };
    });
    const unread = cluster.nodes.filter((node) => signaturesOf(node).counts === null);
    return everywhere(
      drafts,
      unread.length === 0
        ? null
        : `The counters of ${unread.map(({ label }) => label).join(', ')} were not read.`,
    );
  },
};

function refused(nodes: readonly DiagnosedNode[]): string {
  const all = nodes.map((node) => ({ label: node.label, ...signaturesOf(node) }));
  const when = all.some(({ moving }) => moving)
    ? 'in the last seconds'
    : all.every(({ looked }) => looked)
      ? 'while they were looked at'
      : 'since it booted';
  if (all.every(({ counts }) => Object.values(counts ?? {}).every((one) => one === 0)))
    return `Neither kernel has refused a segment ${when}.`;
  return `${all
    .map(
      ({ label, counts }) =>
        `${label} refused ${counts?.failure ?? 0} segments for a wrong signature, ${counts?.notFound ?? 0} for a missing one, ${counts?.unexpected ?? 0} for one that it has no key for`,
    )
    .join('; ')} ${when}.`;
}
