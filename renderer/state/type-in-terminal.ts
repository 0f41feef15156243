// A command into a node's terminal, for the operator to run.
import { copyText } from './clipboard.ts';
import { isTypable, openTerminal } from './terminals.ts';
import { tell } from './ui.ts';

const notTypable =
  'This command spans several lines, so it was copied instead of typed. Paste it where you want it.';

/** Typed without Enter: the operator decides. */
export function typeInTerminal(nodeLabel: string, command: string): void {
  const typable = isTypable(command);
  if (!typable) {
    copyText(command);
    tell('info', notTypable);
  }
  openTerminal({ kind: 'node', nodeLabel }, nodeLabel, typable ? command : null);
}
