import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useDeferredValue, useMemo, useRef, useState } from 'react';
import type { Topology, TopologyEvent } from '../../../app/topology/model.ts';
import { select, type Selection } from '../../state/selection.ts';
import { useTopology } from '../../state/topology.ts';
import { dateText, nodeClockText } from '../../state/text.ts';
import { Tag } from '../../ui/tag.tsx';
import { type EventGroup, filterEvents, groupOf, toneOf } from './filter-events.ts';
import { changesStrings } from './strings.ts';
import './changes.css';

const ROW_HEIGHT = 25;
const groups: readonly EventGroup[] = ['all', 'pods', 'links', 'routes', 'bgp', 'nodes'];
const noEvents: readonly TopologyEvent[] = [];

export function ChangesView(): ReactNode {
  const topology = useTopology((state) => state.topology);
  const events = topology?.events ?? noEvents;
  const [group, setGroup] = useState<EventGroup>('all');
  const [text, setText] = useState('');
  const sought = useDeferredValue(text);
  const scroller = useRef<HTMLDivElement | null>(null);
  const shown = useMemo(() => filterEvents(events, group, sought), [events, group, sought]);
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => shown[index]?.id ?? index,
    overscan: 10,
  });
  return (
    <div className="dock-tab">
      <div className="dock-bar">
        <div className="segments" role="group" aria-label={changesStrings.kinds}>
          {groups.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={group === each}
              onClick={() => {
                setGroup(each);
              }}
            >
              {changesStrings.groups[each]}
            </button>
          ))}
        </div>
        <span className="dock-aside">{changesStrings.clock}</span>
        <input
          className="input"
          type="search"
          placeholder={changesStrings.filter}
          aria-label={changesStrings.filter}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
          }}
        />
      </div>
      <div
        ref={scroller}
        className="dock-rows"
        data-testid="changes-list"
        role="list"
        aria-label={changesStrings.label}
      >
        {shown.length === 0 ? (
          <div className="empty">{events.length === 0 ? changesStrings.empty : changesStrings.nothing}</div>
        ) : (
          <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="presentation">
            {virtual.getVirtualItems().map((item) => {
              const event = shown[item.index];
              return event === undefined ? null : (
                <ChangeRow key={item.key} event={event} top={item.start} topology={topology} />
              );
            })}
          </div>
        )}
      </div>
    </div>
  );
}

function ChangeRow({
  event,
  top,
  topology,
}: {
  readonly event: TopologyEvent;
  readonly top: number;
  readonly topology: Topology | null;
}): ReactNode {
  const target = topology === null ? null : targetOf(topology, event);
  return (
    <div role="listitem" className="change-item" style={{ top }}>
      <button
        type="button"
        className={`change ${toneOf(event)}`}
        disabled={target === null}
        title={titleOf(event)}
        onClick={() => {
          if (target !== null) select(target);
        }}
      >
        <time className="mono faint">{nodeClockText(event.at)}</time>
        <span className={`change-mark ${groupOf(event)}`} aria-hidden="true" />
        <span className="change-node dim truncate">{event.nodeLabel}</span>
        <span className="change-said">
          {event.teller === undefined ? null : (
            <Tag title={changesStrings.tellerTitle(event.past ?? false)}>
              {changesStrings.teller(event.teller, event.past ?? false)}
            </Tag>
          )}
          <span className="truncate">{event.sentence}</span>
        </span>
      </button>
    </div>
  );
}

/** The whole of it: a row is one line. */
function titleOf({ at, change, sentence }: TopologyEvent): string {
  const states = change === undefined ? '' : `\n${change.before}\n→ ${change.after}`;
  return `${dateText(at)}\n${sentence}${states}`;
}

/** The first thing it is about that can be inspected. */
function targetOf(topology: Topology, event: TopologyEvent): Selection | null {
  for (const id of event.about) {
    if (topology.pods[id] !== undefined) return { kind: 'pod', id };
    if (topology.bgp[id] !== undefined) return { kind: 'bgp', id };
    if (topology.interfaces[id] !== undefined) return { kind: 'interface', id };
    if (topology.nodes[id] !== undefined) return { kind: 'node', id };
  }
  return null;
}
