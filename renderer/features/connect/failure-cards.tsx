// Machines that do not answer, each with what is wrong, what was seen, and a way to try again.
import { type ReactNode, useState } from 'react';
import { ChevronDown, ChevronRight, RotateCw, TriangleAlert } from 'lucide-react';
import type { NodeStatus } from '../../../app/contract/session.ts';
import { useNow } from '../../state/clock.ts';
import { retryNode } from '../../state/retry-node.ts';
import { useSession } from '../../state/session.ts';
import { statusText } from '../../state/status-text.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { connectStrings } from './strings.ts';
import './connect.css';

/** More would hide the picture; the cluster menu lists all. */
const CARDS_SHOWN = 3;

export function FailureCards(): ReactNode {
  const nodes = useSession((state) => state.view.nodes);
  const troubled = nodes.filter(
    (node) => node.sentence !== null && node.state !== 'connected' && node.state !== 'connecting',
  );
  return (
    <>
      {/* Always there, so that it is read out when it changes; the cards' ages change every second and are not. */}
      <p className="visually-hidden" aria-live="polite" data-testid="node-failures-spoken">
        {troubled.map((node) => `${node.label}: ${node.sentence ?? ''}`).join(' ')}
      </p>
      {troubled.length === 0 ? null : (
        <div className="failures" data-testid="node-failures">
          {troubled.slice(0, CARDS_SHOWN).map((node) => (
            <FailureCard key={node.label} node={node} />
          ))}
          {troubled.length > CARDS_SHOWN ? (
            <p className="faint">{connectStrings.moreCards(troubled.length - CARDS_SHOWN)}</p>
          ) : null}
        </div>
      )}
    </>
  );
}

function FailureCard({ node }: { readonly node: NodeStatus }): ReactNode {
  const [open, setOpen] = useState(false);
  const now = useNow();
  const Icon = open ? ChevronDown : ChevronRight;
  return (
    <article className={`failure ${node.state}`} data-testid={`node-failure-${node.label}`}>
      <header>
        <TriangleAlert size={14} aria-hidden />
        <strong>{node.label}</strong>
        <span className="failure-state">{statusText(node, now)}</span>
        <span className="grow" />
        {node.detail === null ? null : (
          <Button
            look="quiet"
            small
            aria-expanded={open}
            onClick={() => {
              setOpen(!open);
            }}
          >
            <Icon size={12} aria-hidden /> {connectStrings.details}
          </Button>
        )}
        <Button
          small
          onClick={() => {
            retryNode(node.label);
          }}
        >
          <RotateCw size={12} aria-hidden /> {connectStrings.retry}
        </Button>
      </header>
      <p className="selectable">{node.sentence}</p>
      {node.detail !== null && open ? (
        <div className="failure-detail">
          <pre className="selectable">{node.detail}</pre>
          <CopyButton text={node.detail} label={connectStrings.copyDetail} />
        </div>
      ) : null}
    </article>
  );
}
