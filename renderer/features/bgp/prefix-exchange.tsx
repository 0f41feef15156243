// What the two sides of a session make of each other's prefixes. Asked only here and when told to: it costs BIRD more than a poll.
import { type ReactNode, useState } from 'react';
import type { BgpMatrixPair } from '../../../app/topology/bgp-matrix-model.ts';
import type { BgpExchange, BgpExchangeDirection } from '../../../app/topology/bgp-exchange-model.ts';
import { prefixFates } from '../../../app/topology/prefix-fates.ts';
import { call, sentenceOf } from '../../bridge/call.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Tag } from '../../ui/tag.tsx';
import { bgpStrings, fateTone } from './strings.ts';

/** Its state is of one session: give it a key. */
export function PrefixExchange({ pair }: { readonly pair: BgpMatrixPair }): ReactNode {
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<BgpExchange | null>(null);
  const ask = (): void => {
    const { ends } = pair;
    const put = (now: BgpExchange): void => {
      setAnswer(now);
      setBusy(false);
    };
    setBusy(true);
    call('bgp.exchange', { ends: [ends[0]?.sessionId ?? null, ends[1]?.sessionId ?? null] }).then(
      put,
      (error: unknown) => {
        put({ ok: false, sentence: sentenceOf(error) });
      },
    );
  };
  return (
    <section className="bgp-exchange" data-testid="bgp-exchange" aria-label={bgpStrings.prefixes}>
      <div className="bgp-exchange-head">
        <strong>{bgpStrings.prefixes}</strong>
        <Button small disabled={busy} onClick={ask}>
          {busy ? bgpStrings.asking : answer === null ? bgpStrings.compare : bgpStrings.compareAgain}
        </Button>
        {answer === null ? <span className="dim">{bgpStrings.compareHint}</span> : null}
      </div>
      {answer === null ? null : answer.ok ? (
        <Compared answer={answer} />
      ) : (
        <p role="status">{answer.sentence}</p>
      )}
    </section>
  );
}

function Compared({ answer }: { readonly answer: Extract<BgpExchange, { ok: true }> }): ReactNode {
  return (
    <>
      <div className="bgp-exchange-directions selectable" role="status">
        {answer.directions.map((direction) => (
          <Direction key={`${direction.from} ${direction.to}`} direction={direction} />
        ))}
      </div>
      <ul className="bgp-exchange-commands">
        {answer.commands.map(({ node, command }) => (
          <li key={`${node} ${command}`} className="bgp-pair-command">
            <span className="dim">{node}</span>
            <code className="truncate" title={command}>
              {command}
            </code>
            <CopyButton text={command} label={bgpStrings.copyCommand} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Direction({ direction }: { readonly direction: BgpExchangeDirection }): ReactNode {
  const { from, to, counts, rows, left, sentences } = direction;
  const told = prefixFates.filter((fate) => counts[fate] > 0);
  return (
    <div className="bgp-exchange-direction">
      <div className="bgp-exchange-title">
        {from} → {to}
        {told.map((fate) => (
          <Tag key={fate} tone={fateTone(fate)} title={bgpStrings.fateTitles[fate]}>
            {counts[fate]} {bgpStrings.fates[fate]}
          </Tag>
        ))}
      </div>
      {sentences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      {rows.length === 0 ? (
        <p className="dim">{bgpStrings.noPrefixes(from)}</p>
      ) : (
        <table className="bgp-exchange-rows">
          <tbody>
            {rows.map(({ prefix, fate }) => (
              <tr key={prefix}>
                <th scope="row" className="mono">
                  {prefix}
                </th>
                <td className={fate === 'installed' ? 'dim' : ''} title={bgpStrings.fateTitles[fate]}>
                  {bgpStrings.fates[fate]}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {left > 0 ? <p className="dim">{bgpStrings.morePrefixes(left)}</p> : null}
    </div>
  );
}
