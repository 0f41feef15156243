// Who is behind one route: what the kernel and BIRD say, Calico's pool and block, and what would follow without it.
import { type ReactNode, useEffect, useState } from 'react';
import type { RouteProvenance } from '../../../app/route/explanation.ts';
import { routeKey } from '../../../app/route/route-text.ts';
import type { Route } from '../../../app/topology/model.ts';
import { call, sentenceOf } from '../../bridge/call.ts';
import { Tag } from '../../ui/tag.tsx';
import { Link } from './parts.tsx';
import { provenanceStrings } from './route-strings.ts';

const tones = { agree: 'ok', apart: 'bad', 'not-its-own': 'plain', unknown: 'plain' } as const;
const words = { agree: 'agree', apart: 'apart', 'not-its-own': 'not BIRD’s', unknown: 'not known' } as const;

export function Provenance({ at, route }: { readonly at: string; readonly route: Route }): ReactNode {
  const [answer, setAnswer] = useState<RouteProvenance | null>(null);
  useEffect(() => {
    let left = false;
    call('route.provenance', { at, route: routeKey(route) }).then(
      (provenance) => {
        if (!left) setAnswer(provenance);
      },
      (error: unknown) => {
        if (!left) setAnswer({ ok: false, sentence: sentenceOf(error) });
      },
    );
    return () => {
      left = true;
    };
  }, [at, route]);
  if (answer === null) return <p className="faint">{provenanceStrings.reading}</p>;
  if (!answer.ok) return <p className="bad-ink selectable">{answer.sentence}</p>;
  const { claims, session, bird, ipam, takeover } = answer;
  return (
    <div className="provenance" data-testid="route-provenance">
      {claims.map(({ by, sentence }, index) => (
        <p key={`${by} ${String(index)}`} className="selectable">
          {sentence}
        </p>
      ))}
      {session === null ? null : (
        <p>
          <Link to={{ kind: 'bgp', id: session.id }}>{session.name}</Link>
        </p>
      )}
      <h4>
        {provenanceStrings.bird} <Tag tone={tones[bird.verdict]}>{words[bird.verdict]}</Tag>
      </h4>
      <p className="selectable">{bird.sentence}</p>
      {ipam.length === 0 ? null : <h4>{provenanceStrings.ipam}</h4>}
      {ipam.map((sentence) => (
        <p key={sentence} className="selectable">
          {sentence}
        </p>
      ))}
      <h4>{provenanceStrings.without}</h4>
      <p className="selectable">{takeover.sentence}</p>
    </div>
  );
}
