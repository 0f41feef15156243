// The rules that a kernel takes one flow through: nftables' trace (nft(8), "nft monitor trace"; iptables' TRACE target does the same), which
// shows those of iptables in nf_tables, too. It takes a rule that marks the flow's packets, in a table of our own and so out of the way of
// whoever rewrites others. The rule is bounded four times: the script takes it out; a process outside its guard does as soon as the script
// is gone, or after a while; the addresses that it matches are elements of a set, and expire in the kernel; and a table that outlived its
// time, which stands in its name, is taken out by whoever traces or connects next (`sweepScript`).
import { fail, ok, type Result } from '../result.ts';
import { kernelModulesScript } from './firewall-script.ts';
import { framedScript } from './framed-script.ts';
import { isAddressText } from './ip-text.ts';
import { readSections } from './section-reading.ts';

/** Whose packets are marked. */
export interface TracedFlow {
  readonly source: string;
  readonly destination: string;
  readonly proto: 'icmp' | 'tcp' | 'udp';
  /** Of the destination; null: any. */
  readonly port: number | null;
  /** By what a probe's packets are told from others of the two: theirs alone are marked. Null: nothing tells them. */
  readonly told: 'by-source-port' | { readonly bytes: number } | null;
}

/** From where connections and datagrams of a probe are sent: above what Linux gives out (ip_local_port_range). */
export const PROBE_PORTS = { first: 61_000, last: 65_499 };

/** Followed by the second, of the node's clock, after which nobody needs it any more. */
export const TRACE_TABLE = 'hopscope_trace_';
/** s for which packets are listened to. */
export const LISTEN_S = 5;
/** s after which the rule is gone, whatever became of the script, and its addresses in the kernel. */
export const RULE_ENDS_S = 15;
/** A second; with RULE_ENDS_S the bound of what a busy flow costs. */
const MOST_PACKETS = 10;
/** Of TCP only what opens a connection: others between the two are taken through rules by their state, which is not the probe's. */
const OPENS = ' tcp flags & (syn | ack) == syn';
const MOST_BYTES = 262_144;
/** Whose rules are numbered. */
const MOST_CHAINS = 80;

/** What the script prints on a line of its own, with the nonce in front, once packets are marked. */
export const READY = 'ready';

/** The rules as nft takes them. `TABLE` stands for the table's name. The failure is a sentence. */
export function traceRules({ source, destination, proto, port, told }: TracedFlow): Result<string, string> {
  if (!isAddressText(source) || !isAddressText(destination))
    return fail(`${source} → ${destination} is no flow that can be traced.`);
  const six = destination.includes(':');
  if (six !== source.includes(':')) return fail(`${source} and ${destination} are of two families.`);
  const family = six ? 'ip6' : 'ip';
  const asks =
    proto === 'icmp'
      ? six
        ? 'icmpv6 type echo-request'
        : 'icmp type echo-request'
      : `meta l4proto ${proto}${port === null ? '' : ` th dport ${String(port)}`}${proto === 'tcp' ? OPENS : ''}`;
  const own =
    told === null
      ? ''
      : told === 'by-source-port'
        ? ` th sport ${String(PROBE_PORTS.first)}-${String(PROBE_PORTS.last)}`
        : ` meta length ${String(told.bytes)}`;
  const rule = `${family} saddr . ${family} daddr @ends ${asks}${own} limit rate ${String(MOST_PACKETS)}/second meta nftrace set 1`;
  const chain = (hook: string): string =>
    `chain ${hook} { type filter hook ${hook} priority -350; policy accept; ${rule}; }`;
  return ok(
    [
      'table inet TABLE {',
      `set ends { type ${six ? 'ipv6_addr . ipv6_addr' : 'ipv4_addr . ipv4_addr'}; timeout ${String(RULE_ENDS_S)}s; elements = { ${source} . ${destination} }; }`,
      chain('prerouting'),
      chain('output'),
      '}',
    ].join('\n'),
  );
}

