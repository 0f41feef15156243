import { Component, type ReactNode } from 'react';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';

interface State {
  readonly error: Error | null;
}

/** A bug in the picture must not look like a dead cluster: say so, and offer the way back. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    const report = `${error.message}\n${error.stack ?? ''}`;
    return (
      <main className="crash" role="alert">
        <h1>The window met a bug.</h1>
        <p>The session goes on in the background. Reload the window to see it again.</p>
        <pre className="selectable">{report}</pre>
        <div className="crash-actions">
          <Button
            look="primary"
            onClick={() => {
              window.location.reload();
            }}
          >
            Reload the window
          </Button>
          <CopyButton text={report} label="Copy the report" worded />
        </div>
      </main>
    );
  }
}
