// What ails a flow: a word each in the row, and the whole sentences for whoever asks for them, by pointer or by keyboard.
import { Popover } from 'radix-ui';
import type { MouseEvent, ReactNode } from 'react';
import type { HealthView } from '../../../app/contract/trails.ts';
import { Tag, type TagTone } from '../../ui/tag.tsx';
import { flowsStrings } from './strings.ts';

const tones: Readonly<Record<HealthView['kind'], TagTone>> = {
  blackHole: 'bad',
  handshake: 'bad',
  dns: 'bad',
  reset: 'warn',
  windowClosed: 'warn',
  resent: 'warn',
};

/** The row beneath would open something else. */
function stop(event: MouseEvent): void {
  event.stopPropagation();
}

export function HealthTags({ health }: { readonly health: readonly HealthView[] }): ReactNode {
  if (health.length === 0) return null;
  const words = health.map(({ kind, times }) => flowsStrings.health[kind](times));
  const said = health.map(({ sentence }, at) => `${words[at] ?? ''}: ${sentence}`).join('\n');
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <button type="button" className="flow-health" aria-label={said} title={said} onClick={stop}>
          <span className="verdict-chips">
            {health.map(({ kind }, at) => (
              <Tag key={kind} tone={tones[kind]}>
                {words[at]}
              </Tag>
            ))}
          </span>
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="menu flow-ails"
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label={flowsStrings.columns.health}
          onClick={stop}
        >
          {health.map(({ kind, sentence }) => (
            <p key={kind}>{sentence}</p>
          ))}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
