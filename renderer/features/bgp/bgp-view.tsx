import { type ReactNode, useMemo, useState } from 'react';
import type { BgpMatrix } from '../../../app/topology/bgp-matrix-model.ts';
import { matrixCells } from './matrix-cells.ts';
import { MatrixCanvas } from './matrix-canvas.tsx';
import { PairDetail } from './pair-detail.tsx';
import { SessionList } from './session-list.tsx';
import { bgpStrings, verdictTone } from './strings.ts';
import { useMatrix } from './use-matrix.ts';
import { Tag } from '../../ui/tag.tsx';
import './bgp.css';

export function BgpView(): ReactNode {
  const { answer: matrix, sentence } = useMatrix();
  const [chosen, setChosen] = useState<string | null>(null);
  const cells = useMemo(() => (matrix === null ? null : matrixCells(matrix)), [matrix]);
  const pair = matrix?.pairs.find(({ id }) => id === chosen) ?? null;
  const empty = cells === null || cells.rows.length === 0 || matrix?.pairs.length === 0;
  return (
    <div className={`bgp-tab ${empty ? 'alone' : ''}`}>
      {empty || matrix === null ? null : (
        <div className="bgp-left">
          <MatrixCanvas
            cells={cells}
            chosen={chosen}
            onChoose={(cell) => {
              setChosen(cell.pair?.id ?? null);
            }}
          />
          <p className="bgp-mesh dim">{sentence ?? matrix.mesh.sentence}</p>
          <Disagreement matrix={matrix} />
        </div>
      )}
      <div className="bgp-right">
        {pair !== null ? (
          <PairDetail
            pair={pair}
            onClose={() => {
              setChosen(null);
            }}
          />
        ) : (
          <>
            {matrix === null ? null : <Odd matrix={matrix} onChoose={setChosen} />}
            <SessionList />
          </>
        )}
      </div>
    </div>
  );
}

/** Where a daemon and its kernel have other routes: a note. */
function Disagreement({ matrix }: { readonly matrix: BgpMatrix }): ReactNode {
  const notes = matrix.nodes.flatMap(({ label, disagreement }) =>
    disagreement.map((note) => `${label}: ${note}`),
  );
  return notes.slice(0, ODD_SHOWN).map((note) => (
    <p key={note} className="bgp-mesh dim">
      {note}
    </p>
  ));
}

/** More would push the sessions out of sight; the matrix shows them all. */
const ODD_SHOWN = 4;

/** What should be up and is not, in words. */
function Odd({
  matrix,
  onChoose,
}: {
  readonly matrix: BgpMatrix;
  readonly onChoose: (pairId: string) => void;
}): ReactNode {
  const { pairs, gaps, wrong } = matrix;
  if (wrong === 0) return null;
  const odd = pairs.filter((pair) => pair.wrong);
  const shownGaps = gaps.slice(0, Math.max(0, ODD_SHOWN - odd.length));
  const more = wrong - Math.min(odd.length, ODD_SHOWN) - shownGaps.length;
  return (
    <ul className="bgp-odd" data-testid="bgp-odd">
      {odd.slice(0, ODD_SHOWN).map(({ id, sides, verdict, sentences }) => (
        <li key={id}>
          <Tag tone={verdictTone(verdict, true)}>{verdict}</Tag>
          <button
            type="button"
            className="link"
            onClick={() => {
              onChoose(id);
            }}
          >
            {sides[0].name} – {sides[1].name}
          </button>
          <span className="dim truncate" title={sentences.join('\n')}>
            {sentences[0] ?? ''}
          </span>
        </li>
      ))}
      {shownGaps.map(({ sentence }) => (
        <li key={sentence}>
          <Tag tone="bad">{bgpStrings.gap}</Tag>
          <span className="dim truncate" title={sentence}>
            {sentence}
          </span>
        </li>
      ))}
      {more > 0 ? <li className="dim">{bgpStrings.moreOdd(more)}</li> : null}
    </ul>
  );
}
