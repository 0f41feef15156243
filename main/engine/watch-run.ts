// One run of the watch: the captures that there should be, kept so as nodes, Pods and peers come and go, and what of it
// is true to say.
import type { WatchTarget, WatchView } from '../../app/contract/watch.ts';
import type { NodeTime, PodEntity, PodId, Topology } from '../../app/topology/model.ts';
import { fitsOneFilter } from '../../app/watch/capture-filter.ts';
import { planCaptures, type CapturePlan, type PlannedCapture } from '../../app/watch/capture-plan.ts';
import type { Caps } from '../../app/watch/governor.ts';
import type { Masquerades } from '../../app/watch/masquerades.ts';
import { ownerOfAddressAt } from '../../app/topology/lookups.ts';
import type { Listening } from '../../app/trace/sightings-model.ts';
import type { CaptureSettings } from '../casefile/case-interfaces.ts';
import type { CaptureRequest, SshConnection } from '../node/capture.ts';
import { isOutside } from '../node/capture-parameters.ts';
import { AskedEnd, type AskedEndOptions } from './asked-end.ts';
import type { CaptureRecord } from './capture-record.ts';
import { CaptureRecords } from './capture-records.ts';
import { CapturedTraffic } from './captured-traffic.ts';
import { clockTime } from './clock-time.ts';
import { FollowedPod } from './followed-pod.ts';
import { connectionAdded, decoderGone, sparedNode, type CapturingNode } from './kept-capture.ts';
import { KeptCaptures } from './kept-captures.ts';
import { listeningOf } from './listening-of.ts';
import type { PacketHost, Taken } from './packet-host.ts';
import { WatchGaps } from './watch-gaps.ts';
import { WatchGovernor, type WatchGovernorOptions } from './watch-governor.ts';
import { limitReached, type WatchLimits } from './watch-limits.ts';
import { VantagePoints } from './vantage-points.ts';
import type { InterfaceCounts, OtherEnd } from './watch.ts';
import { WatchedPeers } from './watched-peers.ts';

