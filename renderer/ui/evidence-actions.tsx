// What one can do with evidence: see it in the view that is made of it, and read what the command printed, all of it.
import { type ReactNode, useState } from 'react';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { plainLines } from '../../app/plain-text.ts';
import { call, sentenceOf } from '../bridge/call.ts';
import { evidenceView, showEvidenceIn } from '../state/evidence-view.ts';
import { useTopology } from '../state/topology.ts';
import { Button } from './button.tsx';
import { OutputBox } from './output-box.tsx';
import { evidenceStrings } from './strings.ts';
import './evidence-actions.css';

export function EvidenceActions({
  command,
  node,
  id,
}: {
  readonly command: string;
  /** Its label; null: nowhere in particular. */
  readonly node: string | null;
  /** Null: its output is not kept. */
  readonly id: string | null;
}): ReactNode {
  const [text, setText] = useState<string | null>(null);
  const topology = useTopology((state) => state.topology);
  const view = evidenceView(command);
  const Icon = text === null ? ChevronRight : ChevronDown;
  const toggle = (): void => {
    if (text !== null || id === null) {
      setText(null);
      return;
    }
    setText('…');
    // Whoever has closed it meanwhile does not want it open.
    const tell = (told: string): void => {
      setText((shown) => (shown === null ? null : told));
    };
    call('evidence.read', { id }).then(
      (answer) => {
        tell(answer === null ? evidenceStrings.gone : plainLines(answer.output));
      },
      (error: unknown) => {
        tell(sentenceOf(error));
      },
    );
  };
  return (
    <div className="evidence-actions">
      {id === null ? null : (
        <Button look="quiet" small aria-expanded={text !== null} onClick={toggle}>
          <Icon size={12} aria-hidden /> {evidenceStrings.output}
        </Button>
      )}
      {view === null || node === null ? null : (
        <Button
          look="quiet"
          small
          data-testid={`evidence-in-${view}`}
          onClick={() => {
            showEvidenceIn(view, node, topology);
          }}
        >
          {evidenceStrings.views[view](node)}
        </Button>
      )}
      {text === null ? null : <OutputBox text={text} />}
    </div>
  );
}
