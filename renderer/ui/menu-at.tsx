import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';

/** Where the pointer was, in the page. */
export interface MenuPlace {
  readonly x: number;
  readonly y: number;
}

/** A menu that stands open at a place until it is done with. */
export function MenuAt({
  at,
  onClose,
  label,
  testId,
  children,
}: {
  readonly at: MenuPlace;
  readonly onClose: () => void;
  readonly label: string;
  readonly testId: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <DropdownMenu.Root
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <DropdownMenu.Trigger asChild>
        <span style={{ position: 'fixed', left: at.x, top: at.y, width: 1, height: 1 }} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className="menu"
          align="start"
          sideOffset={2}
          aria-label={label}
          data-testid={testId}
          onCloseAutoFocus={(event) => {
            // What it was opened from gets the focus, not the pointer's place.
            event.preventDefault();
          }}
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
