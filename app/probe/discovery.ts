// From the discovery script's output to a NodeSnapshot. Tolerates noise before it, an output that was cut off (whole
// sections before the cut are kept) and any bytes in it.
import { fail, ok, type Result } from '../result.ts';
import { birdSection } from './bird-section.ts';
import { parseCniSigns } from './cni-signs.ts';
import { daemonLogsSection } from './daemon-logs-section.ts';
import type { EvidenceHead, EvidenceId, NetnsListing } from './facts.ts';
import { readFirewall } from './firewall-reading.ts';
import { ipFacts } from './ip-facts.ts';
import { parseKernelLog } from './kernel-log.ts';
import { parseCounters } from './node-counters.ts';
import { parseNamespaceIds } from './namespace-ids.ts';
import { insidesOf } from './namespace-inside.ts';
import { parseNetnsFiles, parseNetnsProcesses } from './netns-processes.ts';
import { parseNodeMeta } from './node-meta.ts';
import { parseSettings } from './node-settings.ts';
import { readingCost } from './reading-cost.ts';
import { parseRemoteNetns } from './remote-netns.ts';
import { firstLine, lossSentence, sectionOf, sectionTaker } from './section-fact.ts';
import { readSections, type ReadSection } from './section-reading.ts';
import type { NodeMeta, NodeSnapshot } from './snapshot.ts';
import { parseTracked } from './tracked.ts';
import { unreadSentence } from './unread.ts';

/** Why there is no snapshot at all. */
export interface ProbeFailure {
  readonly kind: 'no-answer' | 'cut-off' | 'no-identity';
  readonly sentence: string;
  /** What the node printed instead, at most 500 characters. */
  readonly detail: string;
}

export interface DiscoveryContext {
  readonly nonce: string;
  readonly nodeLabel: string;
  /** ms since the epoch, our clock. */
  readonly seenAt: number;
}

export function parseDiscovery(
  stdout: Uint8Array,
  context: DiscoveryContext,
): Result<NodeSnapshot, ProbeFailure> {
  const { nodeLabel, seenAt } = context;
  const { sections: read, complete } = readSections(stdout, context);
  const metaSection = read.get('meta');
  if (metaSection === undefined) {
    const detail = new TextDecoder('utf-8').decode(stdout.subarray(0, 500)).trim();
    return fail({
      kind: 'no-answer',
      sentence: `${nodeLabel} did not run the discovery script: its login shell must be able to run sh.`,
      detail,
    });
  }
  const meta = parseNodeMeta(metaSection.stdout);
  if (meta === null) {
    const detail = `${metaSection.stdout}${metaSection.stderr}`.trim().slice(0, 500);
    return metaSection.state === 'truncated'
      ? fail({
          kind: 'cut-off',
          sentence: `The answer of ${nodeLabel} was cut off before it said anything.`,
          detail,
        })
      : fail({
          kind: 'no-identity',
          sentence: `${nodeLabel} does not tell its boot id: /proc/sys/kernel/random/boot_id must be readable (Linux only).`,
          detail,
        });
  }

  return ok(
    snapshotOf(read, {
      nodeLabel,
      seenAt,
      at: metaSection.head.at ?? { s: Math.floor(seenAt / 1000), ns: Math.floor(seenAt % 1000) * 1_000_000 },
      meta,
      complete,
    }),
  );
}

/** Who was read and when, beside the sections themselves. */
export interface SnapshotContext extends Pick<NodeSnapshot, 'nodeLabel' | 'seenAt' | 'at' | 'meta'> {
  /** False: the output ended before its time. */
  readonly complete: boolean;
}