/** As root, for `sh -c`. The failure is a sentence. */
export function flowTraceScript(nonce: string, flow: TracedFlow): Result<string, string> {
  const rules = traceRules(flow);
  if (!rules.ok) return rules;
  const functions = `${kernelModulesScript}${sweepFunction}
rules='${rules.value}'
moment() { sleep 0.1 2>/dev/null || sleep 1; }
# Sockets that listen to NFNLGRP_NFTRACE, the ninth group (netlink(7)).
listeners() { awk '$2 == 12 && substr($4, length($4) - 2, 1) ~ /[13579bdf]/' self/net/netlink | wc -l; }
listen() {
  within ${LISTEN_S} nft -a monitor trace & m=$!
  i=0
  while [ $(listeners) -le $already ] && kill -0 $m && [ $i -lt 30 ]; do moment; i=$((i + 1)); done
  if printf '%s\\n' "$rules" | sed "s/TABLE/$table/" | nft -f - >&3 2>&3; then printf '\\n#%s ${READY}\\n' $nonce >&3; fi
  wait $m
}
numbers() {
  printf '%s\\n' "$said" | awk '$1 == "trace" && $2 == "id" && $7 == "rule" && $4 ~ /^[a-z0-9]+$/ && ($5 $6) ~ /^[A-Za-z0-9_.-]+$/ && !seen[$4, $5, $6]++ && n++ < ${MOST_CHAINS} { print $4, $5, $6 }' |
    while read -r family name chain; do
      echo "chain $family $name $chain"
      within 3 nft -a list chain $family $name $chain 2>/dev/null | awk '/# handle [0-9]+$/ && !/[{] # handle/ { print "handle", $NF }'
    done
}
flow_trace() {
  if ! kernel_has nf_tables; then echo lacks nf_tables; return; fi
  for t in nft setsid awk; do if ! has $t; then echo lacks $t; return; fi; done
  sweep
  table=${TRACE_TABLE}$(($(date +%s) + ${RULE_ENDS_S}))_$$
  already=$(listeners)
  # Outside of our guard, which ends all that is of ours at once.
  ( unset HOPSCOPE_GUARD
    exec setsid sh -c 'n=0; while [ $n -lt ${RULE_ENDS_S} ] && kill -0 $1; do sleep 1; n=$((n + 1)); done; nft delete table inet $2' sh $$ $table
  ) </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- & watchdog=$!
  { said=$(listen 2>/dev/null | head -c ${MOST_BYTES}); } 3>&1
  # Else it is the watchdog's to try again.
  nft delete table inet $table && kill $watchdog 2>/dev/null
  printf '%s\\n' "$said"
  numbers
}`;
  return ok(
    `nonce=${nonce}\n${framedScript(functions, "  shown='nft -a monitor trace'\n  section traced flow_trace")}`,
  );
}

/** Tables of ours whose time is over: those of a Hopscope that is at work are not touched. */
const sweepFunction = `
sweep() {
  nft list tables 2>/dev/null | sed -n 's/^table inet \\(${TRACE_TABLE}[0-9]*_[0-9]*\\)$/\\1/p' | while read -r left; do
    over=\${left#${TRACE_TABLE}}
    if [ "\${over%_*}" -lt "$(date +%s)" ]; then nft delete table inet "$left"; fi
  done
}
`;

/** Takes out what an earlier trace left; root's. */
export function sweepScript(nonce: string): string {
  return `nonce=${nonce}\n${framedScript(sweepFunction, "  shown='nft delete table inet ${TRACE_TABLE}…'\n  section swept sweep")}`;
}

export interface MetHandle {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** From 1; 0: the chain's policy; null: not known. */
  readonly number: number | null;
  /** As nft prints it, without counters; '' where it does not. */
  readonly text: string;
  readonly verdict: string;
}

export interface FlowTrace {
  /** A list a packet: what it met, in order. */
  readonly packets: readonly (readonly MetHandle[])[];
  /** Lines of the trace that were not understood. */
  readonly unread: readonly { readonly line: number; readonly text: string }[];
}

const MOST_TRACED = 50;
const MOST_MET = 2000;
const MOST_UNREAD = 20;

/** The failure is a sentence. */
export function parseFlowTrace(
  stdout: Uint8Array,
  context: { readonly nonce: string; readonly nodeLabel: string; readonly seenAt: number },
): Result<FlowTrace, string> {
  const { nodeLabel } = context;
  const section = readSections(stdout, context).sections.get('traced');
  if (section === undefined) return fail(`${nodeLabel} did not come to tracing rules.`);
  const lacks = /^lacks (\w+)$/m.exec(section.stdout)?.[1];
  if (lacks === 'nf_tables')
    return fail(
      `${nodeLabel} has no nf_tables in its kernel: rules of the older iptables are traced to the kernel’s log alone, which is not read.`,
    );
  if (lacks !== undefined)
    return fail(`${nodeLabel} has no ${lacks}, by which rules are traced: install it there.`);
  if (!section.stdout.includes(`#${context.nonce} ${READY}`)) {
    // On stderr stands that the table, which was not put in, could not be taken out.
    const said = (section.stdout.trim() || section.stderr.trim()).split('\n')[0]?.slice(0, 200) ?? '';
    return fail(
      `${nodeLabel} did not take the rule that marks the packets${said === '' ? '' : ` (${said})`}.`,
    );
  }
  return ok(flowTrace(section.stdout));
}

