import { type ReactNode, useEffect } from 'react';
import { X } from 'lucide-react';
import { Button, IconButton } from './button.tsx';
import './toasts.css';
import { toastStrings } from './strings.ts';

/** Time to read a sentence twice. What went wrong stays until somebody takes it away. */
const INFO_MS = 8_000;
/** More would hide the window they tell of. */
const SHOWN = 3;

export interface Toast {
  readonly id: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly sentence: string;
}

/** The latest few; the others are counted, and come up as these are taken away. */
export function ToastStack({
  toasts,
  onDismiss,
}: {
  /** Oldest first. */
  readonly toasts: readonly Toast[];
  readonly onDismiss: (ids: readonly string[]) => void;
}): ReactNode {
  const hidden = toasts.slice(0, -SHOWN);
  return (
    <div className="toasts" role="status" aria-live="polite" data-testid="notices">
      {hidden.length === 0 ? null : (
        <div className="toast more">
          <p>{toastStrings.more(hidden.length)}</p>
          <Button
            look="quiet"
            small
            onClick={() => {
              onDismiss(toasts.map(({ id }) => id));
            }}
          >
            {toastStrings.dismissAll}
          </Button>
        </div>
      )}
      {toasts.slice(-SHOWN).map((toast) => (
        <ToastView
          key={toast.id}
          toast={toast}
          onDismiss={() => {
            onDismiss([toast.id]);
          }}
        />
      ))}
    </div>
  );
}

function ToastView({
  toast,
  onDismiss,
}: {
  readonly toast: Toast;
  readonly onDismiss: () => void;
}): ReactNode {
  const { level } = toast;
  useEffect(() => {
    if (level !== 'info') return;
    const timer = setTimeout(onDismiss, INFO_MS);
    return () => {
      clearTimeout(timer);
    };
    // One timer a toast: the callback's identity changes with every render and means the same.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [level]);
  return (
    <div className={`toast ${level}`}>
      <p>{toast.sentence}</p>
      <IconButton label={toastStrings.dismiss} small onClick={onDismiss}>
        <X size={13} aria-hidden />
      </IconButton>
    </div>
  );
}