/** Sections by the script's names for them, wherever they come from: a live reading, or pasted output. */
export function snapshotOf(
  read: ReadonlyMap<string, ReadSection>,
  { nodeLabel, seenAt, at, meta, complete }: SnapshotContext,
): NodeSnapshot {
  const evidence = new Map<EvidenceId, EvidenceHead>();
  for (const section of read.values()) evidence.set(section.head.id, section.head);
  const take = sectionTaker(read, nodeLabel);
  const snapshot = {
    nodeLabel,
    seenAt,
    at,
    meta,
    ...ipFacts(read, nodeLabel),
    insides: insidesOf(read, nodeLabel, meta),
    nsids: nsidsOf(
      take('nsids', 'numbers of network namespaces', (section) => ok(parseNamespaceIds(section.stdout))),
      read.get('nsids'),
      meta,
      nodeLabel,
    ),
    netns: netnsOf(read, nodeLabel, meta),
    pods: podsOf(read, nodeLabel, meta),
    bird: birdSection(read, nodeLabel, meta.rootInode),
    kernelLog: kernelLogOf(read.get('kernellog'), nodeLabel),
    logs: daemonLogsSection(read, nodeLabel, at),
    counters: countersOf(read, nodeLabel, meta),
    settings: settingsOf(read, nodeLabel),
    cost: take('cost', 'cost of reading', ({ stdout }) => readingCost(stdout, [...read.values()])),
    firewall: readFirewall(read, nodeLabel, meta),
    cni: cniOf(read, meta, nodeLabel),
    tracked: trackedOf(read.get('tracked'), nodeLabel),
    cutOff: complete
      ? null
      : `The answer of ${nodeLabel} was cut off in “${[...read.keys()].at(-1) ?? ''}”: what should have followed is unknown.`,
  };
  // What a part came to (not permitted, missing) is also what its evidence says.
  const { links, netns, pods, nsids, firewall } = snapshot;
  for (const part of [links, netns, pods, nsids, firewall]) {
    for (const id of part?.evidence ?? []) {
      const head = evidence.get(id);
      if (part && head && head.state === 'ok' && part.state === 'not-permitted')
        evidence.set(id, { ...head, state: part.state });
    }
  }
  return {
    ...snapshot,
    evidence: [...evidence.values()],
    outputs: [...read.values()].flatMap(({ head, ranges }) =>
      ranges.map((range) => ({ evidenceId: head.id, ...range })),
    ),
  };
}

function nsidsOf(
  section: NodeSnapshot['nsids'],
  said: ReadSection | undefined,
  meta: NodeMeta,
  nodeLabel: string,
): NodeSnapshot['nsids'] {
  const value = section?.value ?? null;
  if (section === null || value === null || said === undefined) return section;
  const complaint = firstLine(said.stderr) || (value.lsnsFailed ? 'lsns failed and does not say why' : '');
  // Still `ok`: numbers of an earlier reading may be another namespace's by now and must not be kept.
  if (meta.uid === 0 && complaint !== '') {
    const lost = `How ${nodeLabel} numbers its network namespaces is known in part only (${complaint}).`;
    return { ...section, sentence: lost };
  }
  const numbers = said.stdout.match(/^nsid \d/gm)?.length ?? 0;
  const allNamed = numbers > 0 && numbers === value.byName.length;
  if (meta.uid === 0 || value.byInode.length > 0 || allNamed) return section;
  const sentence = `This login may not see how ${nodeLabel} numbers its network namespaces: ${whoMay(meta.uid)}.`;
  return { ...section, state: 'not-permitted', sentence };
}

function netnsOf(
  read: ReadonlyMap<string, ReadSection>,
  nodeLabel: string,
  { uid }: NodeMeta,
): NodeSnapshot['netns'] {
  const section = read.get('netns');
  if (section === undefined) return null;
  const files = read.get('netnsfiles');
  const named = files === undefined ? [] : parseNetnsFiles(files.stdout);
  const base = sectionOf(section, 'network namespaces', nodeLabel, () => {
    const processes = parseNetnsProcesses(section.stdout);
    return processes === null
      ? fail('ls and awk are needed to list them')
      : ok<NetnsListing>({ ...processes, named });
  });
  const evidence = files === undefined ? base.evidence : [...base.evidence, files.head.id];
  const hidden = base.value?.hiddenProcesses ?? 0;
  if (!hidesMuch(hidden, uid)) return { ...base, evidence };
  const sentence = `This login may not see the network namespaces of ${hidden} processes on ${nodeLabel}: ${whoMay(uid)}.`;
  return { ...base, evidence, state: 'not-permitted', sentence };
}

