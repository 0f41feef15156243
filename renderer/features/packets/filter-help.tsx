import { Popover } from 'radix-ui';
import type { ReactNode } from 'react';
import { CircleHelp } from 'lucide-react';
import { PopoverButton } from '../../ui/popover-button.tsx';
import { filterStrings } from './filter-strings.ts';
import { filterBy } from './table-state.ts';

/** Filters that an operator wants at night, each one click away. */
export function FilterHelp(): ReactNode {
  return (
    <PopoverButton
      label={filterStrings.help}
      icon={<CircleHelp size={13} aria-hidden />}
      name="filter-help"
      align="start"
    >
      <p>{filterStrings.helpWhy}</p>
      <ul>
        {filterStrings.examples.map(({ filter, what }) => (
          <li key={filter}>
            <Popover.Close asChild>
              <button
                type="button"
                className="filter-example"
                onClick={() => {
                  filterBy(filter);
                }}
              >
                <span>{what}</span>
                <code className="truncate">{filter}</code>
              </button>
            </Popover.Close>
          </li>
        ))}
      </ul>
    </PopoverButton>
  );
}
