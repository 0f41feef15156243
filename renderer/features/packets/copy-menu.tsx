import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { Copy } from 'lucide-react';
import type { PacketDetail } from '../../../app/contract/packet-detail.ts';
import { copyText } from '../../state/clipboard.ts';
import { Button } from '../../ui/button.tsx';
import { hexDump, hexText } from './bytes-text.ts';
import { useDetail } from './detail-state.ts';
import { detailStrings } from './detail-strings.ts';
import { treeText } from './detail-tree.ts';

export interface Copyable {
  readonly key: string;
  readonly what: string;
  readonly text: string;
}

/** What can be copied of the chosen node, and of the packet. */
export function copyables(detail: PacketDetail, chosen: number | null): Copyable[] {
  const node = chosen === null ? undefined : detail.nodes[chosen];
  const found: Copyable[] = [];
  if (node !== undefined && chosen !== null) {
    found.push({ key: 'text', what: detailStrings.copyFieldText, text: treeText(detail.nodes, chosen) });
    if (node.length > 0) {
      const bytes = detail.bytes.subarray(node.at, node.at + node.length);
      found.push({ key: 'hex', what: detailStrings.copyFieldHex, text: hexText(bytes) });
    }
    if (node.filter !== null)
      found.push({ key: 'filter', what: detailStrings.copyFieldFilter, text: node.filter });
  }
  return [
    ...found,
    { key: 'packet-text', what: detailStrings.copyPacketText, text: treeText(detail.nodes) },
    { key: 'packet-hex', what: detailStrings.copyPacketHex, text: hexDump(detail.bytes) },
  ];
}

export function CopyMenu({ detail }: { readonly detail: PacketDetail }): ReactNode {
  const node = useDetail((state) => state.node);
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>
        <Button small look="quiet" data-testid="detail-copy">
          <Copy size={12} aria-hidden /> {detailStrings.copy}
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" side="top" sideOffset={5}>
          <CopyItems detail={detail} node={node} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export function CopyItems({
  detail,
  node,
}: {
  readonly detail: PacketDetail;
  readonly node: number | null;
}): ReactNode {
  return copyables(detail, node).map(({ key, what, text }) => (
    <DropdownMenu.Item
      key={key}
      className="menu-item"
      data-testid={`copy-${key}`}
      title={text.length > 400 ? undefined : text}
      onSelect={() => {
        copyText(text);
      }}
    >
      <Copy size={13} aria-hidden />
      <span className="truncate">{what}</span>
    </DropdownMenu.Item>
  ));
}
