import type { ReactNode } from 'react';
import { ClipboardPaste } from 'lucide-react';
import { useSession } from '../../state/session.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { pasteStrings } from './strings.ts';
import './paste.css';

/** Always in sight while what is shown was pasted: that it is not live, and what to ask for next. */
export function PasteBanner(): ReactNode {
  const paste = useSession((state) => state.view.paste);
  if (paste === null) return null;
  const [next] = paste.missing;
  return (
    <div className="paste-banner" role="status" data-testid="paste-banner">
      <ClipboardPaste size={14} aria-hidden />
      <strong>{pasteStrings.banner}</strong>
      <span className="dim">{pasteStrings.readOnly}</span>
      <span className="grow" />
      {next === undefined ? null : (
        <span className="paste-next" title={next.sentence}>
          <span className="dim">{pasteStrings.next(next.about.name)}</span>
          <code data-testid="paste-next">{next.command}</code>
          <CopyButton text={next.command} label={pasteStrings.copy} />
        </span>
      )}
    </div>
  );
}
