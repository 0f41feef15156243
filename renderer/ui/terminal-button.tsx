import type { ReactNode } from 'react';
import { SquareTerminal } from 'lucide-react';
import type { TerminalTarget } from '../../app/contract/terminal.ts';
import { useSession } from '../state/session.ts';
import { openTerminal } from '../state/terminals.ts';
import { Button } from './button.tsx';
import { terminalButtonStrings } from './strings.ts';

export function TerminalButton({
  target,
  title,
}: {
  readonly target: TerminalTarget;
  readonly title: string;
}): ReactNode {
  const isPaste = useSession((state) => state.view.paste !== null);
  return (
    <Button
      small
      disabled={isPaste}
      title={
        isPaste
          ? terminalButtonStrings.pasted
          : target.kind === 'pod'
            ? terminalButtonStrings.inPod(title)
            : terminalButtonStrings.onNode(title)
      }
      data-testid={`open-terminal-${target.kind}`}
      onClick={() => {
        openTerminal(target, title);
      }}
    >
      <SquareTerminal size={13} aria-hidden /> {terminalButtonStrings.terminal}
    </Button>
  );
}
