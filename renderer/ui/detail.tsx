// What takes the place of a list when something in it is opened: Escape or its first button lead back, and who came by
// the keyboard stands on that button, not nowhere.
import { ArrowLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';

export function Detail({
  back,
  onBack,
  head,
  testId,
  className,
  children,
}: {
  /** What the list is called on the button. */
  readonly back: string;
  readonly onBack: () => void;
  /** Beside the button: what was opened. */
  readonly head: ReactNode;
  readonly testId: string;
  readonly className: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div
      className={className}
      data-testid={testId}
      onKeyDown={(event) => {
        // In a search, Escape first empties it.
        const typed = event.target instanceof HTMLInputElement && event.target.value !== '';
        if (event.key !== 'Escape' || typed) return;
        event.preventDefault();
        event.stopPropagation();
        onBack();
      }}
    >
      <div className="dock-bar">
        <Button look="quiet" small autoFocus onClick={onBack}>
          <ArrowLeft size={13} aria-hidden /> {back}
        </Button>
        {head}
      </div>
      {children}
    </div>
  );
}
