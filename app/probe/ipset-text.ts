// `ipset list -terse` (headers, with how many members there are) followed by `ipset save` (members), ipset(8).
import { MOST_MEMBERS, type IpSet } from './firewall-facts.ts';
import { EntryList } from './unread.ts';

interface OpenSet {
  name: string;
  type: string;
  size: number | null;
  members: string[];
  netmask?: string;
}

/** Lines of a header that say nothing we show. */
const HEADER = /^(Revision|Header|Size in memory|References|Members|Comment|Timeout): ?/;

export function parseIpsets(output: string): EntryList<IpSet> {
  const list = new EntryList<IpSet>();
  const sets = new Map<string, OpenSet>();
  const open = (name: string): OpenSet => {
    const known = sets.get(name) ?? { name, type: '', size: null, members: [] };
    sets.set(name, known);
    return known;
  };
  let headed: OpenSet | null = null;
  output.split('\n').forEach((line, index) => {
    const text = line.trim();
    if (text === '' || HEADER.test(text)) return;
    const [word = '', name, ...rest] = text.split(' ');
    if (word === 'Name:' && name !== undefined) {
      headed = open(name);
    } else if (word === 'Type:' && headed !== null && name !== undefined) {
      headed.type = name;
    } else if (/^Number of entries: \d+$/.test(text) && headed !== null) {
      headed.size = Number(rest[1]);
    } else if (word === 'create' && name !== undefined && rest[0] !== undefined) {
      const set = open(name);
      set.type = rest[0];
      const at = rest.findIndex((each) => each === 'netmask' || each === 'bitmask');
      if (at > 0) set.netmask = rest[at + 1] ?? '';
    } else if (word === 'add' && name !== undefined && rest.length > 0) {
      const { members } = open(name);
      if (members.length < MOST_MEMBERS) members.push(rest.join(' '));
    } else {
      list.notUnderstood(`line ${index + 1}`, text);
    }
  });
  list.entries.push(...sets.values());
  return list;
}
