// Whether a finding can be behind what the operator sees: first by its own packets, followed as the hint says they fare, then by what
// such a condition does at all. A contradiction lowers a finding and never hides it: hints are what a person believes.
import type { TopologyEvent } from '../topology/model.ts';
import { tracePath } from '../trace/trace.ts';
import type { TraceRequest } from '../trace/model.ts';
import type { Cluster } from './cluster.ts';
import type { Root } from './explain.ts';
import { clock, hintText, type Hint } from './hint.ts';
import type { Fit } from './finding.ts';
import { surveyOf } from './paths/stops.ts';
import { largestOf } from './paths/pairs.ts';
import { symptomOf } from './symptoms.ts';

type Verdict = Pick<Fit, 'fit' | 'sentence'>;

/** Of a finding's ways, so many are followed again. */
const MOST_TRIED = 3;
/** s around the time that somebody remembers. */
const AROUND_S = 300;

export function fitOf(cluster: Cluster, root: Root, hint: Hint): Fit {
  return { hint: hint.kind, said: hintText(hint), ...judged(cluster, root, hint) };
}

/** 1: it can explain what is seen; -1: something contradicts; 0: hints do not tell. */
export function rankOf(fits: readonly Fit[]): number {
  if (fits.some(({ fit }) => fit === 'contradicts')) return -1;
  return fits.some(({ fit }) => fit === 'explains') ? 1 : 0;
}

function judged(cluster: Cluster, root: Root, hint: Hint): Verdict {
  switch (hint.kind) {
    case 'tcp-only':
      return byPackets(cluster, root, ['tcp', 'icmp'], null) ?? byProtocol(root, 'tcp', 'ping');
    case 'udp-only':
      return byPackets(cluster, root, ['udp', 'tcp'], null) ?? byProtocol(root, 'udp', 'TCP');
    case 'large-only':
      return byPackets(cluster, root, ['tcp', 'tcp'], 'large') ?? bySize(root);
    case 'service-only':
      return byEnds(root);
    case 'from-node':
      return byNode(root, hint.node);
    case 'since':
      return byTime(cluster, root, hint.at);
  }
}

/** The same ways with packets that fail, by what is said, and with such as arrive. Null: no way tells. */
function byPackets(
  cluster: Cluster,
  root: Root,
  [fails, works]: readonly [TraceRequest['proto'], TraceRequest['proto']],
  size: 'large' | null,
): Verdict | null {
  const names = new Set(waysOf(root).map(({ name }) => name.replace(/^the answer of /, '')));
  const pairs = surveyOf(cluster)
    .ended.map(({ pair }) => pair)
    .filter(({ name }) => names.has(name))
    .slice(0, MOST_TRIED);
  for (const pair of pairs) {
    const stops = (proto: TraceRequest['proto'], bytes: number | null): boolean | null => {
      const port = proto === pair.proto ? pair.port : null;
      const answer = tracePath(cluster.known, { ...pair, proto, port, size: bytes }, { kernelsSource: true });
      if (!answer.ok) return null;
      const all = [...answer.paths, ...(answer.reverse === null ? [] : [answer.reverse])];
      if (all.some(({ stopsAt }) => stopsAt !== null)) return true;
      return all.every(({ verdict }) => verdict === 'delivered') ? false : null;
    };
    const lost = stops(fails, size === null ? pair.size : largestOf(cluster, pair));
    const passed = stops(works, null);
    const what = size === null ? [fails.toUpperCase(), works.toUpperCase()] : ['large packets', 'small ones'];
    if (lost === true && passed === false)
      return { fit: 'explains', sentence: `${pair.name}: ${what[0]} stops and ${what[1]} arrives.` };
    if (passed === true)
      return {
        fit: 'contradicts',
        sentence: `${pair.name}: ${works === 'icmp' ? 'ping' : what[1]} would stop there as well.`,
      };
  }
  return null;
}

function waysOf({ draft, consequences }: Root) {
  return [draft, ...consequences.map((one) => one.draft)].flatMap(({ ways }) => ways ?? []);
}

