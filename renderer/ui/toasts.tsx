import { type ReactNode, useState } from 'react';
import { useSession } from '../state/session.ts';
import { dismissToast, useUi } from '../state/ui.ts';
import { ToastStack } from './toast-stack.tsx';

/** Notices older than this when the page first sees them are history (the page was reloaded). */
const NEWS_MS = 60_000;

/** What main has to tell, and what the page has. */
export function Toasts(): ReactNode {
  const own = useUi((state) => state.toasts);
  const notices = useSession((state) => state.view.notices);
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const [opened] = useState(() => Date.now());
  const fromMain = notices
    .filter((notice) => notice.at > opened - NEWS_MS)
    .map((notice) => ({ ...notice, id: `main-${String(notice.id)}` }))
    .filter(({ id }) => !dismissed.has(id));
  return (
    <ToastStack
      toasts={[...fromMain, ...own].toSorted((a, b) => a.at - b.at)}
      onDismiss={(ids) => {
        setDismissed((before) => new Set([...before, ...ids]));
        for (const id of ids) dismissToast(id);
      }}
    />
  );
}
