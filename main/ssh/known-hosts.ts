// known_hosts as sshd(8) "SSH_KNOWN_HOSTS FILE FORMAT" has it, judged as OpenSSH's hostfile.c and
// sshconnect.c:check_host_key do. Certificates are not supported: @cert-authority lines are passed over, and said so.
import { createHmac } from 'node:crypto';
import { plainText } from '../../app/plain-text.ts';
import { patternListMatch } from './pattern.ts';

export interface KnownHostLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly revoked: boolean;
  /** Pattern list, or the salt and hash of one name. */
  readonly names: readonly string[] | { readonly salt: Buffer; readonly hash: Buffer };
  readonly keyType: string;
  /** The public key blob in base64, as RFC 4253 §6.6 encodes it. */
  readonly key: string;
}

export interface KnownHosts {
  readonly lines: readonly KnownHostLine[];
  /** Lines that were passed over, each a sentence with `file:line`. */
  readonly skipped: readonly string[];
}

export type HostKeyVerdict =
  | { readonly kind: 'match'; readonly by: KnownHostLine }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'changed'; readonly offending: KnownHostLine }
  | { readonly kind: 'revoked'; readonly offending: KnownHostLine };

/** A key line is about 100 to 800 bytes; what is far longer is not a key line. */
const MAX_LINE = 64 * 1024;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const SHA1_BYTES = 20;

/** `[host]:port` unless it is 22; names compare in lower case. */
export function knownHostName(host: string, port: number): string {
  const lower = host.toLowerCase();
  return port === 22 ? lower : `[${lower}]:${port}`;
}

/** Never throws: what cannot be read is in `skipped`. */
export function parseKnownHosts(file: string, content: string): KnownHosts {
  const lines: KnownHostLine[] = [];
  const skipped: string[] = [];
  content.split('\n').forEach((raw, index) => {
    const parsed = parseLine(file, index + 1, raw);
    if (typeof parsed === 'string') skipped.push(`${file}:${index + 1}: ${parsed}`);
    else if (parsed !== null) lines.push(parsed);
  });
  return { lines, skipped };
}

function parseLine(file: string, line: number, raw: string): KnownHostLine | string | null {
  if (raw.length > MAX_LINE) return 'line too long, passed over';
  const text = raw.trim();
  if (text === '' || text.startsWith('#')) return null;
  const words = text.split(/[ \t]+/);
  const marker = text.startsWith('@') ? words.shift() : undefined;
  if (marker === '@cert-authority') return 'host certificates are not supported, @cert-authority passed over';
  if (marker !== undefined && marker !== '@revoked')
    return `unknown marker ${plainText(marker.slice(0, 40))}, passed over`;
  const [hosts, keyType, key] = words;
  if (hosts === undefined || keyType === undefined || key === undefined)
    return 'fewer than three fields, passed over';
  if (!BASE64.test(key) || keyTypeOf(key) !== keyType) return 'the key cannot be read, passed over';
  const names = hosts.startsWith('|') ? hashedName(hosts) : hosts.toLowerCase().split(',');
  if (names === null) return 'the hashed name cannot be read, passed over';
  return { file, line, text, revoked: marker === '@revoked', names, keyType, key: unpadded(key) };
}

function hashedName(field: string): { salt: Buffer; hash: Buffer } | null {
  const [empty, version, salt, hash, ...rest] = field.split('|');
  if (empty !== '' || version !== '1' || salt === undefined || hash === undefined || rest.length > 0)
    return null;
  const decoded = { salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
  return decoded.salt.length === SHA1_BYTES && decoded.hash.length === SHA1_BYTES ? decoded : null;
}

/** The type a key blob names itself, or null: it is the first string of the blob. */
export function keyTypeOf(base64: string): string | null {
  const blob = Buffer.from(base64, 'base64');
  if (blob.length < 4) return null;
  const length = blob.readUInt32BE(0);
  return length > 0 && length <= 64 && blob.length > 4 + length
    ? blob.toString('latin1', 4, 4 + length)
    : null;
}

function nameMatches(line: KnownHostLine, name: string): boolean {
  if (Array.isArray(line.names)) return patternListMatch(line.names as readonly string[], name);
  const { salt, hash } = line.names as { salt: Buffer; hash: Buffer };
  return createHmac('sha1', salt).update(name).digest().equals(hash);
}

/** Key types known for `name`, in the order of the file: what to ask the server for first. */
export function knownKeyTypes(known: KnownHosts, name: string): readonly string[] {
  const types = known.lines
    .filter((line) => !line.revoked && nameMatches(line, name))
    .map((line) => line.keyType);
  return [...new Set(types)];
}

/**
 * Judges the key that a host showed. Revoked beats everything; the same key anywhere is a match; else any other key that
 * is known for this name is a change, of whatever type (hostfile.c:check_hostkeys_by_key_or_type): who sits in between
 * could otherwise escape the warning by showing a type that is not known yet.
 */
export function judgeHostKey(known: KnownHosts, name: string, keyBlob: Buffer): HostKeyVerdict {
  const key = unpadded(keyBlob.toString('base64'));
  const keyType = keyTypeOf(key);
  const candidates = known.lines.filter((line) => nameMatches(line, name));
  const revoked = candidates.find((line) => line.revoked && line.key === key);
  if (revoked !== undefined) return { kind: 'revoked', offending: revoked };
  const valid = candidates.filter((line) => !line.revoked);
  const match = valid.find((line) => line.key === key);
  if (match !== undefined) return { kind: 'match', by: match };
  const changed = valid.find((line) => line.keyType === keyType) ?? valid[0];
  return changed === undefined ? { kind: 'unknown' } : { kind: 'changed', offending: changed };
}

const unpadded = (base64: string): string => base64.replace(/=+$/, '');
