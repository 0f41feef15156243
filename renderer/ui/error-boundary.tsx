import { Component, type ReactNode } from 'react';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { crashStrings } from './strings.ts';

interface Props {
  readonly children: ReactNode;
  /** What stands in the place of what broke. */
  readonly fallback: (report: string, again: () => void) => ReactNode;
}

interface State {
  readonly error: Error | null;
}

/** A bug in the picture must not look like a dead cluster: say so, and offer the way back. */
class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return this.props.fallback(`${error.message}\n${error.stack ?? ''}`, () => {
      this.setState({ error: null });
    });
  }
}

export function WindowBoundary({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <ErrorBoundary
      fallback={(report) => (
        <main className="crash" role="alert">
          <h1>{crashStrings.window}</h1>
          <p>{crashStrings.goesOn}</p>
          <pre className="selectable">{report}</pre>
          <div className="crash-actions">
            <Button
              look="primary"
              onClick={() => {
                window.location.reload();
              }}
            >
              {crashStrings.reload}
            </Button>
            <CopyButton text={report} label={crashStrings.copyReport} worded />
          </div>
        </main>
      )}
    >
      {children}
    </ErrorBoundary>
  );
}

/** One for each panel, so that a bug in one closes no shell in another. */
export function PanelBoundary({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <ErrorBoundary
      fallback={(report, again) => (
        <div className="panel-crash" role="alert" data-testid={`crash-${name}`}>
          <p>{crashStrings.part(name)}</p>
          <div className="crash-actions">
            <Button small onClick={again}>
              {crashStrings.again}
            </Button>
            <CopyButton text={report} label={crashStrings.copyReport} worded />
          </div>
        </div>
      )}
    >
      {children}
    </ErrorBoundary>
  );
}
