import { Dialog as RadixDialog } from 'radix-ui';
import type { ReactNode } from 'react';

/** A question that stops everything else. `onDismiss` is Escape: it must be the safe answer. */
export function Dialog({
  title,
  testId,
  onDismiss,
  wide = false,
  children,
}: {
  readonly title: string;
  readonly testId: string;
  readonly onDismiss: () => void;
  /** It shows lists and commands. */
  readonly wide?: boolean;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <RadixDialog.Root
      open
      onOpenChange={(open) => {
        if (!open) onDismiss();
      }}
    >
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="scrim" />
        <RadixDialog.Content
          className={wide ? 'dialog wide' : 'dialog'}
          data-testid={testId}
          aria-describedby={undefined}
          onPointerDownOutside={(event) => {
            // A stray click is no answer.
            event.preventDefault();
          }}
        >
          <RadixDialog.Title asChild>
            <h2>{title}</h2>
          </RadixDialog.Title>
          {children}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}
