import type { ReactNode } from 'react';
import { SquareTerminal } from 'lucide-react';
import type { TerminalTarget } from '../../app/contract/terminal.ts';
import { openTerminal } from '../state/terminals.ts';
import { Button } from './button.tsx';

export function TerminalButton({
  target,
  title,
}: {
  readonly target: TerminalTarget;
  readonly title: string;
}): ReactNode {
  return (
    <Button
      small
      title={target.kind === 'pod' ? `Open a terminal in ${title}` : `Open a terminal on ${title}`}
      data-testid={`open-terminal-${target.kind}`}
      onClick={() => {
        openTerminal(target, title);
      }}
    >
      <SquareTerminal size={13} aria-hidden /> Terminal
    </Button>
  );
}
