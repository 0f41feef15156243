// The way in for who has no SSH: a button, Ctrl+V on the start screen, a drop anywhere.
import { type ReactNode, useEffect, useState } from 'react';
import { ClipboardPaste } from 'lucide-react';
import { sentenceOf } from '../../bridge/call.ts';
import { droppedTexts, openPaste } from '../../state/open-paste.ts';
import { tell } from '../../state/ui.ts';
import { Button } from '../../ui/button.tsx';
import { PasteDialog } from './paste-dialog.tsx';
import { pasteStrings } from './strings.ts';
import './paste.css';

export function PasteButton(): ReactNode {
  const [first, setFirst] = useState<string | null>(null);
  useEffect(() => {
    const onPaste = (event: ClipboardEvent): void => {
      const into = event.target;
      if (into instanceof HTMLElement && into.closest('input, textarea, [contenteditable]') !== null) return;
      const text = event.clipboardData?.getData('text/plain') ?? '';
      if (text.trim() === '') return;
      event.preventDefault();
      setFirst(text);
    };
    window.addEventListener('paste', onPaste);
    return () => {
      window.removeEventListener('paste', onPaste);
    };
  }, []);
  return (
    <>
      <Button
        data-testid="paste-cluster"
        onClick={() => {
          setFirst('');
        }}
      >
        <ClipboardPaste size={15} aria-hidden /> {pasteStrings.open}
      </Button>
      <p className="faint">{pasteStrings.hint}</p>
      {first === null ? null : (
        <PasteDialog
          first={first}
          onClose={() => {
            setFirst(null);
          }}
        />
      )}
    </>
  );
}

/** Takes files and folders wherever they are dropped, whatever is open. */
export function DropZone(): ReactNode {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
    const onOver = (event: DragEvent): void => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent): void => {
      setOver(false);
      if (event.dataTransfer === null || !holdsFiles(event)) return;
      event.preventDefault();
      droppedTexts(event.dataTransfer)
        .then(openPaste)
        .catch((error: unknown) => {
          tell('error', sentenceOf(error));
        });
    };
    window.addEventListener('dragover', onOver);
    window.addEventListener('dragleave', onLeave);
    window.addEventListener('drop', onDrop);
    return () => {
      window.removeEventListener('dragover', onOver);
      window.removeEventListener('dragleave', onLeave);
      window.removeEventListener('drop', onDrop);
    };
  }, []);
  return over ? (
    <div className="drop-zone" role="status">
      {pasteStrings.drop}
    </div>
  ) : null;
}
