// What was read of one namespace: a node's own, or that of a Pod that was looked into (app/probe/inside-script.ts).
import type { InsidesReading, IpFacts, NamespaceInside } from '../probe/inside-facts.ts';
import type { Section } from '../probe/snapshot.ts';
import type { NodeReading } from '../topology/input.ts';
import type { NetnsEntity, Topology } from '../topology/model.ts';
import type { Place } from './place.ts';

export interface NamespaceFacts extends IpFacts {
  /** By path below /proc/sys/net; null where they were not read. */
  readonly sysctls: ReadonlyMap<string, string> | null;
}

/** Null where there is no reading of it. */
export function namespaceFacts(
  { netns }: Topology,
  readings: ReadonlyMap<string, NodeReading>,
  { node, forwarding }: Place,
): NamespaceFacts | null {
  const snapshot = readings.get(node.label)?.snapshot;
  if (snapshot === undefined) return null;
  if (forwarding.netnsId === node.rootNetns)
    return { ...snapshot, sysctls: snapshot.settings?.value?.sysctls ?? null };
  return insideOf(snapshot.insides, netns[forwarding.netnsId]);
}

export function insideOf(
  insides: Section<InsidesReading> | null,
  netns: NetnsEntity | undefined,
): NamespaceInside | null {
  const same = ({ inode, startTicks }: NamespaceInside): boolean =>
    inode === netns?.inode && startTicks === netns.process?.startTicks;
  return insides?.value?.read.find(same) ?? null;
}
