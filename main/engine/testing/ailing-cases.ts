// What ails flows on a real lab: connections that are refused, unanswered, full, sent again or too large for their path.
import { expect } from 'vitest';
import type { HealthView } from '../../../app/contract/trails.ts';
import { ONE, OTHER, words, type Case } from './trail-case.ts';
import { FROM, TO, type Seen, type TrailsOfLab } from './trails-of-lab.ts';

/** Ports that nobody else of the lab has. */
const [CLOSED, SILENT, FULL, NARROW] = [7999, 7998, 7997, 7996];
/** Goes on beside it, so that captures go on longer than an answer is waited for. */
const BESIDE = words(`--to ${TO} --count 24 --rate 2`);

/** Perl in a Pod, by its own network namespace. */
async function inPod(of: TrailsOfLab, name: typeof FROM | typeof TO, perl: string): Promise<void> {
  const { pods } = of.engine.topology;
  const [node, address] = [name === FROM ? ONE : OTHER, pods[of.podId(name)]?.ips[0] ?? ''];
  const script = `for p in /proc/[0-9]*; do
    [ "$(cat $p/comm 2>/dev/null)" = pause ] || continue
    nsenter -t "\${p#/proc/}" -n ip -o -4 addr show eth0 | grep -q " $1/" || continue
    exec nsenter -t "\${p#/proc/}" -n timeout 20 perl -MIO::Socket::INET -e "$2"
  done; exit 3`;
  await of.lab.exec(node, 'sh', '-c', script, 'sh', address, perl);
}

/** Until somebody listens there. */
const reach = (to: string, port: number): string =>
  `my $s; until ($s = IO::Socket::INET->new(PeerAddr => '${to}', PeerPort => ${String(port)}, Timeout => 2)) { select undef, undef, undef, 0.2 }`;
const connect = (to: string, port: number, seconds: number): string =>
  `my $s = IO::Socket::INET->new(PeerAddr => '${to}', PeerPort => ${String(port)}, Timeout => ${String(seconds)});`;
const accept = (port: number): string =>
  `my $l = IO::Socket::INET->new(Listen => 1, LocalPort => ${String(port)}, ReuseAddr => 1) or die; my $s = $l->accept;`;
const addressOf = (of: TrailsOfLab): string => of.engine.topology.pods[of.podId(TO)]?.ips[0] ?? '';

/** Both ends of a connection; the one that calls tries until the other one listens. */
async function talk(of: TrailsOfLab, listening: string, calling: string): Promise<void> {
  await Promise.all([inPod(of, TO, listening), inPod(of, FROM, calling)]);
}

/** Of flows from or to that port. */
function ailments({ told }: Seen, port: number): readonly HealthView[] {
  const flows = told.flows.filter(({ source, destination }) =>
    [source.port, destination.port].includes(port),
  );
  expect(flows.length).toBeGreaterThan(0);
  return flows.flatMap(({ health }) => health);
}
const kinds = (health: readonly HealthView[]): readonly string[] => [
  ...new Set(health.map(({ kind }) => kind)),
];

export const ailing: readonly Case[] = [
  {
    what: 'sent again, as some is lost',
    first: [['fault', 'loss', 'forward 5% tcp dport 7000', '--on', OTHER]],
    words: words(`--to ${TO} --protocol tcp --count 500 --rate 100 --sizes 4000`),
    look: (seen) => {
      const health = ailments(seen, 7000);
      expect(kinds(health)).toEqual(['resent']);
      expect(health[0]?.times).toBeGreaterThanOrEqual(Math.min(seen.dropped, 3));
    },
  },
  {
    what: 'refused by a port that is closed',
    first: [],
    words: BESIDE,
    meanwhile: (of) => inPod(of, FROM, connect(addressOf(of), CLOSED, 2)),
    look: (seen) => {
      const health = ailments(seen, CLOSED);
      expect(kinds(health)).toEqual(['reset']);
      expect(health[0]?.sentence).toContain(`${OTHER}/${TO}/eth0`);
    },
  },
  {
    what: 'a handshake that nobody answers',
    first: [['fault', 'loss', `forward 100% tcp dport ${String(SILENT)}`, '--on', OTHER]],
    words: BESIDE,
    meanwhile: (of) => inPod(of, FROM, connect(addressOf(of), SILENT, 5)),
    look: (seen) => {
      const [health, ...others] = ailments(seen, SILENT);
      expect(others).toEqual([]);
      expect(health?.kind).toBe('handshake');
      // One a second at first (net.ipv4.tcp_syn_linear_timeouts), or after one, three and seven.
      expect(health?.times).toBeGreaterThanOrEqual(3);
      // Where it was seen last.
      expect(health?.sentence).toContain(`${OTHER}/`);
    },
  },
  {
    what: 'questions of DNS that nobody answers',
    first: [['fault', 'loss', 'forward 100% udp sport 53', '--on', OTHER]],
    words: words(`--to ${TO} --protocol dns --count 24 --rate 2`),
    look: (seen) => {
      expect(seen.report.totals.answered).toBe(0);
      const health = ailments(seen, 53);
      expect(kinds(health)).toEqual(['dns']);
      // The last ones may still be answered when captures end.
      expect(health.reduce((sum, { times }) => sum + times, 0)).toBeGreaterThanOrEqual(12);
    },
  },
  {
    what: 'a receiver that reads nothing',
    first: [],
    words: BESIDE,
    meanwhile: (of) =>
      talk(
        of,
        `${accept(FULL)} sleep 8;`,
        `${reach(addressOf(of), FULL)} alarm 6; $SIG{ALRM} = sub { exit 0 }; print $s 'x' x 65536 for 1..400;`,
      ),
    look: (seen) => {
      expect(kinds(ailments(seen, FULL))).toContain('windowClosed');
    },
  },
  {
    what: 'a path that is too narrow, and says nothing',
    first: [['fault', 'fabric-mtu', '1300', '--on', OTHER]],
    words: BESIDE,
    meanwhile: (of) =>
      talk(
        of,
        `${accept(NARROW)} $s->autoflush(1); for (1..24) { print $s 'x'; select undef, undef, undef, 0.3 }`,
        `${reach(addressOf(of), NARROW)} alarm 8; $SIG{ALRM} = sub { exit 0 }; $s->autoflush(1); print $s 'x' x 5000; 1 while sysread $s, my $b, 9;`,
      ),
    look: (seen) => {
      expect(kinds(ailments(seen, NARROW))).toContain('blackHole');
    },
  },
];
