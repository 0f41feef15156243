// What there is to see before a session: who we are, why there is no lab, and the one thing to do.
import type { ReactNode } from 'react';
import { FolderOpen } from 'lucide-react';
import { openClusterFile } from '../../state/open-cluster.ts';
import { useSession } from '../../state/session.ts';
import { Button } from '../../ui/button.tsx';
import { connectStrings } from './strings.ts';
import './connect.css';

/** @param children other ways in. */
export function StartScreen({ children }: { readonly children?: ReactNode }): ReactNode {
  const phase = useSession((state) => state.view.phase);
  const sentence = useSession((state) => state.view.sentence);
  const labImpossible = useSession((state) => state.app?.labImpossible ?? null);
  const opening = phase === 'opening';
  return (
    <main className="start" data-testid="start-screen">
      <div className="start-card">
        <Emblem />
        <h1>{connectStrings.program}</h1>
        <p className="start-tagline">{connectStrings.tagline}</p>
        {labImpossible === null ? null : <p className="start-note">{labImpossible}</p>}
        {sentence === null ? null : (
          <p
            className={`start-note ${phase === 'failed' ? 'bad' : ''}`}
            role={phase === 'failed' ? 'alert' : 'status'}
          >
            {sentence}
          </p>
        )}
        <Button
          look="primary"
          className="start-open"
          disabled={opening}
          data-testid="open-cluster-file"
          onClick={() => {
            void openClusterFile();
          }}
        >
          <FolderOpen size={15} aria-hidden /> {opening ? connectStrings.opening : connectStrings.openFile}
        </Button>
        <p className="faint">
          {connectStrings.fileHint}
          <br />
          {connectStrings.harmless}
        </p>
        {children}
      </div>
    </main>
  );
}

/** Two regions, a wire, a packet on its way. */
function Emblem(): ReactNode {
  return (
    <svg width="132" height="76" viewBox="0 0 132 76" aria-hidden="true" className="emblem">
      <path className="arc" d="M34 12 C 52 -4, 80 -4, 98 12" />
      <rect className="region" x="8" y="12" width="50" height="36" rx="8" />
      <rect className="region" x="74" y="12" width="50" height="36" rx="8" />
      <rect className="pod" x="16" y="19" width="18" height="10" rx="3" />
      <rect className="pod" x="98" y="19" width="18" height="10" rx="3" />
      <path className="path" d="M25 29 V 66 H 107 V 29" />
      <circle className="packet" cx="66" cy="66" r="4" />
    </svg>
  );
}