/** Any text in. */
export function flowTrace(text: string): FlowTrace {
  const numbers = new Map<string, number>();
  const packets: MetHandle[][] = [];
  /** The kernel uses an id again as soon as its packet is gone: the latest of each. */
  const open = new Map<string, MetHandle[]>();
  /** A bridge that hands a packet up copies it: it goes on under another id. */
  const bySign = new Map<string, MetHandle[]>();
  const unread: { line: number; text: string }[] = [];
  let chain: string | null = null;
  let at = 0;
  const lines = text.split('\n');
  // Numbers stand behind the trace, and are needed for it.
  for (const line of lines) {
    const [word, ...rest] = line.split(' ');
    if (word === 'chain' && rest.length === 3) [chain, at] = [rest.join(' '), 0];
    else if (word === 'handle' && chain !== null) numbers.set(`${chain} ${rest[0] ?? ''}`, (at += 1));
  }
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith('trace id ')) continue;
    const [, id, family = '', table = '', name = '', rest = ''] =
      /^trace id ([0-9a-f]{1,16}) (\S+) (\S+) (\S+) (.*)$/.exec(line) ?? [];
    if (id === undefined) {
      if (unread.length < MOST_UNREAD) unread.push({ line: index + 1, text: line.slice(0, 300) });
      continue;
    }
    if (table.startsWith(TRACE_TABLE)) {
      // Ours comes first: here its way through this node begins.
      if (!rest.startsWith('packet:') || packets.length >= MOST_TRACED) continue;
      const list: MetHandle[] = [];
      packets.push(list);
      open.set(id, list);
      const sign = signOf(rest);
      if (sign !== '') bySign.set(sign, list);
      continue;
    }
    const list = open.get(id) ?? (rest.startsWith('packet:') ? bySign.get(signOf(rest)) : undefined);
    // Somebody else may trace as well.
    if (list === undefined) continue;
    open.set(id, list);
    const met = metHandle(rest, (handle) => numbers.get(`${family} ${table} ${name} ${handle}`) ?? null);
    if (met === 'head') continue;
    if (met === null) {
      if (unread.length < MOST_UNREAD) unread.push({ line: index + 1, text: line.slice(0, 300) });
      continue;
    }
    if (list.length < MOST_MET) list.push({ family, table, chain: name, ...met });
  }
  return { packets, unread };
}

/** What tells a packet from others and stays on its way through a node; '' where nothing does. */
function signOf(head: string): string {
  return [...head.matchAll(/\b(ip id|tcp sport|udp sport|icmp id|icmp sequence) (\d+)/g)]
    .map(([all]) => all)
    .join(' ');
}

type Met = Pick<MetHandle, 'number' | 'text' | 'verdict'>;

function metHandle(rest: string, numberOf: (handle: string) => number | null): Met | 'head' | null {
  if (rest.startsWith('packet:')) return 'head';
  const policy = /^policy (\w+)(?: meta mark 0x[0-9a-f]+)?\s*$/.exec(rest)?.[1];
  if (policy !== undefined) return { number: 0, text: '', verdict: policy };
  const rule = /^rule (.*) # handle (\d+) \(verdict ([^()]*)\)(?: meta mark 0x[0-9a-f]+)?\s*$/.exec(rest);
  if (rule !== null) {
    const [, text = '', handle = '', verdict = ''] = rule;
    const bare = text.replace(/ ?counter packets \d+ bytes \d+/, '').trim();
    return { number: numberOf(handle), text: bare.slice(0, 1000), verdict };
  }
  const unknown = /^unknown rule handle (\d+) \(verdict ([^()]*)\)(?: meta mark 0x[0-9a-f]+)?\s*$/.exec(rest);
  if (unknown !== null) return { number: numberOf(unknown[1] ?? ''), text: '', verdict: unknown[2] ?? '' };
  // What a chain that was called gives back, and of a base chain nothing.
  const verdict = /^verdict (.*?)(?: meta mark 0x[0-9a-f]+)?\s*$/.exec(rest)?.[1];
  return verdict === undefined ? null : { number: null, text: '', verdict };
}
