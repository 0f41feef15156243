import type { ReactNode } from 'react';
import './output-box.css';

/** What a command printed; what does not fit is scrolled, by the keyboard too. */
export function OutputBox({ text }: { readonly text: string }): ReactNode {
  return (
    <pre className="output-box selectable" tabIndex={0}>
      {text}
    </pre>
  );
}
