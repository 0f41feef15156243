// A policy rule that the cluster's network did not make sends packets of Pods another way than table main would, and there they are lost.
import { shellWord } from '../../probe/shell-word.ts';
import { everywhere, podName, type Cluster } from '../cluster.ts';
import type { Detector, Draft } from '../detector.ts';
import { diversionOf, stopsClaimedAs, type Diversion } from '../paths/claims.ts';
import { packetDestination } from '../paths/packet-ends.ts';
import { pathDraft, pathNames } from '../paths/path-draft.ts';
import type { Stop } from '../paths/stops.ts';
import { bgpOf, routesOf, wholeNode } from '../subject.ts';

export const policyRoutingDiverts: Detector = {
  id: 'policy-routing-diverts',
  concludes:
    'a foreign policy rule or route sends packets another way than the network’s own, and they do not arrive',
  explainedBy: ['duplicate-pod-ip', 'pod-ip-equals-tunnel-ip', 'stale-bgp-routes'],
  detect: (cluster) =>
    everywhere(
      ofOneRule(cluster, stopsClaimedAs(cluster, 'policy-routing-diverts')).flatMap((stop) =>
        diverted(cluster, stop),
      ),
    ),
};

/** What one rule or route sends away is one, where and why ever its packets end. */
function ofOneRule(cluster: Cluster, stops: readonly Stop[]): Stop[] {
  const found = new Map<string, Stop>();
  for (const stop of stops.flatMap((one) => byDiversion(cluster, one))) {
    const diversion = diversionOf(cluster, stop);
    if (diversion === null) continue;
    const key = `${diversion.hop.netnsId} ${diversion.rule}`;
    const before = found.get(key);
    found.set(
      key,
      before === undefined
        ? stop
        : { ...before, paths: [...before.paths, ...stop.paths], asked: before.asked || stop.asked },
    );
  }
  return [...found.values()];
}

/** What two rules on two nodes have sent to one place ends there as one stop. */
function byDiversion(cluster: Cluster, stop: Stop): Stop[] {
  const parts = new Map<string, Stop>();
  const place = ({ hop, rule }: Diversion): string => `${hop.netnsId} ${rule}`;
  const first = diversionOf(cluster, stop);
  if (first === null) return [stop];
  for (const path of stop.paths) {
    const alone: Stop = { ...stop, hop: path.path.hops.at(-1) ?? stop.hop, paths: [path] };
    const key = place(diversionOf(cluster, alone) ?? first);
    const before = parts.get(key);
    parts.set(key, before === undefined ? alone : { ...before, paths: [...before.paths, path] });
  }
  return [...parts.values()];
}

function diverted(cluster: Cluster, stop: Stop): Draft[] {
  const diversion = diversionOf(cluster, stop);
  if (diversion === null) return [];
  const { hop, rule, by } = diversion;
  const { paths } = stop;
  const way = (dev: string | null, via: string | null): string =>
    `${via === null ? '' : `via ${via} `}dev ${dev ?? '?'}`;
  const [priority = '', text = rule] = rule.split(/: (.*)/);
  const [, about] = /(?:from|to) ([0-9a-f.:]+)(?: |$)/.exec(text) ?? [];
  const pod = cluster.pods.find(({ ips, netnsId }) =>
    hop.isPod ? netnsId === hop.netnsId : about !== undefined && ips.includes(about),
  );
  const inside = entering(cluster, hop);
  const told = wordsOf(diversion, pathNames(paths), way);
  const ofDaemon = (by === 'route' || by === 'leg') && OF_A_DAEMON.test(rule);
  return [
    pathDraft(cluster, stop, {
      node: hop.node,
      device: null,
      pod: pod === undefined ? null : podName(pod),
      ...(ofDaemon ? { confidence: 'possible' as const } : {}),
      title: told.title,
      because: `${told.because} ${stop.step.sentence}${ofDaemon ? ' It arrives if that router, which was not read, knows the way.' : ''}`,
      proofs: hop.evidence.map((id) => ({
        id,
        shows: [text.replace(/^from /, '').split(' ')[0] ?? text, text],
      })),
      mend:
        by === 'no rule'
          ? [
              'Put the kernel’s own rule back; then see who took it away.',
              `${inside}ip rule show   # on ${hop.node}`,
              `${inside}ip rule add priority 32766 lookup main`,
            ]
          : by === 'route' || by === 'leg'
            ? ofRoute(diversion)
            : [
                'Take the rule away where nobody needs it, or have its table lead to Pods as table main does.',
                `${inside}ip rule show; ${inside}ip route show table ${shellWord(/lookup (\S+)/.exec(rule)?.[1] ?? 'all')}   # on ${hop.node}`,
                `${inside}ip rule del ${words(text)} priority ${priority}`,
              ],
      breaks: [
        routesOf(hop.node),
        ...(by === 'no rule' && !hop.isPod ? [wholeNode(hop.node), bgpOf(hop.node)] : []),
      ],
      // A rule is nobody's consequence; a route into a Pod's cable may be.
      ...(by === 'route' || by === 'leg' ? {} : { explainedBy: [] }),
      shows: [text],
    }),
  ];
}

