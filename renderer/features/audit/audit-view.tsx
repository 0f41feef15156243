import { type ReactNode, useDeferredValue, useState } from 'react';
import type { AuditFormat, AuditRow } from '../../../app/contract/audit.ts';
import { call, sentenceOf } from '../../bridge/call.ts';
import { useAnswer } from '../../state/answer.ts';
import { clockText } from '../../state/text.ts';
import { Button } from '../../ui/button.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Tag } from '../../ui/tag.tsx';
import { auditStrings } from './strings.ts';

const EVERY_MS = 2_000;
/** More than anybody reads; the export has all of them. */
const MOST = 300;
const { when, node, login, what, took, outcome, received } = auditStrings.columns;
const columns: readonly Column[] = [
  { name: when, width: '92px' },
  { name: node, width: '14%' },
  { name: login, width: '15%' },
  { name: what },
  { name: took, width: '76px', number: true },
  { name: outcome, width: '16%' },
  { name: received, width: '104px', number: true },
];
const formats: readonly AuditFormat[] = ['csv', 'jsonl'];

export function AuditView(): ReactNode {
  const [text, setText] = useState('');
  const filter = useDeferredValue(text);
  // What runs is not told by itself.
  const { answer: list, sentence } = useAnswer(
    filter,
    () => call('audit.list', { filter, most: MOST }),
    EVERY_MS,
  );
  const [told, setTold] = useState('');
  const exportAs = (format: AuditFormat): void => {
    call('audit.export', { filter, format }).then(
      (done) => {
        setTold(done.ok ? auditStrings.written(done.rows, done.file) : done.sentence);
      },
      (error: unknown) => {
        setTold(sentenceOf(error));
      },
    );
  };
  const trouble = sentence ?? list?.trouble ?? null;
  return (
    <div className="dock-tab">
      <div className="dock-bar">
        <input
          className="input"
          type="search"
          placeholder={auditStrings.filter}
          aria-label={auditStrings.filter}
          maxLength={200}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
          }}
        />
        <span className="faint truncate" role="status">
          {told === '' ? (list === null ? '' : auditStrings.count(list.rows.length, list.matching)) : told}
        </span>
        <span className="dock-aside" title={list?.file ?? ''}>
          {list === null || list.file === null ? '' : auditStrings.writes(list.file)}
        </span>
        {formats.map((format) => (
          <Button
            key={format}
            small
            onClick={() => {
              exportAs(format);
            }}
          >
            {auditStrings.export[format]}
          </Button>
        ))}
      </div>
      {trouble === null ? null : <p className="dock-warning selectable">{trouble}</p>}
      {list === null ? (
        <div className="empty">{auditStrings.waiting}</div>
      ) : list.rows.length === 0 ? (
        <div className="empty">{list.kept === 0 ? auditStrings.none : auditStrings.noMatch}</div>
      ) : (
        <div className="dock-rows" data-testid="audit-list">
          <Table label={auditStrings.label} columns={columns}>
            <tbody>
              {list.rows.map((row) => (
                <Line key={row.id} row={row} />
              ))}
            </tbody>
          </Table>
        </div>
      )}
    </div>
  );
}

function Line({ row }: { readonly row: AuditRow }): ReactNode {
  const who = row.by === 'sudo' ? `${row.login}, ${auditStrings.sudo}` : row.login;
  const atNode = row.nodeStartedAt === null ? '' : auditStrings.nodeClock(clockText(row.nodeStartedAt));
  return (
    <tr>
      <td className="mono" title={atNode}>
        {clockText(row.startedAt)}
      </td>
      <td className="truncate">{row.node}</td>
      <td className="truncate" title={auditStrings.tier(row.tier)}>
        {who} <span className="faint">{row.tier === null ? '' : auditStrings.tier(row.tier)}</span>
      </td>
      <td className="mono truncate selectable" title={row.what}>
        {row.kind === 'command' ? null : <Tag>{row.kind}</Tag>} {row.what}
      </td>
      <td className="mono number">{row.endedAt === null ? '' : tookText(row.endedAt - row.startedAt)}</td>
      <td className="truncate" title={row.outcome ?? auditStrings.running}>
        <Outcome outcome={row.outcome} />
      </td>
      <td className="mono number">{row.received === null ? '' : `${row.received.toLocaleString('en')} B`}</td>
    </tr>
  );
}

function Outcome({ outcome }: { readonly outcome: string | null }): ReactNode {
  if (outcome === null) return <span className="dim">{auditStrings.running}</span>;
  const fine = outcome === 'exit 0' || outcome.startsWith('ended');
  return fine ? outcome : <Tag tone="warn">{outcome}</Tag>;
}

/** "250 ms", "12.5 s". */
function tookText(ms: number): string {
  return ms < 1_000 ? `${String(Math.round(ms))} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
