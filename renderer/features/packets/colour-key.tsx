import type { ReactNode } from 'react';
import { Palette } from 'lucide-react';
import { PopoverButton } from '../../ui/popover-button.tsx';
import { packetsStrings } from './strings.ts';

const { title, protocols, states, families, tones } = packetsStrings.key;

/** What the rows' colours mean. */
export function ColourKey(): ReactNode {
  return (
    <PopoverButton label={title} icon={<Palette size={13} aria-hidden />} name="colour-key" align="end">
      <h3>{protocols}</h3>
      <ul>
        {Object.entries(families).map(([family, text]) => (
          <li key={family} className={`family-${family}`}>
            {text}
          </li>
        ))}
      </ul>
      <h3>{states}</h3>
      <ul className="tones">
        {Object.entries(tones).map(([tone, text]) => (
          <li key={tone} className={tone}>
            {text}
          </li>
        ))}
      </ul>
    </PopoverButton>
  );
}