function byProtocol({ id }: Root, fails: 'tcp' | 'udp', works: 'ping' | 'TCP'): Verdict {
  const { protocols, sizes } = symptomOf(id);
  const other = works === 'ping' ? 'icmp' : 'tcp';
  if (sizes === 'large')
    return works === 'ping'
      ? { fit: 'explains', sentence: 'It takes large packets alone, and those of ping are small.' }
      : { fit: 'open', sentence: 'It takes large packets, of whichever protocol.' };
  if (sizes === 'some') return { fit: 'open', sentence: 'It takes packets by chance.' };
  if (protocols === 'rule')
    return { fit: 'open', sentence: 'It depends on the rule which protocols it takes.' };
  if (protocols === 'all')
    return {
      fit: 'contradicts',
      sentence: `It would stop ${works} as well: it does not ask for the protocol.`,
    };
  if (protocols.includes(fails) && !protocols.includes(other))
    return { fit: 'explains', sentence: `It stops ${fails.toUpperCase()} and leaves ${works} alone.` };
  return protocols.includes(fails)
    ? { fit: 'open', sentence: `It may stop ${works} as well.` }
    : { fit: 'contradicts', sentence: `It does not stop ${fails.toUpperCase()}.` };
}

function bySize({ id }: Root): Verdict {
  const { sizes } = symptomOf(id);
  if (sizes === 'large') return { fit: 'explains', sentence: 'It takes large packets alone.' };
  return sizes === 'some'
    ? { fit: 'open', sentence: 'It takes packets by chance: much traffic sees it first.' }
    : { fit: 'contradicts', sentence: 'Small packets would be lost as well: it does not ask for the size.' };
}

function byEnds(root: Root): Verdict {
  const ways = waysOf(root);
  const toServices = ways.filter(({ service }) => service !== null);
  const { ends } = symptomOf(root.id);
  if (ends === 'services' || (ways.length > 0 && toServices.length === ways.length))
    return { fit: 'explains', sentence: 'Only packets to a Service are concerned.' };
  const [other] = ways.filter(({ service }) => service === null);
  if (other !== undefined)
    return {
      fit: 'contradicts',
      sentence: `Packets to a Pod’s own address stop, too (${other.name}), unless the Service has chosen another Pod.`,
    };
  return ends === 'rule'
    ? { fit: 'open', sentence: 'It depends on the rule whom it concerns.' }
    : {
        fit: 'contradicts',
        sentence:
          'Packets to a Pod’s own address would be lost as well, unless the Service has chosen another Pod.',
      };
}

function byNode(root: Root, node: string): Verdict {
  const senders = [...new Set(waysOf(root).map(({ fromNode }) => fromNode))];
  const others = senders.filter((one) => one !== node);
  if (senders.length > 0)
    return others.length === 0
      ? { fit: 'explains', sentence: `All that stops because of it comes from ${node}.` }
      : {
          fit: 'contradicts',
          sentence: `Packets from ${others.slice(0, 3).join(', ')} stop because of it${others.length < senders.length ? ' as well' : ''}.`,
        };
  return root.draft.where.node === node
    ? { fit: 'explains', sentence: `It is at ${node}.` }
    : { fit: 'open', sentence: 'Whose packets it concerns is not known.' };
}

function byTime({ topology, known, nodes }: Cluster, { draft: { where } }: Root, at: number): Verdict {
  const near = topology.events.filter((event) => Math.abs(event.at.s - at) <= AROUND_S && isThere(event));
  const [first] = near.sort((a, b) => Math.abs(a.at.s - at) - Math.abs(b.at.s - at));
  if (first !== undefined) return { fit: 'explains', sentence: `At ${clock(first.at.s)}: ${first.sentence}` };
  const own = nodes.filter(({ label }) => where.node === null || label === where.node);
  const watched = own.every(({ entity }) => entity.since.s <= at - AROUND_S);
  const latest = Math.max(...own.map(({ label }) => known.readings.get(label)?.snapshot.at.s ?? 0), 0);
  if (own.length === 0 || !watched || at > latest)
    return { fit: 'open', sentence: 'What changed there at that time was not seen.' };
  return {
    fit: 'contradicts',
    sentence: `Nothing changed ${where.node === null ? 'in the cluster' : `at ${where.node}`} within five minutes of that.`,
  };

  function isThere({ nodeLabel, kind }: TopologyEvent): boolean {
    return (where.node === null || nodeLabel === where.node) && kind !== 'node-appeared';
  }
}
