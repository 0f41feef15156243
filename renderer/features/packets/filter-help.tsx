import { Popover } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { CircleHelp } from 'lucide-react';
import { IconButton } from '../../ui/button.tsx';
import { filterStrings } from './filter-strings.ts';
import { filterBy } from './table-state.ts';

/** Filters that an operator wants at night, each one click away. */
export function FilterHelp(): ReactNode {
  const [open, setOpen] = useState(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <IconButton label={filterStrings.help} small data-testid="filter-help">
          <CircleHelp size={13} aria-hidden />
        </IconButton>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="menu filter-help"
          align="start"
          side="top"
          sideOffset={5}
          collisionPadding={8}
          aria-label={filterStrings.help}
        >
          <p>{filterStrings.helpWhy}</p>
          <ul>
            {filterStrings.examples.map(({ filter, what }) => (
              <li key={filter}>
                <button
                  type="button"
                  className="filter-example"
                  onClick={() => {
                    setOpen(false);
                    filterBy(filter);
                  }}
                >
                  <span>{what}</span>
                  <code className="truncate">{filter}</code>
                </button>
              </li>
            ))}
          </ul>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
