// The route that won as a plate, its next hops under it, then every loser with its reason, and the rules in order.
import type { ReactNode } from 'react';
import type { RouteExplanation, ShownHop } from '../../../app/route/explanation.ts';
import { Tag } from '../../ui/tag.tsx';
import { Link } from './parts.tsx';
import { whereToStrings } from './route-strings.ts';

type Explanation = Extract<RouteExplanation, { ok: true }>;

export const tones = {
  forwarded: 'ok',
  local: 'ok',
  rejected: 'bad',
  refused: 'bad',
  'no-route': 'bad',
} as const;

export const words: Readonly<Record<Explanation['verdict'], string>> = {
  forwarded: 'goes on',
  local: 'stays here',
  rejected: 'rejected',
  refused: 'refused',
  'no-route': 'no route',
};

export function WhereAnswer({ explanation }: { readonly explanation: Explanation }): ReactNode {
  const { verdict, sentence, route, rule, hops, losers, moreLosers, rules, notes } = explanation;
  return (
    <>
      <div className={`where-plate ${tones[verdict]}`}>
        <div className="where-verdict">
          <Tag tone={tones[verdict]}>{words[verdict]}</Tag>
          {rule === null ? null : (
            <span className="mono faint selectable">
              {whereToStrings.rule} {rule.priority}: {rule.text}
            </span>
          )}
        </div>
        {route === null ? null : (
          <div className="mono selectable where-route" title={route.owner}>
            {route.text}
          </div>
        )}
        <p className="selectable">{sentence}</p>
        {hops.map((hop, at) => (
          <Hop key={`${hop.dev} ${hop.via ?? ''} ${String(at)}`} hop={hop} />
        ))}
      </div>
      {losers.length === 0 ? null : (
        <>
          <h4>{whereToStrings.losers}</h4>
          <ul className="where-losers">
            {losers.map((loser, at) => (
              <li key={`${loser.route.text} ${String(at)}`}>
                <div className="mono selectable dim">{loser.route.text}</div>
                <div className="selectable">{loser.sentence}</div>
              </li>
            ))}
            {moreLosers === 0 ? null : <li className="faint">{whereToStrings.more(moreLosers)}</li>}
          </ul>
        </>
      )}
      <details className="where-rules">
        <summary>{whereToStrings.rules(rules.length)}</summary>
        <ol>
          {rules.map((one, at) => (
            <li key={`${String(one.priority)} ${one.text} ${String(at)}`} className={one.won ? 'won' : ''}>
              <div className="mono selectable">
                <span className="faint">{one.priority}:</span> {one.text}
              </div>
              <div className="selectable dim">{one.won ? whereToStrings.won : one.sentence}</div>
            </li>
          ))}
        </ol>
      </details>
      {notes.map((note) => (
        <p key={note} className="selectable faint">
          {note}
        </p>
      ))}
    </>
  );
}

function Hop({ hop }: { readonly hop: ShownHop }): ReactNode {
  const { dev, interfaceId, trouble, sentence, state } = hop;
  const lost = state === 'FAILED' || state === 'INCOMPLETE';
  return (
    <div className="where-hop">
      {interfaceId === null ? (
        <span className="mono">{dev}</span>
      ) : (
        <Link to={{ kind: 'interface', id: interfaceId }}>{dev}</Link>
      )}
      <span className={`selectable ${lost ? 'bad-ink' : 'dim'}`}>{sentence}</span>
      {trouble === null ? null : <Tag tone="bad">{trouble}</Tag>}
    </div>
  );
}
