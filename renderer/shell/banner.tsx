import type { ReactNode } from 'react';
import { ShieldAlert, Unplug } from 'lucide-react';
import { openClusterFile } from '../state/open-cluster.ts';
import { useSession } from '../state/session.ts';
import { Button } from '../ui/button.tsx';
import { shellStrings } from './strings.ts';

/** What must stay in sight: a missing sandbox, a session that failed to open over an open one, a lost link. */
export function Banner(): ReactNode {
  const app = useSession((state) => state.app);
  const link = useSession((state) => state.link);
  const failed = useSession((state) =>
    state.view.phase === 'failed' && state.view.nodes.length > 0 ? state.view.sentence : null,
  );
  return (
    <>
      {app === null || app.banner === null ? null : (
        <div className="banner" role="status" data-testid="banner">
          <ShieldAlert size={14} aria-hidden />
          <span className="selectable">{app.banner}</span>
        </div>
      )}
      {failed === null ? null : (
        <div className="banner bad" role="alert" data-testid="banner-failed">
          <span className="selectable grow">{failed}</span>
          <Button
            small
            onClick={() => {
              void openClusterFile();
            }}
          >
            {shellStrings.openFile}
          </Button>
        </div>
      )}
      {link.state === 'lost' ? (
        <div className="banner bad" role="alert" data-testid="banner-link">
          <Unplug size={14} aria-hidden />
          <span className="selectable">
            {shellStrings.lost} {link.sentence}
          </span>
        </div>
      ) : null}
    </>
  );
}
