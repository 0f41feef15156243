import { Popover } from 'radix-ui';
import type { ReactNode } from 'react';
import { IconButton } from './button.tsx';

/** A button above which something to read stands until it is done with. What closes it is wrapped in Radix' `Popover.Close`. */
export function PopoverButton({
  label,
  icon,
  name,
  align,
  children,
}: {
  readonly label: string;
  readonly icon: ReactNode;
  /** The button's test id, and the class of what is opened. */
  readonly name: string;
  readonly align: 'start' | 'end';
  readonly children: ReactNode;
}): ReactNode {
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <IconButton label={label} small data-testid={name}>
          {icon}
        </IconButton>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className={`menu ${name}`}
          align={align}
          side="top"
          sideOffset={5}
          collisionPadding={8}
          aria-label={label}
        >
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
