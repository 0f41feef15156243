// Keys and values of etcd as `etcdctl -w json` prints them (etcdserverpb.RangeResponse; bytes are base64).
import { z } from 'zod';
import { excerpt } from '../plain-text.ts';
import { jsonOf } from '../json-text.ts';
import { fail, ok, type Result } from '../result.ts';
import { base64Bytes } from './base64.ts';
import { etcdctl, type EtcdAccess } from './etcd-access.ts';

/** Keys a page: about 300 KB, in tens of milliseconds of etcd's. */
export const KEYS_A_PAGE = 2000;
/** Longer ones are counted, not shown: Kubernetes' and Calico's stay under 600. */
export const LONGEST_KEY = 2048;
/** Only what Calico keeps as JSON is read; what Kubernetes keeps, its Secrets among it, is not. */
export const VALUE_PREFIX = '/calico/';

export interface EtcdKey {
  readonly key: string;
  /** How often it was written since it was made. */
  readonly version: number;
  /** Revision of the whole store at its last change. */
  readonly modRevision: number;
}

export interface EtcdKeyPage {
  readonly keys: readonly EtcdKey[];
  /** Keys that there are from here on to the end of the prefix, these among them. */
  readonly count: number;
  /** Where the next page begins; null on the last, or where that cannot be said. */
  readonly next: string | null;
  /** Keys that are no text or longer than LONGEST_KEY. */
  readonly unread: number;
}

/** The command for a page, and what a person would type for the whole. @param from the key to go on with; null: the first page */
export function keysCommand(
  access: EtcdAccess,
  prefix: string,
  from: string | null,
): { readonly run: string; readonly typed: string } {
  const options = ['--keys-only', `--limit=${KEYS_A_PAGE}`, '-w', 'json'];
  const whole = prefix.startsWith('-')
    ? ['get', '--prefix', '--keys-only', '--', prefix]
    : ['get', prefix, '--prefix', '--keys-only'];
  const end = endOf(prefix);
  const rest = end === null ? ['--from-key', '--', from ?? ''] : ['--', from ?? '', end];
  const range = from === null ? ['--prefix', '--', prefix] : rest;
  return {
    run: etcdctl(access, ['get', ...options, ...range]),
    typed: etcdctl(access, whole),
  };
}

/** The first key after all those with this prefix (clientv3.GetPrefixRangeEnd, for text); null when they are the last. */
function endOf(prefix: string): string | null {
  const characters = Array.from(prefix);
  const last = characters.pop()?.codePointAt(0);
  if (last === undefined) return null;
  if (last === 0x10_ffff) return endOf(characters.join(''));
  // Surrogates are no text.
  return characters.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
}

export function valueCommand(access: EtcdAccess, key: string): string {
  return etcdctl(access, ['get', '-w', 'json', '--', key]);
}

/** Why this key's value is not read; null when it may be. */
export function valueRefusal(key: string): string | null {
  if (key.startsWith(VALUE_PREFIX) && !/[\u0000-\u001f\u007f]/.test(key)) return null;
  return `Only the values of Calico’s keys (${VALUE_PREFIX}…) are read; Kubernetes’ own hold Secrets.`;
}

const number = z.union([z.number(), z.string().max(20)]).transform(Number);
const kvSchema = z.object({
  key: z.string(),
  version: number.optional(),
  mod_revision: number.optional(),
  value: z.string().optional(),
});
const rangeSchema = z.object({
  kvs: z.array(kvSchema).default([]),
  count: number.optional(),
  more: z.boolean().optional(),
});

/** @param from the page began with this key, which is left out when it comes again. */
export function parseEtcdKeys(text: string, from: string | null): Result<EtcdKeyPage, string> {
  const read = rangeSchema.safeParse(jsonOf(text));
  if (!read.success) return fail(`etcdctl’s answer is no list of keys: ${excerpt(text)}`);
  const { kvs, count = 0, more = false } = read.data;
  const all = kvs.map(({ key, version = 0, mod_revision: modRevision = 0 }) => {
    const name = textOf(key);
    return name === null || name.length > LONGEST_KEY ? null : { key: name, version, modRevision };
  });
  const keys = all.filter((one) => one !== null);
  const next = more ? (all.at(-1)?.key ?? null) : null;
  const shown = from !== null && keys[0]?.key === from ? keys.slice(1) : keys;
  // A key that cannot be put on a command line cannot be gone on with.
  const passable = next !== null && next !== from && !next.includes('\0');
  return ok({
    keys: shown,
    count: count - (keys.length - shown.length),
    next: passable ? next : null,
    unread: all.length - keys.length,
  });
}

/** The JSON of one of Calico's keys, indented, without what a field's name says is secret. The failure is a sentence. */
export function parseEtcdValue(text: string, key: string): Result<string, string> {
  const read = rangeSchema.safeParse(jsonOf(text));
  if (!read.success) return fail(`etcdctl’s answer is no value: ${excerpt(text)}`);
  const [kv] = read.data.kvs;
  if (kv === undefined || textOf(kv.key) !== key)
    return fail('This key is no longer there; list the keys again.');
  const value = textOf(kv.value ?? '');
  const json = value === null ? undefined : jsonOf(value);
  if (typeof json !== 'object' || json === null)
    return fail('The value of this key is not JSON; only Calico’s JSON is shown.');
  return ok(JSON.stringify(json, withoutSecrets, 2));
}

const SECRET = /password|passphrase|secret|token|private_?key/i;

/** A reference to a Secret is an object and stays. */
function withoutSecrets(name: string, value: unknown): unknown {
  return typeof value === 'string' && SECRET.test(name) && !/ref$/i.test(name) ? '(not shown)' : value;
}

/** What etcdctl says on stderr when it fails, and what to do about it. */
export function etcdFailure(said: string, { endpoint }: EtcdAccess, nodeLabel: string): string {
  const last = excerpt(said.trim().split('\n').at(-1) ?? '');
  if (/deadline exceeded|connection refused|unavailable/i.test(said))
    return `etcd does not answer ${nodeLabel} at ${endpoint} (${last}): see whether it runs (crictl ps, systemctl status etcd) and listens there (ss -ltn).`;
  if (/permission denied|user name is empty|auth/i.test(last))
    return `etcd at ${endpoint} does not let this certificate read (${last}): name another one under etcd in the cluster file.`;
  if (/x509|certificate|tls/i.test(last))
    return `etcd at ${endpoint} and the certificates do not fit together (${last}): name the right ones under etcd in the cluster file.`;
  return `etcdctl on ${nodeLabel} says: ${last === '' ? 'nothing' : last}`;
}

/** Null for bytes that are no UTF-8. */
function textOf(base64: string): string | null {
  const bytes = base64Bytes(base64);
  if (bytes === null) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
