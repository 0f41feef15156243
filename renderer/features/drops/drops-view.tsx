import { type ReactNode, useState } from 'react';
import type { DropRowView, DropsView as Drops } from '../../../app/contract/drops-view.ts';
import { useAsked } from '../../state/asked.ts';
import { select } from '../../state/selection.ts';
import { nodeClockText } from '../../state/text.ts';
import { useTopology } from '../../state/topology.ts';
import { indexOf } from '../../state/topology-index.ts';
import { Sparkline } from '../../ui/sparkline.tsx';
import { type Column, Table } from '../../ui/table.tsx';

import { dropsStrings } from './strings.ts';
import './drops.css';

const EVERY_MS = 2_000;
const heads = dropsStrings.columns;
const columns: readonly Column[] = [
  { name: heads.packets, width: '78px', number: true },
  { name: heads.node, width: '12%' },
  { name: heads.where, width: '19%' },
  { name: heads.why },
  { name: heads.sender, width: '16%' },
  { name: heads.spark, width: '104px' },
  { name: heads.last, width: '72px' },
  { name: heads.total, width: '76px', number: true },
];
const windows = [10, 60, 600] as const;
/** More than anybody reads; the engine says how many it left out, too. */
const MOST_ROWS = 200;

interface Row {
  readonly label: string;
  readonly row: DropRowView;
}

const keyOf = ({ label, row }: Row): string =>
  `${label} ${row.place.kind} ${row.place.name} ${row.reason} ${row.device ?? ''}`;

export function DropsView(): ReactNode {
  const [seconds, setSeconds] = useState<(typeof windows)[number]>(60);
  const [open, setOpen] = useState<string | null>(null);
  const { answer, sentence } = useAsked('drops.view', { label: null, seconds }, EVERY_MS);
  const all = (answer?.nodes ?? []).flatMap(({ label, rows }) => rows.map((row): Row => ({ label, row })));
  const now = all.filter(({ row }) => row.packets > 0).toSorted((a, b) => b.row.packets - a.row.packets);
  const earlier = all
    .filter(({ row }) => row.packets === 0)
    .toSorted((a, b) => b.row.lastAt.s - a.row.lastAt.s);
  const shown = [...now, ...earlier].slice(0, MOST_ROWS);
  const more = all.length - shown.length + (answer?.nodes ?? []).reduce((sum, node) => sum + node.more, 0);
  return (
    <div className="dock-tab">
      <div className="dock-bar">
        <div className="segments" role="group" aria-label={dropsStrings.window}>
          {windows.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={seconds === each}
              onClick={() => {
                setSeconds(each);
              }}
            >
              {dropsStrings.windows[each]}
            </button>
          ))}
        </div>
        <span className="dock-aside">{sentence ?? dropsStrings.pace}</span>
      </div>
      {answer === null ? (
        <div className="empty">{sentence ?? dropsStrings.waiting}</div>
      ) : answer.nodes.length === 0 ? (
        <div className="empty">{dropsStrings.noNodes}</div>
      ) : (
        <div className="dock-rows" data-testid="drops-list">
          {now.length === 0 ? (
            <p className="drops-none" data-testid="drops-none">
              {dropsStrings.none(dropsStrings.windows[seconds])}
            </p>
          ) : null}
          {shown.length === 0 ? null : (
            <Table label={dropsStrings.label} columns={columns}>
              <tbody>
                {shown.map((each) => (
                  <DropLines
                    key={keyOf(each)}
                    {...each}
                    open={open === keyOf(each)}
                    toggle={() => {
                      setOpen(open === keyOf(each) ? null : keyOf(each));
                    }}
                  />
                ))}
              </tbody>
            </Table>
          )}
          {more > 0 ? <p className="drops-none faint">{dropsStrings.more(more)}</p> : null}
          <QuietNodes nodes={answer.nodes} />
        </div>
      )}
    </div>
  );
}

function DropLines({
  label,
  row,
  open,
  toggle,
}: Row & { readonly open: boolean; readonly toggle: () => void }): ReactNode {
  return (
    <>
      <tr
        className={`opens drops-row ${row.packets === 0 ? 'earlier' : ''}`}
        data-testid={`drop-${row.reason}`}
        onClick={toggle}
      >
        <td className="mono number">{row.packets === 0 ? '–' : row.packets.toLocaleString('en')}</td>
        <td className="truncate">{label}</td>
        <td className="truncate">
          <Place label={label} row={row} />
        </td>
        <td className="truncate">
          <button
            type="button"
            className="drops-why"
            aria-expanded={open}
            title={row.title}
            onClick={(event) => {
              event.stopPropagation();
              toggle();
            }}
          >
            {row.title}
          </button>
        </td>
        <td className="dim truncate" title={row.sender}>
          {row.sender}
        </td>
        <td>
          {row.packets === 0 ? null : <Sparkline parts={row.spark} label={dropsStrings.spark(row.packets)} />}
        </td>
        <td className="mono dim">{nodeClockText(row.lastAt)}</td>
        <td className="mono number dim">{row.total.toLocaleString('en')}</td>
      </tr>
      {open ? (
        <tr className="drops-detail">
          <td />
          <td colSpan={7}>
            <p className="selectable">
              <strong>{dropsStrings.look}</strong> {row.look}
            </p>
            {row.notes.map((note) => (
              <p key={note} className="selectable">
                {note}
              </p>
            ))}
            <p className="selectable">
              <strong>{dropsStrings.proof}</strong>{' '}
              {row.proof.map(({ counter, rise }) => (
                <span key={counter} className="mono drops-proof">
                  {counter} +{rise.toLocaleString('en')}
                </span>
              ))}
            </p>
          </td>
        </tr>
      ) : null}
    </>
  );
}

/** Leads to the Pod, or to the interface of the node. */
function Place({ label, row }: Row): ReactNode {
  const topology = useTopology((state) => state.topology);
  const { place, device } = row;
  const words = [place.kind === 'node' ? (device === null ? 'the node itself' : null) : place.name, device]
    .filter((word) => word !== null)
    .join(' · ');
  const node = topology === null ? undefined : indexOf(topology).nodes.find((each) => each.label === label);
  const go = (): void => {
    const link =
      node === undefined || topology === null || place.kind !== 'node'
        ? undefined
        : (indexOf(topology).interfacesOf.get(node.rootNetns) ?? []).find((each) => each.name === device);
    if (place.podId !== null) select({ kind: 'pod', id: place.podId });
    else if (link !== undefined) select({ kind: 'interface', id: link.id });
    else if (node !== undefined) select({ kind: 'node', id: node.id });
  };
  return (
    <button
      type="button"
      className="link truncate"
      title={words}
      onClick={(event) => {
        event.stopPropagation();
        go();
      }}
    >
      {words}
    </button>
  );
}

/** That nothing was dropped is said as plainly, with since when; and what is not known. */
function QuietNodes({ nodes }: { readonly nodes: Drops['nodes'] }): ReactNode {
  const told = nodes.filter(({ rows, sentence }) => rows.length === 0 || sentence !== null);
  if (told.length === 0) return null;
  return (
    <ul className="drops-quiet" data-testid="drops-quiet">
      {told.map(({ label, since, rows, sentence }) => (
        <li key={label} className="selectable">
          <strong>{label}</strong>{' '}
          {sentence ?? (rows.length === 0 && since !== null ? dropsStrings.quiet(nodeClockText(since)) : '')}
        </li>
      ))}
    </ul>
  );
}
