// TCP to BGP's port does not pass between two nodes that both run BIRD: both knock and nobody hears, or a session that was up hears
// no keepalive any more (FIELD-NOTES §1: it stays Established up to the hold time).
import { shellWord } from '../../probe/shell-word.ts';
import { isHeardLately, isUnanswered } from '../neighbours.ts';
import { arrivalOf, keysOf } from '../bgp-keys.ts';
import {
  bgpPortOf,
  birdcl,
  culprits,
  endsOf,
  isKnocking,
  pairName,
  touchedBy,
  troubledPairs,
} from '../bgp-pairs.ts';
import { everywhere, proof, type Cluster } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import type { UnansweredConnection } from '../../probe/settings-facts.ts';
import type { BgpMatrixEnd, BgpMatrixPair } from '../../topology/bgp-matrix-model.ts';
import { silentFor } from '../../topology/bgp-silence.ts';
import { isBefore } from '../../topology/identity.ts';
import { sessionOf } from '../subject.ts';

/** What a router or the node itself says: the way is broken, and not this port alone; unless it has been mended since. */
const UNREACHED = /No route|unreachable/i;
/** What comes back from a peer that was reached. A farewell (Cease) stays BIRD’s last error while nothing answers any more. */
const REFUSED = /refused|Bad peer AS|Bad BGP identifier|Unsupported|Unacceptable|Malformed|Authentication/i;

export const bgpPortBlocked: Detector = {
  id: 'bgp-port-blocked',
  concludes:
    'BGP’s port is blocked between two nodes: both try and get no answer, though both run BIRD and see each other',
  explainedBy: [
    'tc-drops',
    'link-down',
    'ipv6-disabled',
    'wrong-neighbour',
    'duplicate-mac',
    'node-identity-clash',
    'own-address-not-local',
    'netmask-mismatch',
    'policy-routing-diverts',
  ],
  detect(cluster) {
    const troubled = troubledPairs(cluster, ({ ends }) =>
      ends.some((end) => end !== null && unacknowledged(cluster, end) > 0),
    );
    const pairs = troubled.filter((pair) => isBlocked(cluster, pair));
    // Where no daemon listens the kernel refuses: without any answer it is the same as with those that are blocked.
    const unanswered = troubled.filter((pair) =>
      endsOf(pair).some((end) => sentAgain(cluster, end, 'opening') > 0 || unacknowledged(cluster, end) > 0),
    );
    const first = culprits(pairs, [...troubled, ...unanswered]);
    return everywhere(pairs.map((pair) => blockedDraft(cluster, pair, first.get(pair) ?? '')));
  },
};

function isBlocked(cluster: Cluster, pair: BgpMatrixPair): boolean {
  const [one, other] = pair.ends;
  if (one === null || other === null) return false;
  const ends = [one, other];
  if (!ends.every((end) => cluster.node(end.nodeLabel)?.entity.bird.state === 'running')) return false;
  // Both are on one way: that one end reaches the other is enough.
  if (ends.some((end) => says(end, UNREACHED)) && !ends.some((end) => isReachedNow(cluster, end)))
    return false;
  // Who refuses takes the connection first. What an earlier try came to stays its last error.
  if (isRefused(one, other) && !ends.some((end) => sentAgain(cluster, end, 'opening') > 0)) return false;
  if (keysOf(cluster, pair) !== null && arrivalOf(cluster, pair) !== 'nothing') return false;
  // Without an answer to ARP it is the way that is broken, and not this port alone.
  if (ends.some((end) => isUnanswered(cluster.node(end.nodeLabel), end.neighbourAddress))) return false;
  const silent = ends.filter((end) => silentFor(end) !== null || unacknowledged(cluster, end) > 0);
  const knocks = ends.filter(isKnocking);
  if (isUnheard(one, other) || isUnheard(other, one)) return true;
  // What one says and nobody acknowledges is lost, whether the other has something to say or not.
  if (ends.some((end) => unacknowledged(cluster, end) > 0) && knocks.length === 0) return true;
  return (
    silent.length + knocks.length > 0 &&
    ends.every((end) => silent.includes(end) || knocks.includes(end) || end.health === 'waiting')
  );
}

/** After 200 and 400 ms (RFC 6298's least, as Linux has it): what was lost once has come by then. */
const AGAIN = 2;

/** How often this end's kernel has sent again what the peer does not acknowledge, on a session that is up; 0: it has not. */
function unacknowledged(cluster: Cluster, end: BgpMatrixEnd): number {
  const most = end.health === 'established' ? sentAgain(cluster, end, 'established') : 0;
  return most >= AGAIN ? most : 0;
}

function sentAgain(
  cluster: Cluster,
  { nodeLabel, neighbourAddress }: BgpMatrixEnd,
  kind: UnansweredConnection['state'],
): number {
  const { unanswered = [] } = cluster.node(nodeLabel)?.snapshot.settings?.value ?? {};
  const peer = neighbourAddress?.replace(/%.*/, '');
  const times = unanswered
    .filter(
      ({ state, local, remote }) =>
        state === kind &&
        remote.address === peer &&
        (local.port === bgpPortOf(cluster) || remote.port === bgpPortOf(cluster)),
    )
    .map(({ again }) => again);
  return Math.max(0, ...times);
}

/** Of a session that begins anew; BIRD of Calico tries every 5 s at the latest, and a peer that hears it lets go of the old one at once. */
const UNHEARD_S = 2;