/** From root a security module may hide a process or two; what hides most of them is a missing right. */
function hidesMuch(hidden: number, uid: number): boolean {
  return hidden > (uid === 0 ? 10 : 0);
}

function whoMay(uid: number): string {
  return uid === 0 ? 'root needs CAP_SYS_PTRACE for that' : 'only root may look into other users’ processes';
}

function podsOf(
  read: ReadonlyMap<string, ReadSection>,
  nodeLabel: string,
  { uid }: NodeMeta,
): NodeSnapshot['pods'] {
  const section = read.get('pods');
  if (section === undefined) return null;
  const sysfs = read.get('podsys');
  // A process that ended between the list and the read makes head fail; the others' files are good.
  const tolerated: ReadSection =
    section.state === 'failed' && section.stdout !== '' ? { ...section, state: 'ok' } : section;
  const base = sectionOf(tolerated, 'addresses of Pods', nodeLabel, () =>
    ok(parseRemoteNetns(section.stdout, sysfs?.stdout ?? '')),
  );
  const evidence = sysfs === undefined ? base.evidence : [...base.evidence, sysfs.head.id];
  const listed = read.get('netns')?.stdout ?? '';
  const listing = parseNetnsProcesses(listed);
  if (base.state !== 'ok') return { ...base, evidence };
  if (!hidesMuch(listing?.hiddenProcesses ?? 0, uid)) {
    const unread = /^unread (\d+)$/m.exec(listed)?.[1];
    const lost: string[] = [];
    if (unread !== undefined)
      lost.push(
        `The inside of ${unread} network namespaces on ${nodeLabel} was not read: there are too many.`,
      );
    if (sysfs !== undefined && sysfs.state !== 'ok')
      lost.push(lossSentence(sysfs, 'MTUs, MACs and other ends of devices in Pods', nodeLabel));
    return { ...base, evidence, sentence: lost.length === 0 ? null : lost.join(' ') };
  }
  const sentence = `The inside of Pods on ${nodeLabel} is unknown to this login: ${whoMay(uid)}.`;
  return { ...base, evidence, state: 'not-permitted', sentence };
}

function settingsOf(read: ReadonlyMap<string, ReadSection>, nodeLabel: string): NodeSnapshot['settings'] {
  const section = read.get('procsys');
  if (section === undefined) return null;
  const text = (name: string): string => read.get(name)?.stdout ?? '';
  const base = sectionOf(section, 'settings', nodeLabel, () => {
    // Of a list that was refused, cut, or not asked for nobody knows what is not on it.
    const list = (name: string): string | null => (read.get(name)?.state === 'ok' ? text(name) : null);
    const parts = { offloads: text('offloads'), wireguard: list('wireguard') };
    const rest = { felix: text('felix'), sockets: list('sockets'), keyedPeers: list('keyedpeers') };
    return ok(parseSettings({ sysctls: section.stdout, ...parts, ...rest }));
  });
  const names = ['procsys', 'offloads', 'wireguard', 'felix', 'sockets', 'keyedpeers'];
  const parts = names.flatMap((name) => read.get(name) ?? []);
  // Each tool may be refused on its own: what the others said is good.
  const lost = parts.filter(({ state }) => state === 'not-permitted').map(({ head }) => head.command);
  const refused = lost.length === 0 ? null : `This login may not run on ${nodeLabel}: ${lost.join(', ')}.`;
  return { ...base, evidence: parts.map(({ head }) => head.id), sentence: base.sentence ?? refused };
}

