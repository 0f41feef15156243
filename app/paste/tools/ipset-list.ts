// `ipset list` for people (ipset lib/session.c, IPSET_LIST_PLAIN): each set's head, and its members a line each.
import { MOST_MEMBERS, type IpSet } from '../../probe/firewall-facts.ts';

const HEAD =
  /^(?:Name: \S{1,31}|Type: [a-z]+:[a-z,]+|Revision: \d+|Header: \S.{0,300}\S|Size in memory: \d+|References: \d+|Number of entries: \d+|Members:)\s*$/;
const MEMBER =
  /^[0-9a-fA-F][0-9a-fA-F.:/,-]{1,120}(?:,[\w.:/-]{1,60}){0,3}(?: (?:timeout|packets|bytes|comment|nomatch).{0,300})?\s*$/;

export function isIpsetHead(line: string): boolean {
  return HEAD.test(line);
}

export function isIpsetMember(line: string): boolean {
  return MEMBER.test(line);
}

export function ipsetList(text: string): IpSet[] {
  const sets: { name: string; type: string; size: number | null; members: string[] }[] = [];
  for (const line of text.split('\n')) {
    const name = /^Name: (\S+)/.exec(line)?.[1];
    if (name !== undefined) sets.push({ name, type: '', size: null, members: [] });
    const set = sets.at(-1);
    if (set === undefined || name !== undefined) continue;
    const [, key, value = ''] = /^(Type|Number of entries): (\S+)/.exec(line) ?? [];
    if (key === 'Type') set.type = value;
    else if (key !== undefined) set.size = Number(value);
    else if (!HEAD.test(line) && line.trim() !== '' && set.members.length < MOST_MEMBERS)
      set.members.push(line.trim());
  }
  return sets;
}
