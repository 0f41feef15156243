import { Popover } from 'radix-ui';
import type { ReactNode } from 'react';
import { Palette } from 'lucide-react';
import { IconButton } from '../../ui/button.tsx';
import { packetsStrings } from './strings.ts';

const { families, tones } = packetsStrings.key;

/** What the rows' colours mean. */
export function ColourKey(): ReactNode {
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <IconButton label={packetsStrings.key.title} small data-testid="colour-key">
          <Palette size={13} aria-hidden />
        </IconButton>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="menu colour-key"
          align="end"
          side="top"
          sideOffset={5}
          collisionPadding={8}
          aria-label={packetsStrings.key.title}
        >
          <h3>{packetsStrings.key.protocols}</h3>
          <ul>
            {Object.entries(families).map(([family, text]) => (
              <li key={family} className={`family-${family}`}>
                {text}
              </li>
            ))}
          </ul>
          <h3>{packetsStrings.key.states}</h3>
          <ul className="tones">
            {Object.entries(tones).map(([tone, text]) => (
              <li key={tone} className={tone}>
                {text}
              </li>
            ))}
          </ul>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
