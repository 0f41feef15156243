// The command behind every fact: what was asked, where, when, and what it answered.
import { type ReactNode, useState } from 'react';
import { ChevronDown, ChevronRight, SquareTerminal } from 'lucide-react';
import { plainLines } from '../../../app/plain-text.ts';
import type { EvidenceHead } from '../../../app/topology/model.ts';
import { call, sentenceOf } from '../../bridge/call.ts';
import { bytesText, clockText, nodeClockText } from '../../state/text.ts';
import { useTopology } from '../../state/topology.ts';
import { evidenceOf } from '../../state/topology-index.ts';
import { useSession } from '../../state/session.ts';
import { typeInTerminal } from '../../state/type-in-terminal.ts';
import { tell } from '../../state/ui.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Tag } from '../../ui/tag.tsx';
import { runnable } from './command-text.ts';
import { Section } from './parts.tsx';
import { inspectorStrings, inspectorWords } from './strings.ts';

export function Commands({
  ids,
  pid = null,
}: {
  readonly ids: readonly string[];
  /** The process that stands for the subject's network namespace. */
  readonly pid?: number | null;
}): ReactNode {
  const evidence = useTopology((state) => state.held?.evidence);
  const heads = evidence === undefined ? [] : evidenceOf(evidence, ids);
  return (
    <Section title={inspectorStrings.commands} count={heads.length}>
      {heads.length === 0 ? <p className="dim">{inspectorStrings.noCommands}</p> : null}
      {heads.map((head) => (
        <Command key={head.id} head={head} pid={pid} />
      ))}
    </Section>
  );
}

type Output =
  | { readonly state: 'loading' }
  | { readonly state: 'gone' }
  | { readonly state: 'shown'; readonly text: string; readonly truncated: boolean };

function Command({ head, pid }: { readonly head: EvidenceHead; readonly pid: number | null }): ReactNode {
  const command = runnable(head.command, pid);
  // What this machine asked of Kubernetes itself has no node to open a terminal on.
  const onNode = useSession(({ standings }) => standings.some(({ label }) => label === head.nodeLabel));
  const [output, setOutput] = useState<Output | null>(null);
  const toggle = (): void => {
    if (output !== null) {
      setOutput(null);
      return;
    }
    setOutput({ state: 'loading' });
    call('evidence.read', { id: head.id }).then(
      (answer) => {
        setOutput(
          answer === null
            ? { state: 'gone' }
            : { state: 'shown', text: answer.output, truncated: answer.truncated },
        );
      },
      (error: unknown) => {
        setOutput(null);
        tell('error', sentenceOf(error));
      },
    );
  };
  const Icon = output === null ? ChevronRight : ChevronDown;
  return (
    <div className="command" data-testid="command">
      <code
        className="command-text selectable"
        title={command === null ? inspectorStrings.pidUnknown : undefined}
      >
        {plainLines(command ?? head.command)}
      </code>
      <div className="command-line">
        <span className="dim">
          {head.nodeLabel} ·{' '}
          {head.at === null ? `${clockText(head.seenAt)} UTC, our clock` : `${nodeClockText(head.at)} UTC`}
        </span>
        <CommandState head={head} />
      </div>
      <div className="command-line command-actions">
        <Button look="quiet" small onClick={toggle} aria-expanded={output !== null}>
          <Icon size={12} aria-hidden />{' '}
          {output === null ? inspectorStrings.showOutput : inspectorStrings.hideOutput}
        </Button>
        <span className="grow" />
        {command === null ? null : (
          <>
            <CopyButton text={command} label={inspectorWords.copyCommand} worded />
            {onNode ? (
              <Button
                look="quiet"
                small
                title={inspectorStrings.openInTerminalTitle}
                onClick={() => {
                  typeInTerminal(head.nodeLabel, command);
                }}
              >
                <SquareTerminal size={12} aria-hidden /> {inspectorStrings.openInTerminal}
              </Button>
            ) : null}
          </>
        )}
      </div>
      {output === null ? null : <OutputView output={output} />}
    </div>
  );
}

function CommandState({ head }: { readonly head: EvidenceHead }): ReactNode {
  if (head.state === 'ok') return <span className="faint">{bytesText(head.bytes)}</span>;
  const words: Record<Exclude<EvidenceHead['state'], 'ok'>, string> = {
    ...inspectorWords.evidence,
    failed: head.exitStatus === null ? 'failed' : `exit ${String(head.exitStatus)}`,
  };
  return <Tag tone="warn">{words[head.state]}</Tag>;
}

function OutputView({ output }: { readonly output: Output }): ReactNode {
  if (output.state === 'loading') return <p className="dim">…</p>;
  if (output.state === 'gone') return <p className="dim">{inspectorStrings.outputGone}</p>;
  return (
    <div className="command-output">
      <pre className="selectable" data-testid="command-output" tabIndex={0}>
        {plainLines(output.text)}
      </pre>
      <div className="command-line">
        <span className="dim">{output.truncated ? inspectorStrings.truncated : ''}</span>
        <span className="grow" />
        <CopyButton text={output.text} label={inspectorWords.copyOutput} worded />
      </div>
    </div>
  );
}
