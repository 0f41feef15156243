// A node's firewall for a person at a terminal: the way of a packet through hooks first, then what drops, then the chains.
import {
  MOST_CHAINS,
  type ChainSummary,
  type FirewallChainView,
  type FirewallView,
  type NodeServices,
  type ServiceEntrance,
  type TableKey,
} from '../../app/firewall/firewall-model.ts';
import { hookOrder } from '../../app/firewall/hook-order.ts';
import { percent } from '../../app/firewall/rule-words.ts';
import { plainText } from '../../app/plain-text.ts';
import { textTable } from './text-table.ts';

export function firewallText(view: FirewallView): string {
  const parts: string[] = [];
  for (const { hook, steps } of hookOrder(view.tables)) {
    const rows = steps.map(({ table, chain }) => [
      String(chain.hook?.priority ?? ''),
      tableText(table),
      chain.name,
      rulesText(chain.rules),
      chain.hook?.policy === null ? '' : `else ${chain.hook?.policy ?? ''}`,
      chain.policy.packets === null ? '' : `${chain.policy.packets} packets`,
    ]);
    parts.push(`${hook}\n${textTable(rows, '  ')}`);
  }
  if (view.dropping.length > 0) {
    const rows = view.dropping.map(({ packets, table, chain, subject, rule }) => [
      `${packets} packets`,
      tableText(table),
      chain,
      subject ?? '',
      rule === null ? 'policy of the chain' : `${rule.asks} → ${rule.does}`,
      rule?.comments.join('; ') ?? '',
    ]);
    parts.push(`Dropped or refused since the rules were written:\n${textTable(rows, '  ')}`);
  }
  for (const table of view.tables) {
    const { chains, chainCount, rules, key } = table;
    const rest =
      chainCount > chains.length
        ? `; ${chainCount - chains.length} more chains${chains.length >= MOST_CHAINS ? ': name one with --chain' : ''}`
        : '';
    parts.push(
      `${tableText(key)}: ${rulesText(rules)} in ${chainCount} chains${rest}\n${textTable(chains.map(chainCells), '  ')}`,
    );
  }
  if (view.tables.length === 0 && view.known) parts.push('No packet filter holds anything on this node.\n');
  if (view.bothBackends)
    parts.push(
      'Both backends of iptables hold rules: a packet passes through both, and which is first is not said anywhere.\n',
    );
  if (view.conntrack !== null)
    parts.push(`conntrack: ${view.conntrack.count} of ${view.conntrack.max} connections\n`);
  return parts.join('\n');
}

function chainCells(chain: ChainSummary): string[] {
  const { name, owner, purpose, subject, rules, dropped } = chain;
  return [
    name,
    rulesText(rules),
    dropped.packets === null || dropped.packets === 0 ? '' : `dropped ${dropped.packets}`,
    owner === 'unknown' ? '' : owner,
    [subject, purpose].filter((text) => text !== null).join('. '),
  ];
}

function rulesText(rules: number): string {
  return `${rules} ${rules === 1 ? 'rule' : 'rules'}`;
}

function tableText({ backend, family, name }: TableKey): string {
  return `${name} (${family}${backend === 'nft-compat' ? ', iptables in nft' : backend === 'legacy' ? ', legacy iptables' : ', nft'})`;
}

export function chainText({ table, chain, rules, found, callers }: FirewallChainView): string {
  if (chain === null) return '';
  const { purpose, subject, policy, hook } = chain;
  const head = [
    `${chain.name} in ${tableText(table)}`,
    ...[subject, purpose].filter((text) => text !== null),
  ];
  const rows = rules.map((rule) => [
    String(rule.number),
    rule.packets === null ? '' : `${rule.packets} packets`,
    rule.asks === '' ? 'every packet' : rule.asks,
    `→ ${rule.does}`,
    rule.comments.join('; '),
  ]);
  const left = found > rules.length ? `  … ${found - rules.length} more\n` : '';
  const end = !hook?.policy ? '' : `  else ${hook.policy}: ${policy.packets ?? 0} packets\n`;
  const from = callers.length === 0 ? '' : `from ${callers.map(plainText).join(', ')}\n`;
  return `${plainText(head.join('. '))}\n${from}${textTable(rows, '  ')}${left}${end}`;
}

export function servicesText({ node, mode, entrances, found, contradictions }: NodeServices): string {
  const parts = entrances.map(entranceText);
  if (entrances.length === 0)
    parts.push(
      mode === 'none'
        ? 'No kube-proxy has written rules here: Services are handled otherwise (eBPF), or not at all.\n'
        : 'No rule of kube-proxy is about that.\n',
    );
  if (found > entrances.length)
    parts.push(`… ${found - entrances.length} more: ask for one by name or address.\n`);
  parts.push(...contradictions.map((sentence) => `! ${plainText(sentence)}\n`));
  return `${plainText(node)}${mode === 'none' ? '' : ` (kube-proxy: ${mode})`}\n${parts.join('')}`;
}

function entranceText(entrance: ServiceEntrance): string {
  const { kind, address, port, protocol, service, refused, packets, masquerade, affinity, endpoints } =
    entrance;
  const rows = endpoints.map((end) => [
    percent(end.share),
    end.port === null ? end.address : `${end.address}:${end.port}`,
    end.pod ?? '',
    end.ready === false ? 'not ready' : '',
    end.packets === null ? '' : `${end.packets} packets`,
  ]);
  const title = `${service ?? 'a Service'}  ${KINDS[kind]} ${address ?? 'any address of the node'}:${port}/${protocol}`;
  const notes = [
    refused === null ? null : `refused (${refused}): it has no endpoints`,
    packets === null ? null : `${packets} packets`,
    affinity === null ? null : `a client keeps its endpoint for ${affinity} s`,
    masquerade.length === 0 ? null : `source replaced for ${masquerade.join(', ')}`,
  ].filter((note) => note !== null);
  return `  ${plainText([title, ...notes].join('; '))}\n${textTable(rows, '    ')}`;
}

const KINDS = {
  'cluster-ip': 'cluster IP',
  'external-ip': 'external IP',
  'load-balancer': 'load balancer',
  'node-port': 'node port',
};
