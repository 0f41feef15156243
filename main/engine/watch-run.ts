// One run of the watch: the captures that there should be, kept so as nodes, Pods and peers come and go, and what of it
// is true to say.
import type { WatchTarget, WatchView } from '../../app/contract/watch.ts';
import type { NodeTime, PodEntity, PodId, Topology } from '../../app/topology/model.ts';
import {
  goneSince,
  heirOf,
  planCaptures,
  watchedPod,
  type CapturePlan,
  type ImpossibleCapture,
  type PlannedCapture,
} from '../../app/watch/capture-plan.ts';
import type { Caps } from '../../app/watch/governor.ts';
import { fitsOneFilter } from '../../app/watch/talk-filter.ts';
import { ownerOfAddressAt } from '../../app/topology/lookups.ts';
import type { Listening } from '../../app/trace/sightings-model.ts';
import type { CaptureSettings } from '../casefile/case-interfaces.ts';
import type { CaptureRequest, SshConnection } from '../node/capture.ts';
import type { CaptureRecord, RecordedPlan } from './capture-record.ts';
import { CaptureRecords } from './capture-records.ts';
import { clockTime } from './clock-time.ts';
import {
  connectionAdded,
  decoderGone,
  KeptCapture,
  sparedNode,
  type CapturingNode,
  type Gap,
} from './kept-capture.ts';
import { listeningOf } from './listening-of.ts';
import type { PacketHost, Taken } from './packet-host.ts';
import { WatchGovernor, type WatchGovernorOptions } from './watch-governor.ts';
import { limitReached, type WatchLimits } from './watch-limits.ts';
import { VantagePoints } from './vantage-points.ts';
import type { OtherEnd } from './other-end.ts';
import type { InterfaceCounts } from './watch.ts';
import { WatchedPeers } from './watched-peers.ts';

/** Gaps beyond these are old news. */
const gapsTold = 10;
/** ms that one of the same name is waited for: to be there, as whoever made the one that is gone makes another at once, and to be ready then. */
const heirMs = { there: 3_000, ready: 120_000 } as const;
/** ms between two readings that a packet of an unknown interface asks for; doubling, as it may never be known. */
const rereadMs = { first: 1_000, longest: 60_000 };

export interface WatchRunOptions {
  readonly number: number;
  readonly pod: PodEntity;
  readonly expression: string | null;
  /** Met before any packet is. */
  readonly peers: readonly PodId[];
  /** With whom alone; null: with anybody. */
  readonly only: OtherEnd | null;
  readonly host: PacketHost;
  readonly topology: () => Topology;
  /** What of a node may be taken; left out: as the governor has it. */
  readonly caps?: Partial<Caps>;
  readonly limits: WatchLimits;
  /** All addresses by which one is seen on the way. */
  readonly alsoCalled: WatchGovernorOptions['alsoCalled'];
  /** In the cluster file's order. */
  readonly nodes: readonly CapturingNode[];
  readonly now: () => number;
  /** The view is another one; `urgent`: people wait for it. */
  readonly onChange: (urgent: boolean) => void;
}

export class WatchRun {
  readonly number: number;
  readonly #options: WatchRunOptions;
  readonly #since: number;
  readonly #points = new VantagePoints();
  readonly #records = new CaptureRecords((record) => this.#points.forget(record));
  readonly #kept = new Map<string, KeptCapture>();
  /** By place, where there should be a capture and cannot. */
  readonly #impossible = new Map<string, CaptureRecord>();
  readonly #ending = new Set<Promise<void>>();
  readonly #interfaceByInterface = new Set<string>();
  /** Connections of ours that every capture knows of. */
  readonly #leftOut = new Set<string>();
  readonly #peers = new WatchedPeers();
  /** Nodes that were asked to be read again, and how soon they may be once more (ms, our clock). */
  readonly #asked = new Map<CapturingNode, { readonly notBefore: number; readonly restMs: number }>();
  readonly #governor: WatchGovernor;
  /** Once a second. */
  #seconds: NodeJS.Timeout | undefined;
  /** Rises when other nodes are governed, or otherwise. */
  #governed = 0;
  #pod: PodEntity;
  /** The Pod is: since when, ms, our clock. */
  #gone: { readonly since: number; readonly sentence: string } | null = null;
  /** Until then nothing is started: what was watched before is still ending. */
  #begun = false;
  #state: 'on' | 'ended' = 'on';
  #ended: string | null = null;
  #plan: CapturePlan = { captures: [], impossible: [], sentences: [] };
  #decoder: string[] = [];
  #gaps: Gap[] = [];
  #packets: WatchView['packets'] = { total: 0, kept: 0, bytes: 0 };
  #planned: readonly unknown[] = [];
  #counts: ReadonlyMap<string, InterfaceCounts> | null = null;

