// What estimates say of packets whose truth is known: for tests.
import type { NodeClocks } from '../node-clocks.ts';
import type { SyntheticClock, SyntheticPacket } from './synthetic-clocks.ts';

/** ns: sums of doubles. */
const ROUNDED = 0.5;

export function observe(
  nodeClocks: NodeClocks,
  clocks: readonly SyntheticClock[],
  packets: Iterable<SyntheticPacket>,
): void {
  for (const packet of packets) {
    const [sent, received] = stamps(clocks, packet);
    nodeClocks.observe(packet.sentOn, sent, packet.receivedOn, received);
  }
}

export function stamps(
  clocks: readonly SyntheticClock[],
  { sentOn, sentAt, receivedOn, receivedAt }: SyntheticPacket,
): readonly [number, number] {
  return [clocks[sentOn]?.stamp(sentAt) ?? NaN, clocks[receivedOn]?.stamp(receivedAt) ?? NaN];
}

/** Those whose latency, or whose clocks' difference when they were sent, is said to be what it is not. */
export function falselyTold(
  nodeClocks: NodeClocks,
  clocks: readonly SyntheticClock[],
  packets: readonly SyntheticPacket[],
): SyntheticPacket[] {
  return packets.filter((packet) => {
    const { sentOn, sentAt, receivedOn, receivedAt } = packet;
    const [sent, received] = stamps(clocks, packet);
    const latency = nodeClocks.latency(sentOn, sent, receivedOn, received);
    const ahead = nodeClocks.bounds(sentOn, sent, receivedOn);
    const really = (clocks[receivedOn]?.shows(sentAt) ?? NaN) - (clocks[sentOn]?.shows(sentAt) ?? NaN);
    const isTrue =
      (latency === null || Math.abs(latency.ns - (receivedAt - sentAt)) <= latency.plusMinusNs + ROUNDED) &&
      really >= ahead.atLeast - ROUNDED &&
      really <= ahead.atMost + ROUNDED;
    return !isTrue;
  });
}
