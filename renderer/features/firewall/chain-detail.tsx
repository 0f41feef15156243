import { type ReactNode, useState } from 'react';
import type { RuleLine } from '../../../app/firewall/firewall-model.ts';
import { useAsked } from '../../state/asked.ts';
import { openChain, type ShownChain } from '../../state/firewall.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Detail } from '../../ui/detail.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Printed } from './printed.tsx';
import { Packets, rateText } from './numbers.tsx';
import { firewallStrings } from './strings.ts';
import { tableWords } from './way.tsx';

const EVERY_MS = 5_000;
const heads = firewallStrings.ruleColumns;
const columns: readonly Column[] = [
  { name: heads.number, width: '48px', number: true },
  { name: heads.rate, width: '76px', number: true },
  { name: heads.packets, width: '84px', number: true },
  { name: heads.which },
  { name: heads.fate, width: '34%' },
];

export function ChainDetail({
  node,
  shown,
}: {
  readonly node: string;
  readonly shown: ShownChain;
}): ReactNode {
  const [search, setSearch] = useState('');
  const { answer, sentence } = useAsked(
    'firewall.chain',
    { node, table: shown.table, chain: shown.name, search, from: 0 },
    EVERY_MS,
  );
  const chain = answer?.chain ?? null;
  return (
    <Detail
      className="dock-rows firewall-rows"
      testId="firewall-chain"
      back={firewallStrings.back}
      onBack={() => {
        openChain(null);
      }}
      head={
        <>
          <strong className="mono selectable">{shown.name}</strong>
          <span className="faint">{`${shown.table.name} · ${tableWords(shown.table)}`}</span>
          <span className="grow" />
          <input
            type="search"
            className="input"
            placeholder={firewallStrings.searchRules}
            aria-label={firewallStrings.searchRules}
            value={search}
            maxLength={256}
            onChange={(event) => {
              setSearch(event.target.value);
            }}
          />
        </>
      }
    >
      {answer === null ? (
        <div className="empty">{sentence ?? firewallStrings.waiting}</div>
      ) : chain === null ? (
        <div className="empty">{firewallStrings.gone}</div>
      ) : (
        <>
          <p className="firewall-about selectable">
            {chain.subject === null ? null : <strong>{chain.subject}. </strong>}
            {chain.purpose === null ? null : `${chain.purpose}. `}
            {chain.hook === null ? null : (
              <span className="dim">{firewallStrings.fromKernel(chain.hook.hook, chain.hook.priority)}</span>
            )}
          </p>
          <Callers callers={answer.callers} shown={shown} />
          <Rules
            rules={answer.rules}
            found={answer.found}
            shown={shown}
            policy={chain.hook?.policy ?? null}
            counted={chain.policy}
          />
          {answer.evidence === null ? null : (
            <Printed id={answer.evidence} lines={answer.rules.flatMap(({ line }) => line ?? [])} />
          )}
        </>
      )}
    </Detail>
  );
}

function Callers({
  callers,
  shown,
}: {
  readonly callers: readonly string[];
  readonly shown: ShownChain;
}): ReactNode {
  if (callers.length === 0) return null;
  return (
    <p className="firewall-about">
      <span className="dim">{firewallStrings.callers}</span>{' '}
      {callers.map((name) => (
        <ChainLink key={name} table={shown.table} name={name} />
      ))}
    </p>
  );
}

function ChainLink({ table, name }: ShownChain): ReactNode {
  return (
    <button
      type="button"
      className="link mono"
      onClick={() => {
        openChain({ table, name });
      }}
    >
      {name}
    </button>
  );
}

function Rules({
  rules,
  found,
  shown,
  policy,
  counted,
}: {
  readonly rules: readonly RuleLine[];
  readonly found: number;
  readonly shown: ShownChain;
  readonly policy: 'accept' | 'drop' | null;
  readonly counted: { readonly packets: number | null; readonly rate: number | null };
}): ReactNode {
  if (rules.length === 0 && policy === null) return <p className="dock-note">{firewallStrings.noRules}</p>;
  return (
    <Table label={firewallStrings.rules(shown.name)} columns={columns}>
      <tbody>
        {rules.map((rule) => (
          <Rule key={rule.number} rule={rule} shown={shown} />
        ))}
        {found > rules.length ? (
          <tr>
            <td colSpan={columns.length} className="faint">
              {firewallStrings.rulesLeft(found - rules.length)}
            </td>
          </tr>
        ) : null}
        {policy === null ? null : (
          <tr className={policy === 'drop' && (counted.rate ?? 0) > 0 ? 'losing' : ''}>
            <td />
            <td className="mono number">{rateText(counted.rate)}</td>
            <td className="mono number">
              <Packets packets={counted.packets} />
            </td>
            <td className="dim">{firewallStrings.policy}</td>
            <td>{policy}</td>
          </tr>
        )}
      </tbody>
    </Table>
  );
}

function Rule({ rule, shown }: { readonly rule: RuleLine; readonly shown: ShownChain }): ReactNode {
  const { number, rate, packets, asks, does, target, comments, drops, text } = rule;
  const losing = drops && (rate ?? 0) > 0;
  return (
    <tr
      className={`${losing ? 'losing' : drops && (packets ?? 0) > 0 ? 'dropping' : ''} ${packets === 0 ? 'idle' : ''}`}
      title={text}
    >
      <td className="mono number faint">{number}</td>
      <td className="mono number">{rateText(rate)}</td>
      <td className="mono number">
        <Packets packets={packets} />
      </td>
      <td>
        <span className="selectable">{asks === '' ? firewallStrings.every : asks}</span>
        {comments.length === 0 ? null : (
          <span className="faint selectable firewall-comment">{comments.join(' · ')}</span>
        )}
      </td>
      <td>
        {target === null ? does : <ChainLink table={shown.table} name={target} />}
        <span className="firewall-copy">
          <CopyButton text={text} label={firewallStrings.copyRule} />
        </span>
      </td>
    </tr>
  );
}