  constructor(options: WatchRunOptions) {
    this.#options = options;
    this.number = options.number;
    this.#pod = options.pod;
    this.#since = options.now();
    this.#peers.meet(options.peers);
    const { caps, alsoCalled, expression } = options;
    this.#governor = new WatchGovernor({
      ...(caps === undefined ? {} : { caps }),
      own: () => this.#pod.ips,
      asked: () => [
        ...(options.only?.addresses ?? []),
        ...options.peers.flatMap((id) => options.topology().pods[id]?.ips ?? []),
      ],
      alsoCalled,
      nameOf: (address) => this.#nameOf(address),
      hasFilter: expression !== null,
    });
    options.host.begin(options.pod.ips);
  }

  /** Starts what there should be. */
  begin(): void {
    this.#begun = true;
    if (this.#state === 'on') this.#seconds = setInterval(() => this.#second(), 1_000);
    this.moved();
  }

  /** The topology or the nodes' connections changed. */
  moved(): void {
    if (this.#state === 'ended') {
      this.#learn();
      return;
    }
    const topology = this.#options.topology();
    const pod = watchedPod(topology, this.#pod) ?? this.#heir(topology);
    // The same one may be there again, too, where one list of the Pods lacked it.
    if (pod !== null && this.#gone !== null) this.#isThereAgain(pod);
    if (pod === null) {
      this.#learn();
      this.#endUnlessFollowed(topology);
      return;
    }
    if (pod.ips.join() !== this.#pod.ips.join()) this.#options.host.watch(pod.ips);
    this.#pod = pod;
    this.#learn();
    this.#lookForPeers();
    for (const kept of this.#kept.values()) kept.wake();
    this.#leaveOutNewConnections();
    this.#arrange();
  }

  /** Who is there in the Pod's place now, and can be captured; null: nobody is yet. */
  #heir(topology: Topology): PodEntity | null {
    const heir = heirOf(topology, this.#pod);
    return heir === null || heir.ips.length === 0 ? null : heir;
  }

  #isThereAgain({ ips, nodeName }: PodEntity): void {
    const at = clockTime(this.#options.now());
    const where = nodeName === null ? '' : ` on ${nodeName}`;
    this.say(`At ${at}: ${this.#pod.name} is there again, with ${ips.join(', ')}${where}, and watched on.`);
    this.#gone = null;
  }

  /** The Pod is gone: one of its name may be about to take its place. */
  #endUnlessFollowed(topology: Topology): void {
    const { now } = this.#options;
    this.#gone ??= { since: now(), sentence: this.#goneSentence(topology) };
    const waited = now() - this.#gone.since;
    const isComing = heirOf(topology, this.#pod) !== null;
    for (const key of [...this.#kept.keys()]) this.#drop(key);
    // What is there again with all as it was is captured anew.
    this.#planned = [];
    if (waited >= (isComing ? heirMs.ready : heirMs.there))
      this.end(`${this.#gone.sentence}; what was captured until then stays.`);
    else this.#options.onChange(true);
  }

  #goneSentence(topology: Topology): string {
    const since = goneSince(topology, this.#pod);
    const at = clockTime(since === null ? this.#options.now() : since.s * 1000);
    // Its address may be another Pod's by now.
    const what =
      since === null && topology.pods[this.#pod.id] !== undefined ? 'has been finished' : 'is gone';
    return `${this.#pod.name} ${what} since ${at}`;
  }

  /** What the worker decoded. */
  taken({ total, kept, bytes, peers, talks }: Taken): void {
    this.#packets = { total, kept, bytes };
    this.#governor.heard(talks);
    this.#look();
    if (peers.length > 0 && this.#state === 'on') {
      this.#peers.heard(peers);
      this.#lookForPeers();
      this.#arrange();
    }
    this.#options.onChange(false);
  }

  /** The worker died: no stream goes on, all begin anew. */
  decoderRestarted(sentence: string): void {
    const at = clockTime(this.#options.now());
    this.#decoder = [...this.#decoder, `At ${at}: ${sentence} Every capture begins anew.`].slice(-gapsTold);
    for (const kept of this.#kept.values()) kept.startOver(decoderGone);
    this.#options.onChange(true);
  }

  /** Ends every capture; what was captured stays. */
  end(sentence: string | null): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#ended = sentence;
    clearInterval(this.#seconds);
    this.#governor.end(this.#options.now());
    for (const key of [...this.#kept.keys()]) this.#drop(key);
    for (const place of [...this.#impossible.keys()]) this.#nowPossible(place);
    this.#options.onChange(true);
  }

  /** Resolves when nothing of it runs any more on any node that answers. */
  async ended(): Promise<void> {
    await Promise.all(this.#ending);
  }

  /** A true statement about the watch as a whole. */
  say(sentence: string): void {
    this.#decoder = [...this.#decoder, sentence].slice(-gapsTold);
    this.#options.onChange(true);
  }

  /** Packets and bytes that came so far. */
  get #taken(): { readonly packets: number; readonly bytes: number } {
    return { packets: this.#packets.total, bytes: this.#records.bytes };
  }

  /** Something of that node is captured now. */
  isCaptured(label: string): boolean {
    return this.#records.all.some(({ plan, state }) => plan.nodeLabel === label && state === 'running');
  }

  get records(): readonly CaptureRecord[] {
    return this.#records.all;
  }

  get counts(): ReadonlyMap<string, InterfaceCounts> {
    this.#counts ??= this.#points.counts;
    return this.#counts;
  }

  /** By capture id, what its tcpdump was given. */
  get settings(): ReadonlyMap<number, CaptureSettings> {
    return this.#records.settings(this.#options.expression);
  }

  get ifindexes(): ReadonlyMap<number, number> {
    return this.#points.ifindexes;
  }

  /** Where one looks, as it stands to what has been counted since (ms, our clock). */
  listening(since: number): Listening[] {
    return this.#records.all
      .filter(({ plan }) => plan.netnsId !== '')
      .map((record) => listeningOf(record, this.#options.expression, since));
  }

  /** 0 where the capture is no longer in the view. */
  vantagePointOf(captureId: number, ifindex: number, at: NodeTime): number {
    const record = this.#records.get(captureId);
    return record === undefined ? 0 : this.#points.of(this.#options.topology(), record, ifindex, at);
  }

  get view(): WatchView {
    return {
      run: this.number,
      state: this.#state,
      target: targetOf(this.#pod),
      expression: this.#options.expression,
      only: this.#only === null ? null : { name: this.#only.name, to: this.#only.to },
      since: this.#since,
      sentences: this.#sentences,
      captures: this.#records.views,
      vantagePoints: this.#points.views,
      packets: this.#packets,
      loss: this.#records.loss,
    };
  }

  get #sentences(): readonly string[] {
    const { spillSentence } = this.#options.host;
    return [
      ...(this.#ended === null ? [] : [this.#ended]),
      ...(this.#ended === null && this.#gone !== null
        ? [`${this.#gone.sentence}; as soon as one of its name is there, that is watched on.`]
        : []),
      ...this.#decoder,
      ...(spillSentence === null ? [] : [spillSentence]),
      ...this.#wideSentences,
      ...this.#governor.sentences,
      ...this.#plan.sentences,
      ...this.#gaps.map(
        ({ where, from, to, reason }) =>
          `Nothing was captured at ${where} from ${clockTime(from)} to ${clockTime(to)}: ${reason}`,
      ),
    ];
  }

  /** With whom alone is captured; null: a filter cannot say it, or nobody asked. */
  get #only(): OtherEnd | null {
    const { only, expression } = this.#options;
    const fits = only !== null && expression === null && fitsOneFilter(this.#pod.ips, only.addresses);
    return fits ? only : null;
  }

  get #wideSentences(): readonly string[] {
    const { only, expression } = this.#options;
    if (only === null || expression !== null || this.#only !== null) return [];
    return [
      `${only.name} has more addresses (${only.addresses.length}) than one capture filter holds: all packets of ${this.#pod.name} are captured; find those of one flow among the flows.`,
    ];
  }

  #learn(): void {
    this.#points.learn(this.#options.topology());
    this.#counts = null;
    this.#options.onChange(false);
  }

  #lookForPeers(): void {
    this.#peers.look(this.#options.topology(), this.#pod.id, this.#options.now());
  }

  /** Brings what runs in line with what should. */
  #arrange(): void {
    if (!this.#begun || this.#state === 'ended' || this.#gone !== null) return;
    const topology = this.#options.topology();
    const { nodes, netns, interfaces, pods } = topology;
    const standings = this.#options.nodes.map(({ standing }) => standing);
    const known = [
      nodes,
      netns,
      interfaces,
      pods,
      this.#peers.ids.length,
      this.#interfaceByInterface.size,
      this.#governed,
      ...standings,
    ];
    if (known.length === this.#planned.length && known.every((one, index) => one === this.#planned[index]))
      return;
    this.#planned = known;
    const plan = planCaptures({
      topology,
      pod: this.#pod,
      nodes: this.#options.nodes.map(({ label, standing }) => ({ label, connected: standing !== null })),
      peers: this.#peers.ids,
      interfaceByInterface: this.#interfaceByInterface,
    });
    this.#plan = this.#spared(plan);
    const wanted = new Set(this.#plan.captures.map(({ key }) => key));
    for (const key of [...this.#kept.keys()]) if (!wanted.has(key)) this.#drop(key);
    for (const plan of this.#plan.captures) if (!this.#kept.has(plan.key)) this.#keep(plan);
    const impossible = new Set(this.#plan.impossible.map(({ place }) => place));
    for (const place of [...this.#impossible.keys()]) if (!impossible.has(place)) this.#nowPossible(place);
    for (const one of this.#plan.impossible) this.#sayImpossible(one);
    this.#options.onChange(true);
  }

  #keep(plan: PlannedCapture): void {
    const { host, now, onChange } = this.#options;
    const node = this.#options.nodes.find(({ label }) => label === plan.nodeLabel);
    if (node === undefined) return;
    const kept = new KeptCapture({
      plan,
      node,
      request: (record) => this.#request(plan, record),
      input: (...of) => host.input(...of),
      record: (before) => this.#record(plan, before),
      now,
      onChange: () => onChange(false),
      onProgress: (record, progress) => {
        const { first, unknown } = this.#points.count(this.#options.topology(), record, progress);
        if (unknown) this.#readAgain(node);
        this.#counts = null;
        onChange(first);
      },
      onGap: (gap) => (this.#gaps = [...this.#gaps, gap].slice(-gapsTold)),
      onInterfacesUntold: () => {
        this.#interfaceByInterface.add(plan.place);
        this.#arrange();
      },
    });
    this.#kept.set(plan.key, kept);
    // Its record was one too many.
    if (this.#ended !== null) this.#drop(plan.key);
  }

  /** A packet at an interface that is not known: what was read of its node is not all, or was not told of a change. */
  #readAgain(node: CapturingNode): void {
    const now = this.#options.now();
    const asked = this.#asked.get(node);
    if (asked !== undefined && now < asked.notBefore) return;
    const restMs = Math.min((asked?.restMs ?? rereadMs.first / 2) * 2, rereadMs.longest);
    this.#asked.set(node, { notBefore: now + restMs, restMs });
    node.ring(['links', 'pods']);
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    const ending = kept[Symbol.asyncDispose]().then(() => {
      this.#ending.delete(ending);
      this.#forgetEmpty();
      this.#options.onChange(false);
    });
    this.#ending.add(ending);
  }

  #record(plan: Omit<RecordedPlan, 'peers'>, before: CaptureRecord | null = null): CaptureRecord {
    const { full } = this.#records;
    if (full !== null) this.end(full);
    this.#forgetEmpty(before);
    const peers = this.#governor.of(plan.nodeLabel).peers ?? this.#only?.addresses ?? null;
    return this.#records.add({ ...plan, peers }, this.#options.now());
  }

  #forgetEmpty(followed: CaptureRecord | null = null): void {
    const current = new Set([...this.#kept.values()].map(({ record }) => record));
    if (followed !== null) current.delete(followed);
    for (const record of this.#impossible.values()) current.add(record);
    this.#records.forgetEmpty(current);
  }

  #sayImpossible({ place, nodeLabel, pod, sentence }: ImpossibleCapture): void {
    let record = this.#impossible.get(place);
    if (record === undefined) {
      record = this.#record({ nodeLabel, netnsId: '', pod, device: null, snaplen: 0, addresses: [] });
      this.#impossible.set(place, record);
    }
    record.tell('off', sentence, this.#options.now());
  }

  #nowPossible(place: string): void {
    this.#impossible.get(place)?.end(null);
    this.#impossible.delete(place);
    this.#forgetEmpty();
  }

  /** Once a second: may the nodes be asked for as much? */
  #second(): void {
    this.#look();
    if (this.#gone !== null) this.moved();
    if (this.#state === 'ended') return;
    const changed = this.#governor.second(this.#options.now(), this.#records.all);
    if (changed.length === 0) return;
    this.#governed += 1;
    // What goes on goes on with a record of its own, which says what it lets through.
    for (const kept of this.#kept.values())
      if (changed.includes(kept.plan.nodeLabel)) kept.startOver(sparedNode);
    this.#arrange();
    this.#options.onChange(true);
  }

  /** Ends it where it has come to its limit. */
  #look(): void {
    if (this.#state === 'ended') return;
    const { limits, now } = this.#options;
    const reached = limitReached(limits, { now: now(), ms: now() - this.#since, ...this.#taken });
    if (reached !== null) this.end(reached);
  }

  /** What is not captured of nodes that can spare nothing is said to be so. */
  #spared({ captures, impossible, sentences }: CapturePlan): CapturePlan {
    const isSpared = ({ nodeLabel }: PlannedCapture): boolean =>
      this.#governor.of(nodeLabel).degree === 'counters';
    const spared = new Map(captures.filter(isSpared).map((plan) => [plan.place, plan]));
    return {
      captures: captures.filter((plan) => !isSpared(plan)),
      impossible: [
        ...impossible,
        ...[...spared.values()].map(({ place, nodeLabel, pod }) => ({
          ...{ place, nodeLabel, pod },
          sentence: this.#governor.of(nodeLabel).sentence ?? '',
        })),
      ],
      sentences,
    };
  }

  #nameOf(address: string): string {
    const { topology, now } = this.#options;
    const at = { s: Math.floor(now() / 1000), ns: 0 };
    const name = ownerOfAddressAt(topology(), address, at)?.name;
    return name === undefined ? address : `${address} (${name})`;
  }

  #request(
    { namespace, device, addresses, snaplen }: PlannedCapture,
    { plan: { peers } }: CaptureRecord,
  ): CaptureRequest {
    return {
      ...(peers === null ? {} : { peers }),
      namespace,
      interfaceName: device?.name ?? null,
      addresses,
      expression: this.#options.expression,
      exclude: this.#ourConnections(),
      snaplen,
    };
  }

  /** A capture leaves out what was there when it began. The Pod's own addresses alone are in no connection of ours. */
  #leaveOutNewConnections(): void {
    const keys = this.#ourConnections().map((one) => JSON.stringify(one));
    const isNew = keys.some((key) => !this.#leftOut.has(key));
    for (const key of keys) this.#leftOut.add(key);
    if (!isNew || (this.#options.expression === null && !this.#pod.hostNetwork)) return;
    for (const kept of this.#kept.values()) kept.startOver(connectionAdded);
  }

  /** Those to one node may cross another: it may be the jump host. */
  #ourConnections(): SshConnection[] {
    const all = new Map<string, SshConnection>();
    for (const node of this.#options.nodes)
      for (const one of node.sshConnections) all.set(JSON.stringify(one), one);
    return [...all.values()];
  }
}

function targetOf({ id, namespace, name, ips }: PodEntity): WatchTarget {
  return { podId: id, name: namespace === null ? name : `${namespace}/${name}`, addresses: ips };
}
