// "Where does an address go": asked of the node's routes, answered as the plate draws it, with who lost and why below.
import { type SubmitEvent, type ReactNode, useEffect, useId, useState } from 'react';
import type { RouteExplainRequest, RouteExplanation } from '../../../app/route/explanation.ts';
import { call, sentenceOf } from '../../bridge/call.ts';
import { useTopology } from '../../state/topology.ts';
import { Button } from '../../ui/button.tsx';
import { Section } from './parts.tsx';
import { whereToStrings } from './route-strings.ts';
import { WhereAnswer } from './where-answer.tsx';

export interface AskedFrom {
  /** A node's label or a namespace's id. */
  readonly at: string;
  /** A Pod's packets: its address, and the host end that they come in by. */
  readonly source: string | null;
  readonly iif: string | null;
}

export function WhereTo({ from }: { readonly from: AskedFrom }): ReactNode {
  const [text, setText] = useState('');
  const [destination, setDestination] = useState<string | null>(null);
  const field = useId();
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const address = text.trim();
    setDestination(address === '' ? null : address);
  };
  return (
    <Section title={whereToStrings.title}>
      <form className="where-to" onSubmit={submit}>
        <label className="dim" htmlFor={field}>
          {from.source === null ? whereToStrings.fromNode(from.at) : whereToStrings.fromPod(from.source)}
        </label>
        <span className="where-to-field">
          <input
            id={field}
            className="mono"
            data-testid="where-to"
            value={text}
            placeholder={whereToStrings.placeholder}
            maxLength={64}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => {
              setText(event.target.value);
            }}
          />
          <Button type="submit" small>
            {whereToStrings.ask}
          </Button>
        </span>
      </form>
      {destination === null ? null : <Answer from={from} destination={destination} />}
    </Section>
  );
}

/** Asked again whenever the routes may have changed. */
function Answer({
  from,
  destination,
}: {
  readonly from: AskedFrom;
  readonly destination: string;
}): ReactNode {
  const forwarding = useTopology((state) => state.topology?.forwarding);
  const [answer, setAnswer] = useState<RouteExplanation | null>(null);
  const { at, source, iif } = from;
  useEffect(() => {
    let left = false;
    const request: RouteExplainRequest = {
      at,
      destination,
      source,
      iif,
      oif: null,
      mark: 0,
      proto: null,
      sport: 0,
      dport: 0,
    };
    call('route.explain', request).then(
      (explanation) => {
        if (!left) setAnswer(explanation);
      },
      (error: unknown) => {
        if (!left) setAnswer({ ok: false, sentence: sentenceOf(error) });
      },
    );
    return () => {
      left = true;
    };
  }, [at, source, iif, destination, forwarding]);
  return (
    <div role="status" data-testid="where-to-answer">
      {answer === null ? null : answer.ok ? (
        <WhereAnswer explanation={answer} />
      ) : (
        <p className="bad-ink selectable">{answer.sentence}</p>
      )}
    </div>
  );
}