function wordsOf(
  { hop, rule, instead, by }: Diversion,
  names: string,
  way: (dev: string | null, via: string | null) => string,
): Pick<Draft, 'title' | 'because'> {
  const would = `would send it ${way(instead?.dev ?? null, instead?.via ?? null)} (${instead?.dst ?? 'no route'})`;
  const sent = hop.egress === null ? 'leads to no way out' : `sends it ${way(hop.egress, hop.nextHop)}`;
  const where = hop.isPod ? `${hop.node}, inside ${hop.place},` : hop.node;
  switch (by) {
    case 'no rule':
      return {
        title: `No policy rule in ${hop.place} leads to table main: ${names} has no way`,
        because: `Table main ${would}, and nobody asks it: the kernel’s own rule “32766: ${rule}” is gone.`,
      };
    case 'refusal':
      return {
        title: `On ${where} the rule “${rule}” refuses ${names}`,
        because: `Table main ${would}; the rule comes before and lets nothing pass.`,
      };
    case 'route':
      return {
        title: `On ${where} the route “${rule}” sends ${names} another way`,
        because: `The network’s own route ${would}; the route is longer or of a better metric, and ${sent}.`,
      };
    case 'leg':
      return {
        title: `On ${where} the route “${rule}” sends some of ${names} another way`,
        because: `Of its ways one ${would.replace(/ \(.*$/, '')}, to the node where they are to go; another ${sent}. Which a connection takes, a hash of its addresses decides: some connections work, others never do.`,
      };
    case 'rule':
      return {
        title: `On ${where} the rule “${rule}” sends ${names} another way`,
        because: `Table main ${would}; the rule ${sent}.`,
      };
  }
}

const OF_A_DAEMON = / proto (?!boot|static|dhcp)/;

/** A daemon puts back what it has learned. */
function ofRoute({ hop, rule }: Diversion): [string, ...string[]] {
  const get = `ip route get ${packetDestination(hop.packet)}   # on ${hop.node}`;
  const [dst = rule] = rule.split(' ');
  if (OF_A_DAEMON.test(rule))
    return [
      'See who announces it, and filter it there or where it comes in: nobody beyond the cluster has its Pods.',
      get,
      `birdcl show route for ${shellWord(dst)} all   # on ${hop.node}: “from” is who told it`,
    ];
  return [
    'Take the route away: the network’s own leads to the Pods. See who sets it (a network service, a script).',
    get,
    `ip route del ${words(rule)}`,
  ];
}

/** Inside a Pod through a process of it. */
function entering({ topology }: Cluster, { isPod, netnsId }: Diversion['hop']): string {
  return isPod ? `nsenter -t ${topology.netns[netnsId]?.process?.pid ?? 'PID'} -n ` : '';
}

/** As `ip` takes it, with what is in it being words. */
function words(text: string): string {
  return text.trim().split(/\s+/).map(shellWord).join(' ');
}
