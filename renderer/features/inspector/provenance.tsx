// Who is behind one route: what the kernel and BIRD say, Calico's pool and block, and what would follow without it.
import type { ReactNode } from 'react';
import { routeKey } from '../../../app/route/route-text.ts';
import type { Route } from '../../../app/topology/model.ts';
import { call } from '../../bridge/call.ts';
import { useAnswer } from '../../state/answer.ts';
import { Tag } from '../../ui/tag.tsx';
import { Link } from './parts.tsx';
import { provenanceStrings } from './route-strings.ts';
import { inspectorWords } from './strings.ts';

const tones = { agree: 'ok', apart: 'bad', 'not-its-own': 'plain', unknown: 'plain' } as const;
const words = inspectorWords.agreement;

export function Provenance({ at, route }: { readonly at: string; readonly route: Route }): ReactNode {
  const request = { at, route: routeKey(route) };
  const subject = JSON.stringify(request);
  const { answer, about, sentence } = useAnswer(
    subject,
    () => call('route.provenance', request),
    null,
    route,
  );
  if (sentence !== null) return <p className="bad-ink selectable">{sentence}</p>;
  if (answer === null || about !== subject) return <p className="faint">{provenanceStrings.reading}</p>;
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
