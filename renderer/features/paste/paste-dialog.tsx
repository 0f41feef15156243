import { type ReactNode, type SyntheticEvent, useState } from 'react';
import { Plus, X } from 'lucide-react';
import { openPaste, pastedText } from '../../state/open-paste.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { pasteStrings } from './strings.ts';

interface Draft {
  readonly key: number;
  readonly text: string;
  readonly place: string;
}

export function PasteDialog({
  first,
  onClose,
}: {
  readonly first: string;
  readonly onClose: () => void;
}): ReactNode {
  const [drafts, setDrafts] = useState<readonly Draft[]>([{ key: 0, text: first, place: '' }]);
  const [reading, setReading] = useState(false);
  const change = (key: number, by: Partial<Draft>): void => {
    setDrafts(drafts.map((draft) => (draft.key === key ? { ...draft, ...by } : draft)));
  };
  const filled = drafts.filter(({ text }) => text.trim() !== '');
  const onSubmit = (event: SyntheticEvent): void => {
    event.preventDefault();
    setReading(true);
    const texts = filled.map(({ text, place }, at) => pastedText(text, `paste ${String(at + 1)}`, place));
    void openPaste(texts).then((opened) => {
      setReading(false);
      if (opened) onClose();
    });
  };
  return (
    <Dialog title={pasteStrings.title} testId="paste-dialog" onDismiss={onClose}>
      <form onSubmit={onSubmit} className="paste-form">
        <p>{pasteStrings.about}</p>
        {drafts.map(({ key, text, place }, at) => (
          <fieldset key={key} className="paste-draft">
            <textarea
              className="input mono"
              autoFocus={at === drafts.length - 1}
              spellCheck={false}
              rows={8}
              aria-label={pasteStrings.text(at + 1)}
              placeholder={pasteStrings.example}
              value={text}
              onChange={(event) => {
                change(key, { text: event.target.value });
              }}
            />
            <div className="paste-draft-bar">
              <input
                className="input"
                aria-label={pasteStrings.place}
                placeholder={pasteStrings.place}
                maxLength={255}
                value={place}
                onChange={(event) => {
                  change(key, { place: event.target.value });
                }}
              />
              {drafts.length > 1 ? (
                <IconButton
                  label={pasteStrings.remove(at + 1)}
                  small
                  onClick={() => {
                    setDrafts(drafts.filter((draft) => draft.key !== key));
                  }}
                >
                  <X size={13} aria-hidden />
                </IconButton>
              ) : null}
            </div>
          </fieldset>
        ))}
        <Button
          small
          look="quiet"
          onClick={() => {
            const key = 1 + drafts.reduce((most, draft) => Math.max(most, draft.key), 0);
            setDrafts([...drafts, { key, text: '', place: '' }]);
          }}
        >
          <Plus size={13} aria-hidden /> {pasteStrings.another}
        </Button>
        <div className="actions">
          <Button onClick={onClose}>{pasteStrings.cancel}</Button>
          <Button look="primary" type="submit" disabled={filled.length === 0 || reading}>
            {reading ? pasteStrings.reading : pasteStrings.show}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
