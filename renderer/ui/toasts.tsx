import { type ReactNode, useEffect, useState } from 'react';
import { X } from 'lucide-react';
import { useSession } from '../state/session.ts';
import { dismissToast, useUi } from '../state/ui.ts';
import { IconButton } from './button.tsx';

/** Time to read a sentence twice. What went wrong stays until somebody takes it away. */
const INFO_MS = 8_000;
/** Notices older than this when the page first sees them are history (the page was reloaded). */
const NEWS_MS = 60_000;

interface Toast {
  readonly id: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly sentence: string;
}

export function Toasts(): ReactNode {
  const own = useUi((state) => state.toasts);
  const notices = useSession((state) => state.view.notices);
  const [dismissed, setDismissed] = useState<ReadonlySet<number>>(new Set());
  const [opened] = useState(() => Date.now());
  const fromMain = notices
    .filter((notice) => !dismissed.has(notice.id) && notice.at > opened - NEWS_MS)
    .map((notice) => ({ ...notice, id: `main-${String(notice.id)}`, number: notice.id }));
  return (
    <div className="toasts" role="status" aria-live="polite" data-testid="notices">
      {fromMain.map((notice) => (
        <ToastView
          key={notice.id}
          toast={notice}
          onDismiss={() => {
            setDismissed((before) => new Set(before).add(notice.number));
          }}
        />
      ))}
      {own.map((toast) => (
        <ToastView
          key={toast.id}
          toast={toast}
          onDismiss={() => {
            dismissToast(toast.id);
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
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [level]);
  return (
    <div className={`toast ${level}`}>
      <p>{toast.sentence}</p>
      <IconButton label="Dismiss" small onClick={onDismiss}>
        <X size={13} aria-hidden />
      </IconButton>
    </div>
  );
}
