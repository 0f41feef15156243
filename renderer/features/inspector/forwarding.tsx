// Routes, rules and neighbours of a network namespace, those that concern the subject first.
import { type ReactNode, useState } from 'react';
import type { ForwardingState, NodeEntity, Route, Topology } from '../../../app/topology/model.ts';
import { ownerOf } from '../../state/route-owner.ts';
import { routesByInterest } from '../../state/route-order.ts';
import { hopText } from '../../state/peer-routes.ts';
import { Button } from '../../ui/button.tsx';
import { Tag } from '../../ui/tag.tsx';
import { Section } from './parts.tsx';
import { Provenance } from './provenance.tsx';
import { provenanceStrings } from './route-strings.ts';
import { inspectorStrings, inspectorWords } from './strings.ts';

/** Enough for a small node at a glance; a route reflector's thousands are unfolded a step at a time. */
const FIRST_SHOWN = 8;
const STEP = 200;

export function RoutesSection({
  topology,
  node,
  forwarding,
  about = () => true,
  title = inspectorStrings.routes,
}: {
  readonly topology: Topology;
  readonly node: NodeEntity | null;
  readonly forwarding: ForwardingState;
  /** Which routes concern the subject. */
  readonly about?: (route: Route) => boolean;
  readonly title?: string;
}): ReactNode {
  const [shown, setShown] = useState(FIRST_SHOWN);
  const routes = routesByInterest(forwarding.routes).filter((route) => about(route));
  if (routes.length === 0) return null;
  return (
    <Section title={title} count={routes.length}>
      <ul className="routes" data-testid="inspector-routes">
        {routes.slice(0, shown).map((route, index) => (
          <RouteItem
            key={`${route.table}|${route.dst}|${route.dev ?? ''}|${String(route.metric)}|${String(index)}`}
            topology={topology}
            node={node}
            route={route}
            netnsId={forwarding.netnsId}
          />
        ))}
      </ul>
      <More
        hidden={routes.length - shown}
        onMore={() => {
          setShown((before) => before + STEP);
        }}
      />
    </Section>
  );
}

function RouteItem({
  topology,
  node,
  route,
  netnsId,
}: {
  readonly topology: Topology;
  readonly node: NodeEntity | null;
  readonly route: Route;
  readonly netnsId: string;
}): ReactNode {
  const [open, setOpen] = useState(false);
  const owner = ownerOf(topology, node, route);
  const hop = hopText(route);
  return (
    <li className="route">
      <div className="mono selectable route-text">
        {route.type === 'unicast' ? null : <span className="route-type">{route.type} </span>}
        {route.dst}
        {hop === '' || hop === route.dev ? null : <span className="dim">{inspectorWords.via}</span>}
        {hop === route.dev ? null : hop}
        {route.dev === null ? null : (
          <>
            <span className="dim">{inspectorWords.dev}</span>
            {route.dev}
          </>
        )}
      </div>
      <button
        type="button"
        className="route-open route-notes"
        aria-expanded={open}
        title={`${provenanceStrings.open}: ${owner.sentence}`}
        onClick={() => {
          setOpen(!open);
        }}
      >
        <Tag tone={owner.bgp ? 'bgp' : owner.owner === 'felix' ? 'ok' : 'plain'}>{owner.text}</Tag>
        <span className="faint">
          {inspectorWords.proto(route.proto, route.metric)}
          {route.table === 'main' ? '' : ` · table ${route.table}`}
          {route.prefsrc === null ? '' : ` · src ${route.prefsrc}`}
          {route.flags.length === 0 ? '' : ` · ${route.flags.join(' ')}`}
        </span>
        <span className="faint" aria-hidden>
          {open ? '▾' : '▸'}
        </span>
      </button>
      {open ? <Provenance at={netnsId} route={route} /> : null}
    </li>
  );
}

export function RulesSection({ forwarding }: { readonly forwarding: ForwardingState }): ReactNode {
  if (forwarding.rules.length === 0) return null;
  return (
    <Section title={inspectorStrings.rules} count={forwarding.rules.length}>
      <ul className="lines">
        {forwarding.rules.map((rule, index) => (
          <li key={`${String(rule.priority)}|${rule.text}|${String(index)}`} className="mono selectable">
            <span className="faint">{rule.priority}:</span> {rule.text}
            {rule.family === 6 ? <span className="faint">{inspectorWords.ipv6}</span> : null}
          </li>
        ))}
      </ul>
    </Section>
  );
}

export function NeighboursSection({
  forwarding,
  dev = null,
}: {
  readonly forwarding: ForwardingState;
  readonly dev?: string | null;
}): ReactNode {
  const [shown, setShown] = useState(FIRST_SHOWN);
  const neighbours = forwarding.neighbours.filter((each) => dev === null || each.dev === dev);
  if (neighbours.length === 0) return null;
  return (
    <Section title={inspectorStrings.neighbours} count={neighbours.length}>
      <ul className="lines">
        {neighbours.slice(0, shown).map((each, index) => (
          <li key={`${each.dst}|${each.dev}|${String(index)}`} className="neighbour mono selectable">
            <span>{each.dst}</span>
            <span className={each.state === 'FAILED' || each.state === 'INCOMPLETE' ? 'bad-ink' : 'faint'}>
              {each.state}
            </span>
            <span className="neighbour-where dim">
              {each.mac ?? '–'}
              {dev === null ? ` ${each.dev}` : ''}
            </span>
          </li>
        ))}
      </ul>
      <More
        hidden={neighbours.length - shown}
        onMore={() => {
          setShown((before) => before + STEP);
        }}
      />
    </Section>
  );
}

function More({ hidden, onMore }: { readonly hidden: number; readonly onMore: () => void }): ReactNode {
  if (hidden <= 0) return null;
  return (
    <Button look="quiet" small onClick={onMore}>
      {inspectorWords.more(hidden)}
    </Button>
  );
}
