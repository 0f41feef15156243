// Filtering by what one points at, from the menus of rows and of fields alike.
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { ChevronRight } from 'lucide-react';
import { filterStrings } from './filter-strings.ts';
import { type Combining, combined } from './row-filters.ts';
import { filterBy, useTable } from './table-state.ts';

export interface FilterChoice {
  readonly key: string;
  readonly text: string;
  readonly filter: string;
}

const ways: readonly Combining[] = ['only', 'not', 'and', 'and-not', 'or'];

/** One choice: the ways at once. Several: a menu of choices for each way. */
export function FilterItems({ choices }: { readonly choices: readonly FilterChoice[] }): ReactNode {
  const current = useTable((state) => state.filter);
  const offered = ways.filter((way) => current !== '' || way === 'only' || way === 'not');
  const [one] = choices;
  if (one === undefined) return null;
  if (choices.length === 1) {
    return offered.map((way) => <Choice key={way} way={way} choice={one} text={filterStrings.this[way]} />);
  }
  return offered.map((way) => (
    <DropdownMenu.Sub key={way}>
      <DropdownMenu.SubTrigger className="menu-item" data-testid={`filter-${way}`}>
        <span className="grow">{filterStrings.ways[way]}</span>
        <ChevronRight size={13} aria-hidden />
      </DropdownMenu.SubTrigger>
      <DropdownMenu.Portal>
        <DropdownMenu.SubContent className="menu" sideOffset={3}>
          {choices.map((choice) => (
            <Choice key={choice.key} way={way} choice={choice} text={choice.text} />
          ))}
        </DropdownMenu.SubContent>
      </DropdownMenu.Portal>
    </DropdownMenu.Sub>
  ));
}

function Choice({
  way,
  choice,
  text,
}: {
  readonly way: Combining;
  readonly choice: FilterChoice;
  readonly text: string;
}): ReactNode {
  return (
    <DropdownMenu.Item
      className="menu-item"
      data-testid={`filter-${way}-${choice.key}`}
      title={choice.filter}
      onSelect={() => {
        filterBy(combined(useTable.getState().filter, choice.filter, way));
      }}
    >
      <span className="truncate">{text}</span>
    </DropdownMenu.Item>
  );
}