/** What was said of the watch as a whole beyond these is old news. */
const saidMost = 10;
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
  /** Who that is by now; null: it stays what it was. */
  readonly askOnly: AskedEndOptions['ask'];
  /** It has another address, or another Pod. */
  readonly onOnly: AskedEndOptions['onFound'];
  readonly host: PacketHost;
  readonly topology: () => Topology;
  /** What of a node may be taken; left out: as the governor has it. */
  readonly caps?: Partial<Caps>;
  readonly limits: WatchLimits;
  /** All addresses by which one is seen on the way. */
  readonly alsoCalled: WatchGovernorOptions['alsoCalled'];
  /** As whom packets of the Pod's addresses are seen in a namespace, where something masquerades them. */
  readonly outside: Masquerades['of'];
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
  readonly #kept: KeptCaptures;
  readonly #traffic: CapturedTraffic;
  readonly #only: AskedEnd | null;
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
  readonly #followed: FollowedPod;
  /** Until then nothing is started: what was watched before is still ending. */
  #begun = false;
  #state: 'on' | 'ended' = 'on';
  #ended: string | null = null;
  #plan: CapturePlan = { captures: [], impossible: [], sentences: [] };
  #decoder: string[] = [];
  readonly #gaps = new WatchGaps();
  #packets: WatchView['packets'] = { total: 0, kept: 0, bytes: 0 };
  #planned: readonly unknown[] = [];
  #counts: ReadonlyMap<string, InterfaceCounts> | null = null;

  constructor(options: WatchRunOptions) {
    this.#options = options;
    this.number = options.number;
    this.#followed = new FollowedPod(options.pod, options.now);
    this.#since = options.now();
    this.#peers.meet(options.peers);
    const { caps, alsoCalled, expression, nodes, host, now, onChange } = options;
    this.#only = options.only === null ? null : this.#askedEnd(options.only);
    this.#governor = new WatchGovernor({
      ...(caps === undefined ? {} : { caps }),
      own: () => this.#pod.ips,
      asked: () => [
        ...(this.#only?.current.addresses ?? []),
        ...options.peers.flatMap((id) => options.topology().pods[id]?.ips ?? []),
      ],
      alsoCalled,
      nameOf: (address) => this.#nameOf(address),
      hasFilter: expression !== null,
    });
    this.#traffic = new CapturedTraffic({
      ...{ outside: options.outside, hasFilter: expression !== null },
      only: () => this.#only?.current ?? null,
      pod: () => this.#pod,
      few: (label) => this.#governor.of(label).peers,
    });
    this.#kept = new KeptCaptures({
      ...{ nodes, host, now, records: this.#records },
      narrowed: (plan) => this.#traffic.of(plan),
      request: (plan, record) => this.#request(plan, record),
      onProgress: (record, progress, node) => {
        const { first, unknown } = this.#points.count(options.topology(), record, progress);
        if (unknown) this.#readAgain(node);
        this.#counts = null;
        onChange(first);
      },
      gaps: this.#gaps,
      onInterfacesUntold: (place) => {
        this.#interfaceByInterface.add(place);
        this.#arrange();
      },
      onFull: (sentence) => this.end(sentence),
      onChange: () => onChange(false),
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
    const { topology, host } = this.#options;
    const before = this.#pod.ips.join();
    const news = this.#followed.look(topology());
    if (news !== null) this.say(news);
    if (this.#followed.goneSentence !== null) {
      this.#learn();
      this.#endUnlessFollowed(this.#followed.goneSentence);
      return;
    }
    if (this.#pod.ips.join() !== before) host.watch(this.#pod.ips);
    this.#learn();
    this.#only?.moved();
    this.#lookForPeers();
    this.#kept.wake();
    this.#leaveOutNewConnections();
    this.#arrange();
  }

  get #pod(): PodEntity {
    return this.#followed.pod;
  }

  /** The Pod is gone: one of its name may be about to take its place. */
  #endUnlessFollowed(sentence: string): void {
    this.#kept.drop();
    // What is there again with all as it was is captured anew.
    this.#planned = [];
    if (this.#followed.isOver(this.#options.topology()))
      this.end(`${sentence}; what was captured until then stays.`);
    else this.#options.onChange(true);
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
    this.#decoder = [...this.#decoder, `At ${at}: ${sentence} Every capture begins anew.`].slice(-saidMost);
    this.#kept.startOver(decoderGone);
    this.#options.onChange(true);
  }

  /** Ends every capture; what was captured stays. */
  end(sentence: string | null): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#ended = sentence;
    clearInterval(this.#seconds);
    this.#governor.end(this.#options.now());
    this.#kept.end();
    this.#options.onChange(true);
  }

  /** Resolves when nothing of it runs any more on any node that answers. */
  ended(): Promise<void> {
    return this.#kept.ended();
  }

  /** A true statement about the watch as a whole. */
  say(sentence: string): void {
    this.#decoder = [...this.#decoder, sentence].slice(-saidMost);
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
    const { only } = this.#traffic;
    return {
      run: this.number,
      state: this.#state,
      target: targetOf(this.#pod),
      expression: this.#options.expression,
      only: only === null ? null : { name: only.name, to: only.to },
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
    const { goneSentence } = this.#followed;
    return [
      ...(this.#ended === null ? [] : [this.#ended]),
      ...(this.#ended === null && goneSentence !== null
        ? [`${goneSentence}; as soon as one of its name is there, that is watched on.`]
        : []),
      ...this.#decoder,
      ...(spillSentence === null ? [] : [spillSentence]),
      ...this.#traffic.sentences,
      ...this.#governor.sentences,
      ...this.#plan.sentences,
      ...this.#gaps.sentences,
    ];
  }

  #learn(): void {
    this.#points.learn(this.#options.topology());
    this.#counts = null;
    this.#options.onChange(false);
  }

  #askedEnd(first: OtherEnd): AskedEnd {
    const { askOnly: ask, onOnly, now } = this.#options;
    return new AskedEnd({
      ...{ first, ask, now },
      fits: (addresses) => fitsOneFilter(this.#pod.ips, addresses),
      onFound: (end) => {
        if (this.#state === 'ended') return;
        onOnly(end);
        this.#peers.meet(end.podIds);
        this.#lookForPeers();
        this.#arrange();
      },
    });
  }

  #lookForPeers(): void {
    this.#peers.look(this.#options.topology(), this.#pod.id, this.#options.now());
  }

  /** Brings what runs in line with what should. */
  #arrange(): void {
    if (!this.#begun || this.#state === 'ended' || this.#followed.goneSentence !== null) return;
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
    this.#kept.arrange(this.#plan);
    this.#options.onChange(true);
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

  /** Once a second: may the nodes be asked for as much? */
  #second(): void {
    this.#gaps.second(this.#options.now());
    this.#look();
    if (this.#followed.goneSentence !== null) this.moved();
    if (this.#state === 'ended') return;
    void this.#only?.second();
    const outdated = this.#traffic.outdated(this.#options.now(), this.#records.all);
    for (const why of new Set(outdated.values()))
      this.#kept.startOver(why, (record) => outdated.get(record) === why);
    const changed = this.#governor.second(this.#options.now(), this.#records.all);
    if (changed.length === 0) return;
    this.#governed += 1;
    // What goes on goes on with a record of its own, which says what it lets through.
    this.#kept.startOver(sparedNode, ({ plan }) => changed.includes(plan.nodeLabel));
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
    { plan: { peers, outside } }: CaptureRecord,
  ): CaptureRequest {
    return {
      ...(peers === null ? {} : { peers }),
      ...(outside.length === 0 ? {} : { outside }),
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
    const added = this.#ourConnections().filter((one) => !this.#leftOut.has(JSON.stringify(one)));
    for (const one of added) this.#leftOut.add(JSON.stringify(one));
    if (added.length === 0) return;
    const isOfNodes = this.#options.expression !== null || this.#pod.hostNetwork;
    this.#kept.startOver(
      connectionAdded,
      ({ plan }) => isOfNodes || added.some((one) => isOutside(one, plan.outside)),
    );
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
