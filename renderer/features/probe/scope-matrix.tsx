// The matrix of a scope: a row for each two who are tried, a column for each kind of packet; what a cell says in full stands below it.
import { type ReactNode, useState } from 'react';
import { Check, CircleHelp, X } from 'lucide-react';
import type { ScopeCell, ScopeParty } from '../../../app/trace/probe-model.ts';
import type { Scoped } from '../../state/scope.ts';
import { cellResult, type CellResult, scopeRows } from './scope-rows.ts';
import { scopeStrings } from './scope-strings.ts';

const icons: Readonly<Record<CellResult, typeof Check>> = { passes: Check, fails: X, unknown: CircleHelp };

export function ScopeMatrix({ answer }: { readonly answer: Scoped }): ReactNode {
  const { columns, rows } = scopeRows(answer.cells);
  const [chosen, choose] = useState<string | null>(null);
  const directions = [...new Set(columns.map(({ direction }) => direction))];
  const beginsAt = (at: number): string =>
    columns[at]?.direction === columns[at - 1]?.direction ? '' : 'scope-first';
  const opened = answer.cells.find((cell) => keyOf(cell) === chosen) ?? null;
  return (
    <>
      <table className="scope-matrix" data-testid="scope-matrix">
        <caption className="visually-hidden">{scopeStrings.matrix}</caption>
        <thead>
          <tr>
            <th scope="col" rowSpan={2}>
              {scopeStrings.who}
            </th>
            {directions.map((direction) => (
              <th
                key={direction}
                scope="colgroup"
                className="scope-first"
                colSpan={columns.filter((column) => column.direction === direction).length}
              >
                {scopeStrings.directions[direction]}
              </th>
            ))}
          </tr>
          <tr>
            {columns.map((column, at) => (
              <th key={column.key} scope="col" className={beginsAt(at)}>
                {column.words}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <th scope="row" className="mono">
                <Party name={row.aName} party={row.a} /> ↔ <Party name={row.bName} party={row.b} />
              </th>
              {row.cells.map((cell, at) => (
                <td key={columns[at]?.key ?? at} className={beginsAt(at)}>
                  {cell === null ? null : (
                    <Cell
                      cell={cell}
                      by={answer.by}
                      open={keyOf(cell) === chosen}
                      toggle={() => {
                        choose(keyOf(cell) === chosen ? null : keyOf(cell));
                      }}
                    />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="scope-said selectable" role="status">
        {opened !== null ? (
          saidOf(opened)
        ) : (
          <span className="faint">
            {scopeStrings.choose}
            {answer.cells.some((cell) => differs(cell, answer.by)) ? ` ${scopeStrings.differsSign}` : null}
          </span>
        )}
      </p>
    </>
  );
}

/** Those that are asked about stand out; of the others one reads who they are. */
function Party({ name, party }: { readonly name: string; readonly party: ScopeParty }): ReactNode {
  return (
    <span className={party === 'asked' ? '' : 'faint'} title={scopeStrings.parties[party]}>
      {name}
      <span className="visually-hidden"> ({scopeStrings.parties[party]})</span>
    </span>
  );
}

function Cell({
  cell,
  by,
  open,
  toggle,
}: {
  readonly cell: ScopeCell;
  readonly by: Scoped['by'];
  readonly open: boolean;
  readonly toggle: () => void;
}): ReactNode {
  const result = cellResult(cell, by);
  const Icon = icons[result];
  const isOther = differs(cell, by);
  return (
    <button
      type="button"
      className={`scope-cell ${result}`}
      aria-pressed={open}
      aria-label={`${saidShortly(cell)}: ${scopeStrings.results[result]}${isOther ? `, ${scopeStrings.differs}` : ''}`}
      title={cell.probedWhy ?? cell.predictedWhy}
      data-result={result}
      onClick={toggle}
    >
      <Icon size={14} aria-hidden />
      {isOther ? <span aria-hidden="true">≠</span> : null}
    </button>
  );
}

/** Packets and the trace say different things: that is what one came for. */
function differs(cell: ScopeCell, by: Scoped['by']): boolean {
  const result = cellResult(cell, by);
  return cell.probed !== null && result !== 'unknown' && result !== cellResult(cell, 'model');
}

function keyOf({ direction, from, to, proto, size }: ScopeCell): string {
  return [direction, from, to, proto, size].join(' ');
}

function saidShortly({ fromName, toName, proto, port, bytes }: ScopeCell): string {
  return `${fromName} → ${toName}, ${scopeStrings.kind(proto, port, bytes)}`;
}

function saidOf(cell: ScopeCell): string {
  const { probedWhy, predictedWhy } = cell;
  const trace = predictedWhy === '' ? '' : ` ${scopeStrings.trace} ${predictedWhy}`;
  return `${saidShortly(cell)}. ${probedWhy ?? ''}${trace}`;
}
