import { Popover } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { Filter } from 'lucide-react';
import { startWatch } from '../../state/start-watch.ts';
import { capturesAll, useWatchState } from '../../state/watch.ts';
import { onlyText } from '../../state/watch-status.ts';
import { Button } from '../../ui/button.tsx';
import { packetsStrings } from './strings.ts';

/** Which packets the nodes capture: the watch begins anew with it. */
export function CaptureFilter(): ReactNode {
  const [open, setOpen] = useState(false);
  const expression = useWatchState(({ view }) => view.expression);
  const target = useWatchState(({ view }) => view.target);
  const only = useWatchState(({ view }) => view.only);
  const isWhole = useWatchState(capturesAll);
  if (target === null) return null;
  const begin = (next: string | null): void => {
    setOpen(false);
    startWatch(target.podId, { expression: next });
  };
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <Button
          small
          data-testid="capture-filter"
          title={packetsStrings.captureFilterTitle}
          className={`capture-filter ${isWhole ? '' : 'held'}`}
        >
          <Filter size={11} aria-hidden />
          <span className={`truncate ${expression === null ? '' : 'mono'}`}>
            {expression ??
              (only === null ? packetsStrings.captureFilter : packetsStrings.captureOnly(onlyText(only)))}
          </span>
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="menu capture-menu" align="start" side="top" sideOffset={5}>
          <CaptureForm
            expression={expression}
            isWhole={isWhole}
            why={
              only === null
                ? packetsStrings.captureFilterWhy(target.name)
                : packetsStrings.captureOnlyWhy(target.name, only.name)
            }
            onBegin={begin}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function CaptureForm({
  expression,
  isWhole,
  why,
  onBegin,
}: {
  readonly expression: string | null;
  /** All packets of the Pod are captured. */
  readonly isWhole: boolean;
  readonly why: string;
  readonly onBegin: (expression: string | null) => void;
}): ReactNode {
  const [text, setText] = useState(expression ?? '');
  const typed = text.trim();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onBegin(typed === '' ? null : typed);
      }}
    >
      <p>{why}</p>
      <input
        className="input mono"
        autoFocus
        spellCheck={false}
        maxLength={1000}
        placeholder={packetsStrings.capturePlaceholder}
        aria-label={packetsStrings.captureFilter}
        data-testid="capture-expression"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
        }}
      />
      <div className="capture-actions">
        {isWhole ? null : (
          <Button
            small
            data-testid="capture-all"
            onClick={() => {
              onBegin(null);
            }}
          >
            {packetsStrings.captureDefault}
          </Button>
        )}
        <Button small look="primary" type="submit" disabled={typed === '' && expression === null}>
          {packetsStrings.captureStart}
        </Button>
      </div>
    </form>
  );
}