function countersOf(
  read: ReadonlyMap<string, ReadSection>,
  nodeLabel: string,
  { uid }: NodeMeta,
): NodeSnapshot['counters'] {
  const section = read.get('counters');
  if (section === undefined) return null;
  const text = (name: string): string => read.get(name)?.stdout ?? '';
  const counted = text('counted');
  const hooks = read.get('devicehooks');
  const base = sectionOf(section, 'counters', nodeLabel, () => {
    const reading = parseCounters({
      counted,
      files: section.stdout,
      linkstats: text('linkstats'),
      qdiscs: text('qdiscs'),
      tcfilters: read.has('tcfilters') ? text('tcfilters') : null,
      hooks: hooks?.state === 'ok' ? hooks.stdout : null,
    });
    return reading.namespaces.length === 0 ? fail('no counters of its own network') : ok(reading);
  });
  const evidence = ['counters', 'counted', 'linkstats', 'qdiscs', 'tcfilters', 'devicehooks'].flatMap(
    (name) => read.get(name)?.head.id ?? [],
  );
  if (base.state !== 'ok') return { ...base, evidence };
  const unknown: string[] = [];
  if (hidesMuch(parseNetnsProcesses(counted)?.hiddenProcesses ?? 0, uid))
    unknown.push(`What Pods on ${nodeLabel} drop is unknown to this login: ${whoMay(uid)}.`);
  if (hooks?.state === 'not-permitted')
    unknown.push(
      `What rules at interfaces of ${nodeLabel} drop is unknown to this login: nft is for root (CAP_NET_ADMIN).`,
    );
  const refused = unknown.length > 0;
  const beyond = /^unread (\d+)$/m.exec(counted)?.[1];
  if (beyond !== undefined)
    unknown.push(`What ${beyond} network namespaces on ${nodeLabel} drop was not read: there are too many.`);
  const others = [
    ['linkstats', 'statistics of links'],
    ['qdiscs', 'drops of queues'],
    ['tcfilters', 'filters of tc'],
    ['devicehooks', 'rules at interfaces'],
  ] as const;
  for (const [name, what] of others) {
    const one = read.get(name);
    if (one !== undefined && one.state !== 'ok' && one.state !== 'not-permitted')
      unknown.push(lossSentence(one, what, nodeLabel));
  }
  const { unread = 0 } = base.value ?? {};
  if (unread > 0) unknown.push(`Of the counters of ${nodeLabel}, lines that were not understood: ${unread}.`);
  if (unknown.length === 0) return { ...base, evidence };
  return { ...base, evidence, ...(refused ? { state: 'not-permitted' } : {}), sentence: unknown.join(' ') };
}

function cniOf(
  read: ReadonlyMap<string, ReadSection>,
  { rootInode }: NodeMeta,
  nodeLabel: string,
): NodeSnapshot['cni'] {
  const section = read.get('cni');
  if (section === undefined) return null;
  const what = 'signs of the Pod network';
  const base = sectionOf(section, what, nodeLabel, ({ stdout }) => ok(parseCniSigns(stdout, rootInode)));
  if (base.value === null) return { ...base, value: null };
  const sentence = base.sentence ?? unreadSentence(what, nodeLabel, base.value);
  return { ...base, value: base.value.signs, sentence };
}

function trackedOf(section: ReadSection | undefined, nodeLabel: string): NodeSnapshot['tracked'] {
  if (section === undefined) return null;
  const what = 'tracked connections';
  const base = sectionOf(section, what, nodeLabel, ({ stdout }) => ok(parseTracked(stdout)));
  if (base.value === null) return base;
  const { beyond } = base.value;
  const left = beyond === 0 ? null : `Of ${nodeLabel} ${beyond} connections of UDP were not looked at.`;
  return { ...base, sentence: unreadSentence(what, nodeLabel, base.value) ?? left };
}

function kernelLogOf(section: ReadSection | undefined, nodeLabel: string): NodeSnapshot['kernelLog'] {
  if (section === undefined) return null;
  const base = sectionOf(section, 'messages of the kernel', nodeLabel, ({ stdout, head }) => {
    const log = head.at === null ? null : parseKernelLog(stdout, head.at);
    return log === null ? fail('no uptime before it') : ok(log);
  });
  // The pipe's status is not dmesg's (kernel.dmesg_restrict).
  if (!/not permitted|permission denied/i.test(section.stderr)) return base;
  const sentence = `This login may not read what the kernel of ${nodeLabel} said before (kernel.dmesg_restrict).`;
  return { ...base, state: 'not-permitted', value: null, sentence };
}
