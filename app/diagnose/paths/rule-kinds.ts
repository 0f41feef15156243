// What a rule of a packet filter stands for, by where it stands and what it asks: a NetworkPolicy, the host's own firewall, or that conntrack
// knows nothing of a packet.
import type { TraceStep } from '../../trace/model.ts';

// A quotation that does not end takes the rest: each character is looked at once.
const QUOTED = /"(?:[^"\\]|\\.)*(?:"|\\?$)/gs;
// Bounded: a rule's text may be as long as somebody likes.
const STATE_MAP = /\bct state vmap \{([^{}]{0,400})\}/i;
// nft writes a set in braces, and bits of the state without: `invalid, new`, `invalid | new`.
const STATES = /(?:\bct state|(?<!! )--(?:ct)?state) (\{[^{}]{0,400}\}|\w{1,20}(?: ?[,|] ?\w{1,20}){0,8})/gi;

/** Those that it takes are nobody's to conntrack: an answer whose question went another way. */
export function asksForInvalid(text: string): boolean {
  const asked = text.replace(QUOTED, '');
  const map = STATE_MAP.exec(asked)?.[1];
  if (map === undefined)
    return [...asked.matchAll(STATES)].some(([, states = '']) => isInvalidAlone(states.split(/[,|]/)));
  // What another chain takes, that chain's rule takes.
  const goesOn = /:\s*(accept|continue|return|jump|goto)\b/i;
  return isInvalidAlone(map.split(',').filter((entry) => !goesOn.test(entry)));
}

/** Beside it untracked packets at most, which conntrack does not know either. */
function isInvalidAlone(states: readonly string[]): boolean {
  const has = (what: RegExp): boolean => states.some((state) => what.test(state));
  return has(/\binvalid\b/i) && !has(/\b(new|established|related)\b/i);
}

/** FELIX calls its chains so (felix/rules/static.go). */
const CALICOS = /^(cali-)?(tw|fw|pi|po|pri|pro|gi|go|from|to)\b|^cali-(tw|fw|pi|po|pri|pro|to|from)-/;

/** kube-router's (pkg/controllers/netpol), which is k3s's and k0s's as well; Azure's (npm/util/const.go). Weave's nodes are not judged (app/topology/cni.ts). */
const OTHERS = /^(KUBE-(POD-FW|NWPLCY)-|AZURE-NPM(-|$))/;

/** The last of these rules is one by which a NetworkPolicy takes what it does not allow. */
export function isOfPolicy({ rules }: TraceStep): boolean {
  const rule = rules.at(-1);
  if (rule === undefined) return false;
  if (rule.owner === 'calico' && CALICOS.test(rule.chain)) return true;
  return OTHERS.test(rule.chain);
}

/** Firewalls of the host. */
const OF_THE_HOST: ReadonlySet<string> = new Set(['firewalld', 'ufw', 'docker', 'libvirt']);

/** Of nobody that belongs to the cluster’s network, or the policy of a chain; and not one for packets that have lost their connection. */
export function isForeign(step: TraceStep): boolean {
  const rule = step.rules.at(-1);
  if (rule === undefined || isOfPolicy(step) || asksForInvalid(rule.text)) return false;
  return rule.owner === null || rule.number === 0 || OF_THE_HOST.has(rule.owner);
}
