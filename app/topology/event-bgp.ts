// BGP sessions and daemons that changed.
import { changed, type LabelOf, type Said, type Tables } from './event-sources.ts';
import type { BgpSession, NodeEntity, Topology } from './model.ts';

export function birdEvents(before: NodeEntity, now: NodeEntity): Said[] {
  if (before.bird.state === now.bird.state || now.until !== null) return [];
  const sentence = now.bird.sentence ?? `BIRD is ${now.bird.state}`;
  return [
    {
      nodeLabel: now.label,
      kind: 'bird-changed',
      sentence: `${now.label}: ${sentence.replace(/\.$/, '')}.`,
      subject: now.label,
      about: [now.id],
      change: {
        before: before.bird.sentence ?? before.bird.state,
        after: now.bird.sentence ?? now.bird.state,
      },
    },
  ];
}

export function bgpEvents(
  from: Topology,
  to: Tables,
  labelOf: LabelOf,
  isNew: (nodeId: string | null) => boolean,
): Said[] {
  const said: Said[] = [];
  for (const session of changed(from.bgp, to.bgp)) {
    // A rebooted node's sessions ended with it; a dead BIRD's are told by its node.
    if (
      isNew(session.nodeId) ||
      to.nodes[session.nodeId]?.until !== null ||
      to.nodes[session.nodeId]?.bird.state === 'dead'
    )
      continue;
    const before = from.bgp[session.id];
    const nodeLabel = labelOf(session.nodeId);
    const what = bgpChange(before, session);
    if (what === '') continue;
    said.push({
      nodeLabel,
      kind: 'bgp-changed',
      sentence: `${nodeLabel}: BGP ${session.name} ${what}`,
      subject: session.name,
      about: [session.id],
      ...(before === undefined || session.until !== null
        ? {}
        : { change: { before: before.stale ?? before.info, after: session.stale ?? session.info } }),
    });
  }
  return said;
}

function bgpChange(before: BgpSession | undefined, now: BgpSession): string {
  if (before === undefined) return `is configured now (${now.info}).`;
  if (now.until !== null) return before.until === null ? 'is no longer configured.' : '';
  const was = before.info === '' ? before.protocolState : before.info;
  const state = before.info === now.info ? '' : `is ${now.info || now.protocolState} now (was ${was})`;
  if (before.stale !== now.stale && now.stale !== null)
    return `${state === '' ? 'has stale routes' : state}: ${now.stale}`;
  if (state !== '') return `${state}.`;
  return before.stale !== null && now.stale === null ? 'has no stale routes any more.' : '';
}
