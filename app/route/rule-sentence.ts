// What became of a policy rule, in words.
import type { PolicyRule } from '../probe/facts.ts';
import { assertNever } from '../result.ts';
import type { RuleStep } from './fib.ts';
import type { Mismatch } from './rule-match.ts';

export function mismatchSentence(rule: PolicyRule, mismatch: Mismatch): string {
  switch (mismatch) {
    case 'iif':
      return rule.iif === 'lo'
        ? 'it is for what this machine sends itself'
        : `it is for what comes in by ${rule.iif ?? ''}`;
    case 'oif':
      return `it is for sockets bound to ${rule.oif ?? ''}`;
    case 'fwmark': {
      const { mark = 0, mask = 0 } = rule.fwmark ?? {};
      return `it is for the mark 0x${mark.toString(16)}/0x${mask.toString(16)}`;
    }
    case 'tunId':
      return `it is for the tunnel id ${rule.tunId ?? ''}`;
    case 'l3mdev':
      return 'it is for devices of a VRF, and this is in none';
    case 'uidrange':
      return `it is for users ${rule.uidrange?.from ?? ''} to ${rule.uidrange?.to ?? ''}`;
    case 'to':
      return `it is for destinations in ${rule.to ?? ''}`;
    case 'from':
      return `it is for sources in ${rule.from ?? ''}`;
    case 'dscp':
      return `it is for DSCP ${rule.dscp ?? ''}`;
    case 'tos':
      return `it is for TOS 0x${(rule.tos ?? 0).toString(16)}`;
    case 'ipproto':
      return `it is for IP protocol ${rule.ipproto ?? ''}`;
    case 'sport':
      return `it is for source ports ${rule.sport?.from ?? ''} to ${rule.sport?.to ?? ''}`;
    case 'dport':
      return `it is for destination ports ${rule.dport?.from ?? ''} to ${rule.dport?.to ?? ''}`;
    case 'not':
      return 'it is for all but this (not)';
    case 'unread':
      return `part of it is not understood (${rule.unread.join(' ')}), so whether it matches is not known`;
    default:
      return assertNever(mismatch);
  }
}

/** @param localRead every machine has a table `local`: without one it was not read. */
export function stepSentence({ rule, table, outcome }: RuleStep, localRead: boolean): string {
  const named = rule.l3mdev ? `table ${table ?? ''}, the VRF’s,` : `table ${rule.table ?? ''}`;
  switch (outcome.kind) {
    case 'won':
      return rule.action === 'lookup' ? `${named} has the answer` : `it says ${rule.action}`;
    case 'no-match':
      return mismatchSentence(rule, outcome.mismatch);
    case 'no-route':
      if (table === null) return 'it leads to no table';
      return rule.table === 'local' && !localRead
        ? 'table local was not read'
        : `${named} has no route to it`;
    case 'throw':
      return `${named} says to go on (throw ${outcome.route.dst})`;
    case 'suppressed':
      return `${outcome.route.dst} of ${named.replace(/,$/, '')} is suppressed`;
    case 'nop':
      return 'it does nothing';
    case 'goto':
      return outcome.there
        ? `it goes on with rule ${outcome.priority}`
        : `rule ${outcome.priority} does not exist: nothing is done`;
    default:
      return assertNever(outcome);
  }
}
