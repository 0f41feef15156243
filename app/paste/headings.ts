// Whose output follows, as people say it: a line with a node's name, or the name of the file.
import { grouped } from '../grouped.ts';

/** What people write around a name, and at its end. */
const ALONE =
  /^[\s#=*_>:：\-[(【]{0,40}(?:on |node |host |from |@)?([a-zA-Z0-9][a-zA-Z0-9.-]{0,252})[\s#=*_<:：\-\])】]{0,40}$/;
/** A sentence that leads to what follows: `Then on worker-2:`, `在 worker-1 上执行：`, `## routes of w1`. */
const LEADS = /^\s*#{1,6}\s|[:：]\s*$/;
const WORD = /[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?/g;
/** A longer one is a sentence about something. */
const LONGEST_LEAD = 80;

/** The name in such a line. `names`: of nodes and Pods; people leave out what all their nodes' names begin with. */
export function headingOf(text: string, names: ReadonlySet<string>): string | null {
  if (names.size === 0 || text.length > 400) return null;
  const alone = ALONE.exec(text)?.[1];
  if (alone !== undefined && names.has(alone)) return alone;
  if (text.length > LONGEST_LEAD || !LEADS.test(text)) return null;
  const named = new Set((text.match(WORD) ?? []).flatMap((word) => meant(word, names) ?? []));
  const [name, other] = named;
  return name !== undefined && other === undefined ? name : null;
}

/** `worker-1` for k8s-worker-1, where that is the only one that ends so. */
function meant(word: string, names: ReadonlySet<string>): string | null {
  if (names.has(word)) return word;
  return /[0-9]/.test(word) && /[a-zA-Z]/.test(word) ? (endingsOf(names).get(word) ?? null) : null;
}

const endings = new WeakMap<ReadonlySet<string>, ReadonlyMap<string, string | null>>();

/** What stands behind each hyphen of a name, with the one that ends so; null: several do. Of ten thousand Pods any line may ask. */
function endingsOf(names: ReadonlySet<string>): ReadonlyMap<string, string | null> {
  const known = endings.get(names);
  if (known !== undefined) return known;
  const found = new Map<string, string | null>();
  for (const name of names)
    for (let at = name.indexOf('-'); at >= 0; at = name.indexOf('-', at + 1)) {
      const ending = name.slice(at + 1);
      found.set(ending, found.has(ending) ? null : name);
    }
  endings.set(names, found);
  return found;
}

/** `<where>.<command>.txt`, as in `k8s-worker-1.route-n.txt`; folders count as places, too: `k8s-worker-1/route.txt`. */
export function namedByFile(source: string): { readonly place: string | null } {
  const parts = source.split('/');
  const file = withoutEnd(parts.at(-1) ?? '');
  const dotted =
    /^([a-zA-Z0-9][\w.-]{0,252}?)\.((?:ip|route|arp|ifconfig|tcpdump|birdcl|iptables|sysctl|bridge|netstat|date|snmp|proc|calicoctl|hopscope|collect)[\w.-]*)$/.exec(
      file,
    );
  if (dotted !== null) return { place: dotted[1] ?? null };
  const folder = parts.at(-2);
  return {
    place: folder !== undefined && /^(?:ip|route|arp|ifconfig|birdcl|iptables)/.test(file) ? folder : null,
  };
}

const bases = new WeakMap<ReadonlySet<string>, ReadonlyMap<string, readonly string[]>>();

/** What a file of which nothing else is known is called: its name without its end, and with its folders only where another is named so. */
export function nameOfSource(source: string, sources: ReadonlySet<string>): string {
  const base = (one: string): string => withoutEnd(one.split('/').at(-1) ?? '');
  let known = bases.get(sources);
  if (known === undefined) bases.set(sources, (known = grouped(sources, base)));
  const own = base(source);
  const alone = own !== '' && (known.get(own) ?? []).every((one) => one === source);
  return alone ? own : withoutEnd(source);
}

/** `k8s-worker-1 (1).txt` is what a browser makes of a second download. */
function withoutEnd(file: string): string {
  return file.replace(/(?: \(\d{1,3}\))?\.(?:txt|log|out|md|text)$/i, '');
}
