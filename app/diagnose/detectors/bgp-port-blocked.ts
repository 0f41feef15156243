// TCP to BGP's port does not pass between two nodes that both run BIRD: both knock and nobody hears, or a session that was up hears
// no keepalive any more (FIELD-NOTES §1: it stays Established up to the hold time).
import { neighbourAt } from '../neighbours.ts';
import { birdcl, culprits, endsOf, isKnocking, pairName, touchedBy, troubledPairs } from '../bgp-pairs.ts';
import { everywhere, proof, type Cluster } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import type { BgpMatrixEnd, BgpMatrixPair } from '../../topology/bgp-matrix-model.ts';
import { keysOf } from '../tcp-signatures.ts';
import { sessionOf } from '../subject.ts';

/** A keepalive comes at least this often (RFC 4271 §10); half as much again is slack, as bgp-judgement.ts has it. */
const SILENT_KEEPALIVES = 1.5;
/** What comes back from a peer or a router that was reached. A farewell (Cease) stays BIRD’s last error while nothing answers any more. */
const ANSWERED =
  /refused|No route|unreachable|Bad peer AS|Bad BGP identifier|Unsupported|Unacceptable|Malformed|Authentication/i;

export const bgpPortBlocked: Detector = {
  id: 'bgp-port-blocked',
  concludes:
    'BGP’s port is blocked between two nodes: both try and get no answer, though both run BIRD and see each other',
  explainedBy: ['link-down', 'wrong-neighbour', 'duplicate-mac', 'node-identity-clash'],
  detect(cluster) {
    const pairs = troubledPairs(cluster).filter((pair) => isBlocked(cluster, pair));
    const first = culprits(pairs);
    return everywhere(pairs.map((pair) => blockedDraft(cluster, pair, first.get(pair) ?? '')));
  },
};

function isBlocked(cluster: Cluster, pair: BgpMatrixPair): boolean {
  const [one, other] = pair.ends;
  if (one === null || other === null) return false;
  const ends = [one, other];
  if (!ends.every((end) => cluster.node(end.nodeLabel)?.entity.bird.state === 'running')) return false;
  if (ends.some((end) => ANSWERED.test(`${end.state} ${end.lastError ?? ''}`))) return false;
  if (expectsAnother(one, other) || expectsAnother(other, one)) return false;
  if (keysOf(cluster, one.nodeLabel, other.nodeLabel) !== null) return false;
  // Without an answer to ARP it is the way that is broken, and not this port alone.
  if (ends.some((end) => neighbourAt(cluster.node(end.nodeLabel), end.neighbourAddress) === 'failed'))
    return false;
  const silent = ends.filter(isSilent);
  const knocks = ends.filter(isKnocking);
  if (isUnheard(one, other) || isUnheard(other, one)) return true;
  return (
    silent.length + knocks.length > 0 &&
    ends.every((end) => silent.includes(end) || knocks.includes(end) || end.health === 'waiting')
  );
}

/** Of a session that begins anew; BIRD of Calico tries every 5 s at the latest, and a peer that hears it lets go of the old one at once. */
const UNHEARD_S = 2;

/** It knocks, and the other side still takes the old session for a good one. */
function isUnheard(knocks: BgpMatrixEnd, other: BgpMatrixEnd): boolean {
  if (!isKnocking(knocks) || other.health !== 'established') return false;
  const [since, asked] = [knocks.sinceAt, other.readAt];
  return since !== null && asked !== null && asked.s - since.s >= UNHEARD_S;
}

function expectsAnother(end: BgpMatrixEnd, far: BgpMatrixEnd): boolean {
  return end.neighbourAs !== null && far.localAs !== null && end.neighbourAs !== far.localAs;
}

function isSilent({ health, holdLeft, holdTime, keepaliveTime }: BgpMatrixEnd): boolean {
  if (health !== 'established' || holdLeft === null || holdTime === null || keepaliveTime === null)
    return false;
  return keepaliveTime > 0 && holdTime - holdLeft > keepaliveTime * SILENT_KEEPALIVES;
}

function blockedDraft(cluster: Cluster, pair: BgpMatrixPair, node: string): Draft {
  const ends = endsOf(pair);
  const port = cluster.inventory?.calico.bgpConfigurations['default']?.listenPort ?? 179;
  const silent = ends.filter(isSilent);
  const [one, other] = pair.sides;
  const unheard = ends.find((end) => ends.some((far) => far !== end && isUnheard(end, far)));
  const because =
    unheard !== undefined
      ? `${unheard.nodeLabel}: ${unheard.state} since ${unheard.since}; ${ends.find((end) => end !== unheard)?.nodeLabel ?? ''} still says Established, since it has heard neither that the session ended nor that a new one is asked for. Both daemons run.`
      : silent.length > 0
        ? `${silent.map(({ nodeLabel, holdLeft, keepaliveTime }) => `${nodeLabel} has heard nothing for more than one keepalive of ${Math.round(keepaliveTime ?? 0)} s and gives the session up in ${Math.round(holdLeft ?? 0)} s`).join('; ')}. Both daemons run.`
        : `${ends.map(({ nodeLabel, state, lastError }) => `${nodeLabel}: ${state}${lastError === null || state.includes(lastError) ? '' : ` (${lastError})`}`).join('; ')}. Both daemons run, neither refuses, and neither hears the other.`;
  return {
    severity: 'error',
    confidence: 'likely',
    surer: `Try the port itself from both nodes: nc -vz -w 3 PEER ${port}.`,
    where: { node, interface: null, pod: null },
    title: `TCP port ${port} seems blocked between ${pairName(pair).replace(' – ', ' and ')}`,
    because,
    proofs: ends.flatMap((end) => proof(cluster.node(end.nodeLabel)?.snapshot.bird, end.name, 'Hold timer')),
    suggestion: {
      sentence: `Let TCP ${port} pass between the nodes: security groups, host firewalls, switches between them.`,
      commands: [
        ...ends.map((end) => `nc -vz -w 3 ${end.neighbourAddress ?? ''} ${port}   # on ${end.nodeLabel}`),
        ...ends.slice(0, 1).map((end) => birdcl(end, `show protocols all ${end.name}`)),
      ],
    },
    breaks: [sessionOf(one.name, other.name)],
    touches: touchedBy(pair),
  };
}
