import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { Copy } from 'lucide-react';
import type { PacketRow } from '../../../app/contract/watch.ts';
import { copyText } from '../../state/clipboard.ts';
import { MenuAt, type MenuPlace } from '../../ui/menu-at.tsx';
import { FilterItems } from './filter-menu.tsx';
import { filterStrings } from './filter-strings.ts';
import { rowFilters } from './row-filters.ts';
import { FollowItem } from './stream/follow-item.tsx';

/** What one can do with a packet of the table. */
export function RowMenu({
  at,
  row,
  onClose,
}: {
  readonly at: MenuPlace;
  readonly row: PacketRow;
  readonly onClose: () => void;
}): ReactNode {
  const filters = rowFilters(row);
  const choices = filters.map(({ what, about, filter }) => ({
    key: what,
    text: filterStrings.whats[what](about),
    filter,
  }));
  const conversation = filters.find(({ what }) => what === 'conversation') ?? filters[0];
  return (
    <MenuAt at={at} onClose={onClose} label={filterStrings.rowMenu} testId="row-menu">
      <FollowItem row={row} testId="row-follow" />
      <FilterItems choices={choices} />
      <DropdownMenu.Separator className="menu-separator" />
      {conversation === undefined ? null : (
        <CopyItem text={conversation.filter} what={filterStrings.copyFilter} testId="row-copy-filter" />
      )}
      <CopyItem text={summaryText(row)} what={filterStrings.copySummary} testId="row-copy-summary" />
    </MenuAt>
  );
}

function CopyItem({
  text,
  what,
  testId,
}: {
  readonly text: string;
  readonly what: string;
  readonly testId: string;
}): ReactNode {
  return (
    <DropdownMenu.Item
      className="menu-item"
      data-testid={testId}
      title={text}
      onSelect={() => {
        copyText(text);
      }}
    >
      <Copy size={13} aria-hidden />
      <span className="truncate">{what}</span>
    </DropdownMenu.Item>
  );
}

function summaryText({ number, source, destination, protocol, summary }: PacketRow): string {
  const end = ({ name, address, port }: PacketRow['source']): string =>
    [name === null ? address : `${name} (${address})`, ...(port === null ? [] : [String(port)])].join(
      ' port ',
    );
  return `${String(number)}  ${end(source)} → ${end(destination)}  ${protocol}  ${summary}`;
}