/** It knocks, and the other side still takes the old session for a good one. */
function isUnheard(knocks: BgpMatrixEnd, other: BgpMatrixEnd): boolean {
  if (!isKnocking(knocks) || other.health !== 'established') return false;
  const [since, asked] = [knocks.sinceAt, other.readAt];
  return since !== null && asked !== null && asked.s - since.s >= UNHEARD_S;
}

/**
 * Its last error is of an earlier try: the peer answers ARP, and the request that is sent again has no answer yet. Sockets that were read
 * before the neighbours are of the time when it did not.
 */
function isReachedNow(cluster: Cluster, end: BgpMatrixEnd): boolean {
  const node = cluster.node(end.nodeLabel);
  const [sockets, neighbours] = [node?.snapshot.settings?.at ?? null, node?.snapshot.neighbours?.at ?? null];
  if (sockets === null || neighbours === null || isBefore(sockets, neighbours)) return false;
  return sentAgain(cluster, end, 'opening') > 0 && isHeardLately(node, end.neighbourAddress);
}

function says({ state, lastError }: BgpMatrixEnd, what: RegExp): boolean {
  return what.test(`${state} ${lastError ?? ''}`);
}

/** The last try that came to an end did so by a refusal, or would have. */
function isRefused(one: BgpMatrixEnd, other: BgpMatrixEnd): boolean {
  return (
    [one, other].some((end) => says(end, REFUSED)) || expectsAnother(one, other) || expectsAnother(other, one)
  );
}

function expectsAnother(end: BgpMatrixEnd, far: BgpMatrixEnd): boolean {
  return end.neighbourAs !== null && far.localAs !== null && end.neighbourAs !== far.localAs;
}

function blockedDraft(cluster: Cluster, pair: BgpMatrixPair, node: string): Draft {
  const ends = endsOf(pair);
  const port = bgpPortOf(cluster);
  const silent = ends.filter((end) => silentFor(end) !== null);
  const unheeded = ends.filter((end) => unacknowledged(cluster, end) > 0);
  const [one, other] = pair.sides;
  const keyed = keysOf(cluster, pair) !== null;
  const unheard = ends.find((end) => ends.some((far) => far !== end && isUnheard(end, far)));
  const [a, b] = pair.ends;
  const refusedOnce = a !== null && b !== null && isRefused(a, b);
  const resent = refusedOnce ? ends.find((end) => sentAgain(cluster, end, 'opening') > 0) : undefined;
  const because =
    unheard !== undefined
      ? `${unheard.nodeLabel}: ${unheard.state} since ${unheard.since}; ${ends.find((end) => end !== unheard)?.nodeLabel ?? ''} still says Established, since it has heard neither that the session ended nor that a new one is asked for. Both daemons run.`
      : silent.length > 0
        ? `${silent.map(({ nodeLabel, holdLeft, keepaliveTime }) => `${nodeLabel} has heard nothing for more than one keepalive of ${Math.round(keepaliveTime ?? 0)} s and gives the session up in ${Math.round(holdLeft ?? 0)} s`).join('; ')}. Both daemons run.`
        : unheeded.length > 0
          ? `${unheeded.map((end) => `${end.nodeLabel} has sent the same ${unacknowledged(cluster, end) + 1} times on a session that is up, and ${end.neighbourAddress ?? ''} does not acknowledge it`).join('; ')}. Both daemons run and take the session for a good one until the hold time is over.`
          : `${ends.map(({ nodeLabel, state, lastError }) => `${nodeLabel}: ${state}${lastError === null || state.includes(lastError) ? '' : ` (${lastError})`}`).join('; ')}. Both daemons run, ${resent === undefined ? 'neither refuses, and neither hears the other' : `and ${resent.nodeLabel} has sent its last request ${sentAgain(cluster, resent, 'opening') + 1} times without an answer${says(resent, REFUSED) ? ': an earlier one was refused, this one is not' : ''}`}.`;
  const stillness = keyed
    ? ' Their passwords differ, too, but then both kernels would count what they refuse, and not both do: nothing comes.'
    : '';
  return {
    severity: 'error',
    confidence: keyed ? 'possible' : 'likely',
    surer: `Try the port itself from both nodes: nc -vz -w 3 PEER ${port}.`,
    where: { node, interface: null, pod: null },
    title: `TCP port ${port} seems blocked between ${pairName(pair).replace(' – ', ' and ')}`,
    because: `${because}${stillness}`,
    proofs: [
      ...unheeded.flatMap((end) =>
        proof(cluster.node(end.nodeLabel)?.snapshot.settings, 'unanswered').filter(({ id }) =>
          id.endsWith('/sockets'),
        ),
      ),
      ...ends.flatMap((end) => proof(cluster.node(end.nodeLabel)?.snapshot.bird, end.name, 'Hold timer')),
    ],
    suggestion: {
      sentence: `Let TCP ${port} pass between the nodes: security groups, host firewalls, switches between them.`,
      commands: [
        ...ends.map((end) => `nc -vz -w 3 ${end.neighbourAddress ?? ''} ${port}   # on ${end.nodeLabel}`),
        ...ends.slice(0, 1).map((end) => birdcl(end, `show protocols all ${shellWord(end.name)}`)),
      ],
    },
    family: pair.family,
    breaks: [sessionOf(one.name, other.name)],
    touches: touchedBy(pair),
  };
}
