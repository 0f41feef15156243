import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { MessagesSquare } from 'lucide-react';
import type { PacketRow } from '../../../../app/contract/watch.ts';
import { followStream } from './followed.ts';
import { streamStrings } from './stream-strings.ts';

/** In a packet's menu, if it is of TCP: what both ends said. */
export function FollowItem({ row, testId }: { readonly row: PacketRow; readonly testId: string }): ReactNode {
  if (row.transport !== 'tcp') return null;
  return (
    <>
      <DropdownMenu.Item
        className="menu-item"
        data-testid={testId}
        onSelect={() => {
          followStream(row.number);
        }}
      >
        <MessagesSquare size={13} aria-hidden />
        <span className="truncate">{streamStrings.follow}</span>
      </DropdownMenu.Item>
      <DropdownMenu.Separator className="menu-separator" />
    </>
  );
}
