// Chains that a rule may hand a packet to: by a jump, a goto, or an entry of a map of verdicts, its own or one of its table's. Without what a rule
// means otherwise: a node with 1,000 Services has 20,000 of them.
import type { FirewallRule, FirewallTable, NftSet } from '../probe/firewall-facts.ts';

/** What iptables-save quotes: comments and strings, which may say anything. */
const QUOTED = /"(?:[^"\\]|\\.)*"/g;
const TARGET = /(?:^| )-[jg] (\S+)/;
/** As nft's JSON has a jump, wherever it stands (libnftables-json(5)); in what is quoted there a quote has a backslash before it. */
const VERDICT = /"(?:jump|goto)":\{"target":("(?:[^"\\]|\\.)*")\}/g;
const NAMED_MAP = /"data":"@([^"\\]+)"/g;

/** Names; a target of iptables that is none of a chain (ACCEPT) is among them. */
export function chainsLedTo(rule: FirewallRule, { sets }: Pick<FirewallTable, 'sets'>): readonly string[] {
  if (rule.backend === 'xt') {
    const text = rule.text.includes('"') ? rule.text.replaceAll(QUOTED, '""') : rule.text;
    const [, target] = TARGET.exec(text) ?? [];
    return target === undefined ? [] : [target];
  }
  const text = JSON.stringify(rule.expr);
  const maps = [...text.matchAll(NAMED_MAP)].map(([, name]) => name);
  return [
    ...verdictsIn(text),
    ...sets.flatMap((set) => (set.isMap && maps.includes(set.name) ? ofMap(set) : [])),
  ];
}

const ofMaps = new WeakMap<NftSet, readonly string[]>();

function ofMap(set: NftSet): readonly string[] {
  const found = ofMaps.get(set) ?? verdictsIn(JSON.stringify(set.elements));
  ofMaps.set(set, found);
  return found;
}

function verdictsIn(json: string): string[] {
  return [...json.matchAll(VERDICT)].map(([, quoted = '""']) => JSON.parse(quoted) as string);
}
