// What became of a paste: what is missing, what was recognised and of whom, the lines that were not read.
import { type ReactNode, useState } from 'react';
import { plainLines } from '../../../app/plain-text.ts';
import type { PasteReport, ReportedPiece } from '../../../app/paste/report.ts';
import { call, sentenceOf } from '../../bridge/call.ts';
import { useSession } from '../../state/session.ts';
import { tell } from '../../state/ui.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { pasteStrings } from './strings.ts';
import './paste.css';

const columns: readonly Column[] = [
  { name: pasteStrings.home, width: '18%' },
  { name: pasteStrings.command },
  { name: pasteStrings.from, width: '24%' },
  { name: pasteStrings.time, width: '230px' },
  { name: pasteStrings.action, width: '110px' },
];

export function PastedView(): ReactNode {
  const paste = useSession((state) => state.view.paste);
  if (paste === null) return <div className="empty">{pasteStrings.none}</div>;
  return (
    <div className="pasted" data-testid="pasted-view">
      <Missing report={paste} />
      <Notes notes={paste.notes} />
      <Pieces pieces={paste.pieces} />
      <Unread report={paste} />
    </div>
  );
}

function Missing({ report: { missing } }: { readonly report: PasteReport }): ReactNode {
  return (
    <section>
      <h3>{pasteStrings.missing}</h3>
      {missing.length === 0 ? <p className="dim">{pasteStrings.nothingMissing}</p> : null}
      <ol className="pasted-missing">
        {missing.map(({ about, sentence, command }) => (
          <li key={`${about.kind} ${about.name}`}>
            <span className="selectable">{sentence}</span>
            <span className="pasted-command">
              <code>{command}</code>
              <CopyButton text={command} label={pasteStrings.copy} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Notes({ notes }: { readonly notes: readonly string[] }): ReactNode {
  if (notes.length === 0) return null;
  return (
    <section>
      <h3>{pasteStrings.notes}</h3>
      <ul className="pasted-notes selectable">
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </section>
  );
}

function Pieces({ pieces }: { readonly pieces: readonly ReportedPiece[] }): ReactNode {
  const [shown, setShown] = useState<{ readonly id: string; readonly text: string } | null>(null);
  const show = (id: string): void => {
    if (shown?.id === id) {
      setShown(null);
      return;
    }
    call('evidence.read', { id })
      .then((read) => {
        if (read !== null) setShown({ id, text: read.output });
      })
      .catch((error: unknown) => {
        tell('error', sentenceOf(error));
      });
  };
  return (
    <section>
      <h3>{pasteStrings.pieces}</h3>
      <Table label={pasteStrings.pieces} columns={columns}>
        <tbody>
          {pieces.map(({ evidenceId, home, command, source, line, lastLine, at, dated, use }) => (
            <tr key={evidenceId}>
              <td>{home.name}</td>
              <td>
                <code>{command}</code>{' '}
                {use === 'kept' ? <span className="faint">{pasteStrings.kept}</span> : null}
              </td>
              <td className="dim">
                {source}:{line}–{lastLine}
              </td>
              <td className="dim">
                {new Date(at).toISOString().slice(0, 19).replace('T', ' ')}{' '}
                <span className="faint">{pasteStrings.dated[dated]}</span>
              </td>
              <td>
                <Button
                  small
                  look="quiet"
                  aria-expanded={shown?.id === evidenceId}
                  onClick={() => {
                    show(evidenceId);
                  }}
                >
                  {pasteStrings.show1}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
      {shown === null ? null : <pre className="pasted-text selectable">{plainLines(shown.text)}</pre>}
    </section>
  );
}

function Unread({ report: { unread, unreadCount } }: { readonly report: PasteReport }): ReactNode {
  return (
    <section>
      <h3>{unreadCount === 0 ? pasteStrings.allRead : pasteStrings.unread(unreadCount)}</h3>
      <ul className="pasted-unread selectable">
        {unread.map(({ source, line, text, why }) => (
          <li key={`${source}:${String(line)}`}>
            <span className="faint">
              {source}:{line}
            </span>
            <code>{text}</code>
            <span className="dim">{why}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
