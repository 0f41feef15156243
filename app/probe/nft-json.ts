// `nft -j list table FAMILY NAME`, one document a line (libnftables-json(5)): tables, chains with their hooks, rules
// with their counters, sets and maps. Lines `# device …` say of which devices chains are.
import { z } from 'zod';
import type { EvidenceId } from './facts.ts';
import {
  HOOKS,
  MOST_MEMBERS,
  type FirewallChain,
  type FirewallTable,
  type NftRule,
  type NftSet,
} from './firewall-facts.ts';
import { CUT } from './nft-text.ts';
import { EntryList } from './unread.ts';

const family = z.enum(['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev']);
const within = { family, table: z.string() };
const tableSchema = z.object({
  family,
  name: z.string(),
  flags: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .catch(undefined),
});
const chainSchema = z.object({
  ...within,
  name: z.string(),
  type: z.string().optional(),
  hook: z.enum(HOOKS).optional(),
  prio: z.number().optional(),
  policy: z.enum(['accept', 'drop']).optional(),
  dev: z.union([z.string(), z.array(z.string())]).optional(),
});
const ruleSchema = z.object({
  ...within,
  chain: z.string(),
  handle: z.number().optional(),
  comment: z.string().optional(),
  expr: z.array(z.unknown()).default([]),
});
const typeSchema = z.union([z.string(), z.array(z.string()), z.looseObject({})]);
const setSchema = z.object({
  ...within,
  name: z.string(),
  type: typeSchema,
  map: typeSchema.optional(),
  comment: z.string().optional(),
  timeout: z.number().optional().catch(undefined),
  elem: z.array(z.unknown()).default([]),
});
const documentSchema = z.object({ nftables: z.array(z.record(z.string(), z.unknown())) });
const counterSchema = z.object({ counter: z.object({ packets: z.number(), bytes: z.number() }) });

interface OpenTable {
  readonly family: FirewallTable['family'];
  readonly name: string;
  readonly chains: Map<string, Omit<FirewallChain, 'rules'> & { rules: NftRule[] }>;
  readonly sets: NftSet[];
  /** The kernel calls none of its chains. */
  isDormant: boolean;
}

/** Of hundreds of kinds, those that decide nothing by themselves: counters and limits with a name, flow tables. */
const BESIDES = [
  'metainfo',
  'counter',
  'quota',
  'limit',
  'flowtable',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'secmark',
  'synproxy',
  'element',
];

const TABLE_FLAGS = ['dormant', 'owner', 'persist'];

class NftTables extends EntryList<FirewallTable> {
  /** False: what was printed ended before its time, and rules are missing. */
  isWhole = true;
}

export function parseNftJson(output: string, evidence: EvidenceId): NftTables {
  const list = new NftTables();
  const tables = new Map<string, OpenTable>();
  /** Of chains whose JSON does not say it. */
  const devices = new Map<string, string>();
  output.split('\n').forEach((text, index) => {
    if (text.trim() === '') return;
    const told = deviceOf(text);
    if (told !== null) {
      devices.set(told.chain, told.devices);
      return;
    }
    const objects = documentOf(text);
    if (objects === null) {
      list.isWhole = false;
      list.notUnderstood(`line ${index + 1}`, text);
      return;
    }
    for (const object of objects) {
      const last = object[CUT];
      if (typeof last === 'string') {
        list.isWhole = false;
        list.notUnderstood('is not whole: rules are missing after', last);
      } else if (!takeObject(object, tables)) list.notUnderstood(`line ${index + 1}`, JSON.stringify(object));
    }
  });
  for (const { chains: open, isDormant, ...table } of tables.values()) {
    const chains = [...open.values()].map((chain) => {
      if (isDormant) return { ...chain, hook: null };
      const device = devices.get(`${table.family} ${table.name} ${chain.name}`);
      if (device === undefined || chain.hook?.device !== null) return chain;
      return { ...chain, hook: { ...chain.hook, device } };
    });
    list.entries.push({ ...table, backend: 'nft', chains, evidence });
  }
  return list;
}

