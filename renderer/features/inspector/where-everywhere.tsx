// An address from every node: a row each, those from which it goes nowhere first; a row unfolds to why the other routes lose there.
import { type ReactNode, useState } from 'react';
import type { RouteEverywhere } from '../../../app/route/explanation.ts';
import { Tag } from '../../ui/tag.tsx';
import { whereToStrings } from './route-strings.ts';
import { tones, words } from './where-answer.tsx';

type Answer = Extract<RouteEverywhere, { ok: true }>;
type Row = Answer['rows'][number];

export function WhereEverywhere({
  answer: { rows, more },
  why,
}: {
  readonly answer: Answer;
  /** The whole answer of one node. */
  readonly why: (at: string) => ReactNode;
}): ReactNode {
  const lost = rows.filter(({ verdict }) => verdict !== null && tones[verdict] === 'bad').length;
  const unknown = more + rows.filter(({ verdict }) => verdict === null).length;
  return (
    <>
      <p className={lost === 0 ? 'dim' : 'bad-ink'}>
        {whereToStrings.everywhere(rows.length + more - unknown, lost)}
        {unknown === 0 ? null : ` ${whereToStrings.notKnown(unknown)}`}
      </p>
      <ul className="where-nodes">
        {rows.map((row) => (
          <NodeRow key={row.nodeId} row={row} why={why} />
        ))}
        {more === 0 ? null : <li className="faint">{whereToStrings.more(more)}</li>}
      </ul>
    </>
  );
}

function NodeRow({ row, why }: { readonly row: Row; readonly why: (at: string) => ReactNode }): ReactNode {
  const [open, setOpen] = useState(false);
  const { at, verdict, sentence, route } = row;
  return (
    <li>
      <button
        type="button"
        className="where-node"
        aria-expanded={open}
        onClick={() => {
          setOpen(!open);
        }}
      >
        <span className="where-verdict">
          <span className="faint" aria-hidden>
            {open ? '▾' : '▸'}
          </span>
          <strong>{at}</strong>
          {verdict === null || open ? null : <Tag tone={tones[verdict]}>{words[verdict]}</Tag>}
        </span>
        {open ? null : (
          <span className={route === null ? 'dim' : 'mono dim'} title={sentence}>
            {route ?? sentence}
          </span>
        )}
      </button>
      {open ? why(at) : null}
    </li>
  );
}
