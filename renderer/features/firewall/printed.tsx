import { ChevronDown, ChevronRight } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { plainLines } from '../../../app/plain-text.ts';
import { call, sentenceOf } from '../../bridge/call.ts';
import { useTopology } from '../../state/topology.ts';
import { Button } from '../../ui/button.tsx';
import { firewallStrings } from './strings.ts';

/** Lines of the output to either side of the chain's own. */
const AROUND = 3;
const MOST_LINES = 400;

/** The command behind a chain, and the part of its output that holds the chain's rules. */
export function Printed({
  id,
  lines,
}: {
  readonly id: string;
  readonly lines: readonly number[];
}): ReactNode {
  const command = useTopology((state) => state.topology?.evidence[id]?.command ?? null);
  const [output, setOutput] = useState<string | null>(null);
  const toggle = (): void => {
    if (output !== null) {
      setOutput(null);
      return;
    }
    call('evidence.read', { id }).then(
      (answer) => {
        setOutput(
          answer === null ? firewallStrings.evidenceGone : partOf(answer.output, answer.truncated, lines),
        );
      },
      (error: unknown) => {
        setOutput(sentenceOf(error));
      },
    );
  };
  const Icon = output === null ? ChevronRight : ChevronDown;
  return (
    <div className="firewall-printed">
      <Button look="quiet" small aria-expanded={output !== null} onClick={toggle}>
        <Icon size={13} aria-hidden /> {firewallStrings.printed}
      </Button>{' '}
      {command === null ? null : <code className="selectable">{plainLines(command)}</code>}
      {output === null ? null : (
        <pre className="selectable" tabIndex={0}>
          {plainLines(output)}
        </pre>
      )}
    </div>
  );
}

function partOf(output: string, truncated: boolean, lines: readonly number[]): string {
  const all = output.split('\n');
  const from = lines.length === 0 ? 1 : Math.max(1, Math.min(...lines) - AROUND);
  const to = lines.length === 0 ? MOST_LINES : Math.max(...lines) + AROUND;
  const shown = all.slice(from - 1, Math.min(to, from - 1 + MOST_LINES));
  const text = shown.map((line, at) => `${String(from + at).padStart(6)}  ${line}`).join('\n');
  return truncated && all.length < to ? `${text}\n${firewallStrings.evidenceCut}` : text;
}
