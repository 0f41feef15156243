import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import type { PacketDetail } from '../../../app/contract/packet-detail.ts';
import { CopyItems } from './copy-menu.tsx';
import { useDetail } from './detail-state.ts';
import { detailStrings } from './detail-strings.ts';
import { MenuAt, type MenuPlace } from '../../ui/menu-at.tsx';
import { FilterItems } from './filter-menu.tsx';
import { FollowItem } from './stream/follow-item.tsx';

export interface DetailMenuAt extends MenuPlace {
  readonly node: number;
}

/** What one can do with a field of the packet. */
export function DetailMenu({
  detail,
  at,
  onClose,
}: {
  readonly detail: PacketDetail;
  readonly at: DetailMenuAt | null;
  readonly onClose: () => void;
}): ReactNode {
  const row = useDetail((state) => state.packet?.row);
  const node = at === null ? undefined : detail.nodes[at.node];
  if (at === null || node === undefined) return null;
  const { filter } = node;
  return (
    <MenuAt at={at} onClose={onClose} label={detailStrings.fieldMenu(node.field)} testId="field-menu">
      {filter === null ? null : (
        <>
          <div className="menu-about mono truncate" title={filter}>
            {filter}
          </div>
          <FilterItems choices={[{ key: 'field', text: filter, filter }]} />
          <DropdownMenu.Separator className="menu-separator" />
        </>
      )}
      {row === undefined ? null : <FollowItem row={row} testId="field-follow" />}
      <CopyItems detail={detail} node={at.node} />
    </MenuAt>
  );
}
