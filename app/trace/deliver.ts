// A packet for this namespace itself: net/ipv4/ip_input.c ip_local_deliver, then the socket (net/ipv4/tcp_ipv4.c, udp.c, icmp.c).
import { addressText, parseAddress, isUnspecified, sameAddress, type Address } from '../route/address.ts';
import type { ListeningSocket } from '../probe/settings-facts.ts';
import { ACK, endText, ICMP, ICMP6, protocolName, TCP, UDP } from './flow-words.ts';
import { listenersOf, mayBeCut } from './listeners.ts';
import type { Passage } from './passage.ts';
import { passFilters } from './pass-filters.ts';
import {
  commandIn,
  ends,
  evidenceOf,
  passes,
  stops,
  sysctlIn,
  unknown,
  type Ground,
  type Next,
  type StepWords,
  type Walk,
} from './walk.ts';

/** @param onward what comes next of a packet that IPVS sends on from here to one of a Service's servers. */
export function deliver(ground: Ground, walk: Walk, onward: Next): readonly Passage[] {
  const local: Walk = { ...walk, packet: { ...walk.packet, oif: null } };
  return passFilters(ground, 'input', local, (passed) =>
    passed.packet.iif === null ? onward(passed) : toSocket(ground, passed),
  );
}

export function toSocket({ at }: Ground, walk: Walk): Passage[] {
  const { packet } = walk;
  const { protocol, dport, carriedIn, icmp } = packet;
  const delivered = (words: Omit<StepWords, 'stage'>): Passage[] =>
    ends(passes(walk, { stage: 'deliver', ...words }), { kind: 'delivered', packet });
  if (protocol === ICMP || protocol === ICMP6) return toIcmp(at, walk, delivered);
  const what = `${protocolName(protocol).toUpperCase()} ${endText(packet.dst, dport)}`;
  if (carriedIn.length > 0)
    return delivered({ sentence: `${what} is taken by ${at.name}, which unpacks it.` });
  if ((protocol !== TCP && protocol !== UDP) || dport === 0 || icmp !== null)
    return delivered({ sentence: `${at.name} takes it.` });
  const isAnswer = walk.tracking.kind === 'known' && walk.tracking.direction === 'reply';
  if (isAnswer || (protocol === TCP && (packet.tcpFlags & ACK) !== 0))
    return delivered({ sentence: `${at.name} takes it: it belongs to a connection that it began.` });
  const words = {
    evidence: evidenceOf(at, 'sockets', 'settings'),
    command: commandIn(at, 'ss', protocol === TCP ? '-ltn' : '-lun', `sport = :${dport}`),
  };
  if (at.sockets === null)
    return delivered({
      ...words,
      sentence: `${what} has arrived at ${at.name}.`,
      presumed: [
        `Who listens in ${at.name} was not read: it is presumed that somebody does on port ${dport}.`,
      ],
    });
  const ofPort = listenersOf(at.sockets, protocol).filter((one) => one.port === dport);
  const found = ofPort.filter((socket) => hears(socket, packet.dst));
  // One of IPv4 itself leaves no doubt.
  const first = found.find((socket) => !isOfBoth(socket, packet.dst)) ?? found[0];
  const doubtful = first !== undefined && isOfBoth(first, packet.dst) ? listenerName(first) : null;
  if (doubtful !== null && at.sysctls?.get('ipv6/bindv6only') === '1')
    return unknown(walk, {
      stage: 'deliver',
      ...words,
      sentence: `${doubtful} in ${at.name} takes IPv4 only if its program asked for that (net.ipv6.bindv6only is 1): whether it did is not known.`,
      command: commandIn(at, 'ss', protocol === TCP ? '-ltne' : '-lune', `sport = :${dport}`),
    });
  if (first !== undefined)
    return delivered({
      ...words,
      presumed:
        doubtful === null
          ? []
          : [
              `${doubtful} in ${at.name} is of IPv6: that it takes IPv4 as well, as is usual, is presumed (ss -e says v6only:1 where not).`,
            ],
      sentence: `${listenerName(first)} in ${at.name} takes it${found.length > 1 ? `, or another of ${found.length} on that port` : ''}.`,
    });
  if (mayBeCut(at, protocol))
    return delivered({
      ...words,
      sentence: `${what} has arrived at ${at.name}.`,
      presumed: [
        `Not all that listen in ${at.name} were read: it is presumed that somebody does on port ${dport}.`,
      ],
    });
  const elsewhere = ofPort[0];
  const only =
    elsewhere === undefined ? 'nobody listens on' : `only ${elsewhere.address} is listened on, not`;
  // Rules that were not read may send it to somebody else: that of a Service's node port is one.
  if (at.filters === null || at.filters.rulesMissing !== undefined)
    return unknown(walk, {
      stage: 'deliver',
      ...words,
      sentence: `In ${at.name} ${only} ${what}; whether a rule sends it elsewhere is not known: ${at.filters === null ? 'its packet filters' : 'all its packet filters'} were not read.`,
    });
  const told =
    protocol === TCP ? 'the sender gets a reset' : 'the sender is told that the port is unreachable';
  return stops(walk, 'rejected', 'no-socket', {
    stage: 'deliver',
    ...words,
    sentence: `In ${at.name} ${only} ${what}: ${told}.`,
  });
}

function listenerName({ protocol, address, port }: ListeningSocket): string {
  return `What listens on ${protocol.startsWith('tcp') ? 'TCP' : 'UDP'} ${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** A socket of IPv6's any address, which takes IPv4 as well unless it said otherwise (IPV6_V6ONLY). */
function isOfBoth({ address, protocol }: ListeningSocket, { family }: Address): boolean {
  const bound = parseAddress(address);
  return family === 4 && protocol.endsWith('6') && bound !== null && isUnspecified(bound);
}

export function hears({ address, protocol }: ListeningSocket, dst: Address): boolean {
  const { family } = dst;
  const bound = parseAddress(address);
  if (bound === null) return false;
  if (family === 4 && protocol.endsWith('6')) return isUnspecified(bound) || sameAddress(mapped(dst), bound);
  return bound.family === family && (isUnspecified(bound) || sameAddress(bound, dst));
}

/** ::ffff:10.0.0.1 */
function mapped({ words: [word = 0] }: Address): Address {
  return { family: 6, words: Uint32Array.of(0, 0, 0xffff, word) };
}

function toIcmp(
  at: Ground['at'],
  walk: Walk,
  delivered: (words: Omit<StepWords, 'stage'>) => Passage[],
): Passage[] {
  const { icmp, family, dst } = walk.packet;
  const isRequest = icmp?.type === (family === 4 ? 8 : 128);
  if (!isRequest) return delivered({ sentence: `${at.name} takes it.` });
  const path = family === 4 ? 'ipv4/icmp_echo_ignore_all' : 'ipv6/icmp/echo_ignore_all';
  const words = { evidence: evidenceOf(at, 'settings'), command: sysctlIn(at, path) };
  if (at.sysctls?.get(path) === '1')
    return stops(walk, 'dropped', 'echo-ignored', {
      stage: 'deliver',
      ...words,
      sentence: `${at.name} is set to answer no echo request (${path.split('/').at(-1) ?? ''}).`,
    });
  return delivered({ ...words, sentence: `${at.name} answers the echo request for ${addressText(dst)}.` });
}
