// A command that one may type on a node: to copy, or to have it written into a terminal there.
import type { ReactNode } from 'react';
import { SquareTerminal } from 'lucide-react';
import { plainLines } from '../../app/plain-text.ts';
import { useSession } from '../state/session.ts';
import { typeInTerminal } from '../state/type-in-terminal.ts';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { typedCommandStrings } from './strings.ts';
import './typed-command.css';

export function TypedCommand({
  command,
  node,
}: {
  readonly command: string;
  /** Its label; null: nowhere in particular. */
  readonly node: string | null;
}): ReactNode {
  // What is known from a paste has no node to open a terminal on.
  const onNode = useSession(({ standings, view }) =>
    view.paste !== null ? false : standings.some(({ label }) => label === node),
  );
  return (
    <div className="typed-command">
      <code className="selectable">{plainLines(command)}</code>
      <span className="typed-command-actions">
        <CopyButton text={command} label={typedCommandStrings.copy} />
        {onNode && node !== null ? (
          <Button
            look="quiet"
            small
            title={typedCommandStrings.typeOn(node)}
            onClick={() => {
              typeInTerminal(node, command);
            }}
          >
            <SquareTerminal size={12} aria-hidden /> {typedCommandStrings.type}
          </Button>
        ) : null}
      </span>
    </div>
  );
}
