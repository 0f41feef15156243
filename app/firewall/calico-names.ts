// Whose chain a `cali-…` is (felix/rules/rule_defs.go, hashutils GetLengthLimitedID): names longer than a chain may be are
// cut to a hash, which is found again among the names that are known; comments of Calico ≥ 3.27 say the name itself.
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

/** Whom a chain is about. */
export type ChainSubject =
  | { readonly kind: 'workload'; readonly direction: 'from' | 'to'; readonly interfaceName: string }
  | {
      readonly kind: 'policy' | 'profile';
      readonly direction: 'ingress' | 'egress';
      /** As Calico names it: `default/knp.default.allow-web`, from 3.31 on `knp/default/allow-web`; null when only its hash is known. */
      readonly name: string | null;
    };

/** XT_EXTENSION_MAXNAMELEN less its end, and one: what iptables allows a chain's name. */
const LONGEST_NAME = 28;

const PREFIXES = {
  'cali-pi-': { kind: 'policy', direction: 'ingress' },
  'cali-po-': { kind: 'policy', direction: 'egress' },
  'cali-pri-': { kind: 'profile', direction: 'ingress' },
  'cali-pro-': { kind: 'profile', direction: 'egress' },
} as const;
type Prefix = keyof typeof PREFIXES;
const isPrefix = (text: string): text is Prefix => Object.hasOwn(PREFIXES, text);

/** Of the chain that Calico makes of a name. */
export function calicoChainName(prefix: Prefix, name: string): string {
  const suffix = name === '' ? '_' : name;
  const length = prefix.length + suffix.length;
  if (length < LONGEST_NAME || (length === LONGEST_NAME && !suffix.startsWith('_'))) return prefix + suffix;
  return `${prefix}_${hashOf(suffix).slice(0, LONGEST_NAME - 1 - prefix.length)}`;
}

/** Names by the beginning of their hash, which every chain that is cut has in full. */
export type NamesByHash = ReadonlyMap<string, string>;

export function namesByHash(names: Iterable<string>): NamesByHash {
  const found = new Map<string, string>();
  for (const name of names) found.set(hashOf(name).slice(0, HASHED), name);
  return found;
}

/** What `cali-pri-` and `cali-pro-` leave room for. */
const HASHED = LONGEST_NAME - 1 - 'cali-pri-'.length;

function hashOf(name: string): string {
  return base64Url(sha256(utf8ToBytes(name)));
}

/**
 * @param comments of the chain's rules.
 * @param known names that the cluster's policies and profiles have in Calico's own notation.
 */
export function chainSubject(
  chain: string,
  comments: Iterable<string>,
  known: NamesByHash,
): ChainSubject | null {
  // nftables mode keeps all tables in one.
  const bare = chain.replace(/^filter-(?=cali-)/, '');
  const workload = /^cali-(fw|tw)-(.+)$/.exec(bare);
  if (workload !== null) {
    return {
      kind: 'workload',
      direction: workload[1] === 'fw' ? 'from' : 'to',
      interfaceName: workload[2] ?? '',
    };
  }
  const prefix = /^cali-[a-z]+-/.exec(bare)?.[0] ?? '';
  if (!isPrefix(prefix)) return null;
  const subject = PREFIXES[prefix];
  for (const comment of comments) {
    const said = /^(?:Policy|Profile) (.+) (?:ingress|egress)$/.exec(comment)?.[1];
    if (said !== undefined) return { ...subject, name: said };
  }
  const rest = bare.slice(prefix.length);
  if (!rest.startsWith('_')) return { ...subject, name: rest };
  return { ...subject, name: known.get(rest.slice(1, 1 + HASHED)) ?? null };
}

/** In the operator's words: `default/knp.default.allow-web` and `knp/default/allow-web` are NetworkPolicy default/allow-web. */
export function subjectWords(subject: Exclude<ChainSubject, { kind: 'workload' }>): string {
  const { name } = subject;
  if (name === null) return `a ${subject.kind} whose name is not known (its chain has only a hash of it)`;
  const kubernetes = /^(.+)\/knp\.default\.(.+)$/.exec(name) ?? /^knp\/([^/]+)\/(.+)$/.exec(name);
  if (kubernetes !== null) return `NetworkPolicy ${kubernetes[1] ?? ''}/${kubernetes[2] ?? ''}`;
  const cluster = /^kcnp\/(.+)$/.exec(name);
  if (cluster !== null) return `ClusterNetworkPolicy ${cluster[1] ?? ''}`;
  const kinded = /^g?np\/(.+)$/.exec(name);
  if (kinded !== null) return `Calico policy ${kinded[1] ?? ''}`;
  if (name.startsWith('kns.')) return `namespace ${name.slice('kns.'.length)}`;
  const account = /^ksa\.([^.]+)\.(.+)$/.exec(name);
  if (account !== null) return `service account ${account[1] ?? ''}/${account[2] ?? ''}`;
  return `Calico ${subject.kind} ${name}`;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** RFC 4648 §5, without padding. */
function base64Url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const three = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const digits = Math.min(4, bytes.length - at + 1);
    for (let place = 0; place < digits; place += 1) text += DIGITS[(three >> (18 - 6 * place)) & 63] ?? '';
  }
  return text;
}
