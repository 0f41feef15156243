// "Where does an address go": asked of one node's routes, or of every node's, answered as the plate draws it, with who lost and why below.
import { type SubmitEvent, type ReactNode, useId, useState } from 'react';
import type {
  RouteEverywhere,
  RouteEverywhereRequest,
  RouteExplanation,
} from '../../../app/route/explanation.ts';
import { call } from '../../bridge/call.ts';
import { useAnswer } from '../../state/answer.ts';
import { useTopology } from '../../state/topology.ts';
import { Button } from '../../ui/button.tsx';
import { Section } from './parts.tsx';
import { whereToStrings } from './route-strings.ts';
import { WhereAnswer } from './where-answer.tsx';
import { WhereEverywhere } from './where-everywhere.tsx';

export interface AskedFrom {
  /** A node's label or a namespace's id; null: every node. */
  readonly at: string | null;
  /** A Pod's packets: its address, and the host end that they come in by. */
  readonly sources: readonly string[];
  readonly iif: string | null;
}

export function WhereTo({ from }: { readonly from: AskedFrom }): ReactNode {
  const [text, setText] = useState('');
  const [destination, setDestination] = useState<string | null>(null);
  const field = useId();
  const { at } = from;
  const source = sourceTo(text, from.sources);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const address = text.trim();
    setDestination(address === '' ? null : address);
  };
  return (
    <Section title={whereToStrings.title}>
      <form className="where-to" onSubmit={submit}>
        <label className="dim" htmlFor={field}>
          {at === null
            ? whereToStrings.fromEveryNode
            : source === null
              ? whereToStrings.fromNode(at)
              : whereToStrings.fromPod(source)}
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
      {destination === null ? null : at === null ? (
        <Everywhere destination={destination} />
      ) : (
        <Answer from={{ ...from, at }} destination={destination} />
      )}
    </Section>
  );
}

/** A Pod of two families sends to each from its address of that one. */
function sourceTo(destination: string, sources: readonly string[]): string | null {
  return sources.find((one) => one.includes(':') === destination.includes(':')) ?? sources[0] ?? null;
}

type From = AskedFrom & { readonly at: string };

function requestOf(
  destination: string,
  { sources, iif }: Pick<AskedFrom, 'sources' | 'iif'>,
): RouteEverywhereRequest {
  return {
    destination,
    source: sourceTo(destination, sources),
    iif,
    oif: null,
    mark: 0,
    proto: null,
    sport: 0,
    dport: 0,
  };
}

type Refused = { readonly ok: false; readonly sentence: string };

/** What `ask` answers; asked again whenever the routes may have changed. `key` stands for what is asked. */
function useRoutes<T extends { readonly ok: boolean }>(
  key: string,
  ask: () => Promise<T>,
): T | Refused | null {
  const forwarding = useTopology((state) => state.topology?.forwarding);
  const { answer, about, sentence } = useAnswer(key, ask, null, forwarding);
  if (sentence !== null) return { ok: false, sentence };
  return about === key ? answer : null;
}

function Answer({ from, destination }: { readonly from: From; readonly destination: string }): ReactNode {
  const request = { ...requestOf(destination, from), at: from.at };
  const answer = useRoutes<RouteExplanation>(JSON.stringify(request), () => call('route.explain', request));
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

function Everywhere({ destination }: { readonly destination: string }): ReactNode {
  const answer = useRoutes<RouteEverywhere>(destination, () =>
    call('route.everywhere', requestOf(destination, { sources: [], iif: null })),
  );
  return (
    <div role="status" data-testid="where-to-everywhere">
      {answer === null ? null : answer.ok ? (
        <WhereEverywhere
          answer={answer}
          why={(at) => <Answer from={{ at, sources: [], iif: null }} destination={destination} />}
        />
      ) : (
        <p className="bad-ink selectable">{answer.sentence}</p>
      )}
    </div>
  );
}