/** `# device netdev edge in "ens3"`, `… { ens3, ens4 }`: what the script makes of `nft list chains`. */
function deviceOf(text: string): { readonly chain: string; readonly devices: string } | null {
  const match = /^# device (\S+ \S+ \S+) (?:"([^"]*)"|\{ ([^}]*) \})\s*$/.exec(text);
  if (match === null) return null;
  const [, chain = '', one, several = ''] = match;
  return { chain, devices: one ?? several.replaceAll('"', '') };
}

function documentOf(text: string): readonly Readonly<Record<string, unknown>>[] | null {
  try {
    const document = documentSchema.safeParse(JSON.parse(text));
    return document.success ? document.data.nftables : null;
  } catch {
    return null;
  }
}

function takeObject(object: Readonly<Record<string, unknown>>, tables: Map<string, OpenTable>): boolean {
  const [kind] = Object.keys(object);
  if (kind === undefined) return false;
  if (kind === 'table') {
    const table = tableSchema.safeParse(object[kind]);
    if (!table.success) return false;
    const { flags = [] } = table.data;
    // Before 1.0.7 nft printed of a single flag what else stood in its memory; of those versions nobody sets another than that.
    const isKnown = Array.isArray(flags) || TABLE_FLAGS.includes(flags);
    openTable(tables, table.data.family, table.data.name).isDormant =
      !isKnown || [flags].flat().includes('dormant');
    return isKnown;
  }
  if (kind === 'chain') {
    const chain = chainSchema.safeParse(object[kind]);
    if (chain.success) addChain(tables, chain.data);
    return chain.success;
  }
  if (kind === 'rule') {
    const rule = ruleSchema.safeParse(object[kind]);
    if (rule.success) addRule(tables, rule.data);
    return rule.success;
  }
  if (kind === 'set' || kind === 'map') {
    const set = setSchema.safeParse(object[kind]);
    if (set.success) addSet(tables, set.data);
    return set.success;
  }
  return BESIDES.includes(kind);
}

function openTable(tables: Map<string, OpenTable>, family: OpenTable['family'], name: string): OpenTable {
  const key = `${family} ${name}`;
  const known = tables.get(key);
  if (known !== undefined) return known;
  const table: OpenTable = { family, name, chains: new Map(), sets: [], isDormant: false };
  tables.set(key, table);
  return table;
}

function addChain(tables: Map<string, OpenTable>, chain: z.infer<typeof chainSchema>): void {
  const { hook, prio = 0, type = 'filter', policy = null, dev, name } = chain;
  const device = dev === undefined ? null : [dev].flat().join(', ');
  openTable(tables, chain.family, chain.table).chains.set(name, {
    name,
    hook: hook === undefined ? null : { hook, priority: prio, type, policy, device },
    packets: null,
    bytes: null,
    rules: [],
  });
}

function addRule(tables: Map<string, OpenTable>, rule: z.infer<typeof ruleSchema>): void {
  const { chains } = openTable(tables, rule.family, rule.table);
  let chain = chains.get(rule.chain);
  if (chain === undefined) {
    chain = { name: rule.chain, hook: null, packets: null, bytes: null, rules: [] };
    chains.set(rule.chain, chain);
  }
  const counted = rule.expr.map((part) => counterSchema.safeParse(part)).find(({ success }) => success)
    ?.data?.counter;
  chain.rules.push({
    backend: 'nft',
    handle: rule.handle ?? null,
    comment: rule.comment ?? null,
    packets: counted?.packets ?? null,
    bytes: counted?.bytes ?? null,
    expr: rule.expr,
  });
}

function addSet(tables: Map<string, OpenTable>, set: z.infer<typeof setSchema>): void {
  const type = typeText(set.type);
  openTable(tables, set.family, set.table).sets.push({
    name: set.name,
    isMap: set.map !== undefined,
    type: set.map === undefined ? type : `${type} : ${typeText(set.map)}`,
    comment: set.comment ?? null,
    timeout: set.timeout ?? null,
    elements: set.elem.slice(0, MOST_MEMBERS),
    size: set.elem.length,
  });
}

function typeText(type: z.infer<typeof typeSchema>): string {
  if (typeof type === 'string') return type;
  return Array.isArray(type) ? type.join(' . ') : JSON.stringify(type);
}
