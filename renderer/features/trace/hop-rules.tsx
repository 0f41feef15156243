// The rules that a packet met at one step, each leading to its chain in the firewall.
import type { ReactNode } from 'react';
import type { TraceRule } from '../../../app/trace/model.ts';
import { openChain, showFirewall } from '../../state/firewall.ts';
import { traceStrings } from './strings.ts';

export function HopRules({
  rules,
  node,
  inPod,
}: {
  readonly rules: readonly TraceRule[];
  readonly node: string;
  readonly inPod: boolean;
}): ReactNode {
  return (
    <ul className="path-rules" aria-label={traceStrings.rules}>
      {rules.map((rule, at) => (
        <li key={`${rule.table} ${rule.chain} ${String(rule.number)} ${String(at)}`}>
          <ChainLink rule={rule} node={node} inPod={inPod} />
          <code className="selectable" title={rule.text}>
            {rule.text}
          </code>
          <span className={/drop|reject/i.test(rule.did) ? 'bad-ink' : 'dim'}>{rule.did}</span>
          <span className="faint">
            {[rule.owner, rule.packets === null ? null : traceStrings.packets(rule.packets)]
              .filter((word) => word !== null)
              .join(' · ')}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** The firewall's view is of the nodes' own namespaces. */
function ChainLink({
  rule: { table, backend, family, chain, number },
  node,
  inPod,
}: {
  readonly rule: TraceRule;
  readonly node: string;
  readonly inPod: boolean;
}): ReactNode {
  const words = `${table} ${chain} ${number === 0 ? traceStrings.policy : String(number)}`;
  if (inPod) return <span className="mono">{words}</span>;
  return (
    <button
      type="button"
      className="link mono"
      title={traceStrings.openChain(chain)}
      onClick={() => {
        showFirewall(node);
        openChain({ table: { backend, family, name: table }, name: chain });
      }}
    >
      {words}
    </button>
  );
}
