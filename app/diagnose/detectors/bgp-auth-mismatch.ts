// Two BGP peers with different passwords, or only one of them with one: the kernel drops each other's segments before BIRD sees any.
import { shellWord } from '../../probe/shell-word.ts';
import { birdcl, culprits, endsOf, pairName, touchedBy, troubledPairs } from '../bgp-pairs.ts';
import { everywhere, proof } from '../cluster.ts';
import type { Detector } from '../detector.ts';
import { sessionOf } from '../subject.ts';
import { keysOf, signaturesOf } from '../tcp-signatures.ts';

export const bgpAuthMismatch: Detector = {
  id: 'bgp-auth-mismatch',
  concludes:
    'the passwords of a BGP session differ: it is down and both kernels count refused MD5 signatures',
  explainedBy: [],
  detect(cluster) {
    const pairs = troubledPairs(cluster).filter(
      ({ sides: [one, other], ends }) =>
        ends.every((end) => end === null || end.health === 'down' || end.health === 'waiting') &&
        keysOf(cluster, one.name, other.name) !== null,
    );
    const first = culprits(pairs);
    const drafts = pairs.map((pair) => {
      const [one, other] = pair.sides;
      const keys = keysOf(cluster, one.name, other.name);
      const nodes = [one, other].flatMap(({ name }) => cluster.node(name) ?? []);
      const alone = keys === 'first-alone' ? one : keys === 'second-alone' ? other : null;
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
        because: `${endsOf(pair)
          .map(({ nodeLabel, state }) => `${nodeLabel}: ${state}`)
          .join('; ')}. ${nodes
          .map((node) => {
            const { counts } = signaturesOf(node);
            return `${node.label} refused ${counts?.failure ?? 0} segments for a wrong signature, ${counts?.notFound ?? 0} for a missing one, ${counts?.unexpected ?? 0} for one that it has no key for`;
          })
          .join('; ')}${moving ? ' in the last seconds' : ' since it booted'}.`,
        proofs: nodes.flatMap(({ snapshot }) => [
          ...proof(snapshot.counters, 'TcpExt'),
          ...proof(snapshot.bird, ...endsOf(pair).map(({ name }) => name)),
        ]),
        suggestion: {
          sentence:
            'Give both ends the same password: the Secret that the BGPPeer names, and what the other end has.',
          commands: [
            'calicoctl get bgppeers -o yaml   # spec.password.secretKeyRef',
            'nstat -az | grep TCPMD5   # on both nodes',
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
