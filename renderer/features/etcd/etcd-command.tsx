import type { ReactNode } from 'react';
import { SquareTerminal } from 'lucide-react';
import { plainText } from '../../../app/plain-text.ts';
import { typeInTerminal } from '../../state/type-in-terminal.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { etcdStrings } from './strings.ts';

/** A command of etcdctl, to copy or to type into a terminal on its node. @param node null where it is not known */
export function EtcdCommand({
  node,
  command,
}: {
  readonly node: string | null;
  readonly command: string;
}): ReactNode {
  // What is asked stands at the end, behind addresses and certificates.
  const asks = Math.max(0, command.indexOf(' get '));
  return (
    <div className="etcd-command">
      <code className="selectable" title={plainText(command)} data-testid="etcd-command">
        <span className="truncate">{plainText(command.slice(0, asks))}</span>
        <span className="truncate etcd-asks">{plainText(command.slice(asks))}</span>
      </code>
      <CopyButton text={command} label={etcdStrings.copy} worded />
      {node === null ? null : (
        <Button
          look="quiet"
          small
          title={etcdStrings.terminalTitle}
          data-testid="etcd-terminal"
          onClick={() => {
            typeInTerminal(node, command);
          }}
        >
          <SquareTerminal size={12} aria-hidden /> {etcdStrings.terminal}
        </Button>
      )}
    </div>
  );
}
