// Writes the session as a case file: gathers what belongs into it and says in the manifest what it is.
import { jsonPieces } from '../../app/casefile/json-pieces.ts';
import { caseFileNames, type CaseManifest } from '../../app/casefile/manifest.ts';
import { caseReadme } from '../../app/casefile/readme.ts';
import { caseRoutes } from '../../app/casefile/routes.ts';
import { caseTopology } from '../../app/casefile/topology.ts';
import type { WatchView } from '../../app/contract/watch.ts';
import { writePcapng, type PacketStretch, type PcapngContents } from '../../app/packet/file/pcapng-writer.ts';
import { ok, type Result } from '../../app/result.ts';
import type { Topology } from '../../app/topology/model.ts';
import { CaseInterfaces, type CaptureSettings, type PointOf } from './case-interfaces.ts';
import { caseNames } from './case-names.ts';
import type { FileRefused } from './replace-file.ts';
import { writeCase } from './write-case.ts';

export interface SessionParts {
  readonly topology: Topology;
  readonly watch: WatchView;
  /** What the view does not say of a capture, by its id. */
  readonly captures: ReadonlyMap<number, CaptureSettings>;
  /** The ifindex of each of the view's vantage points, by its id; 0 where the link type does not say, as in the segments. */
  readonly ifindexes: ReadonlyMap<number, number>;
  readonly pointOf: PointOf;
  /** The packets that are kept, oldest first. Not used anew before the export has ended; they may grow. */
  readonly segments: readonly PacketStretch[];
  /** True sentences about the session that the watch and the topology do not say: nodes not read, missing rights, … */
  readonly sentences: readonly string[];
  /** ms since the epoch, our clock: when the cluster file was opened, and now. */
  readonly since: number;
  readonly now: number;
  /** Also what was captured beyond the headers. */
  readonly payload: boolean;
}

const program = 'Hopscope 0.1.0';

/** Tables, their entities, and a namespace's routes one by one: no piece of text is long. */
const topologyDepth = 2;
const routesDepth = 4;

/** A case file at `file`, whole or not at all; the file that was there before stays until the new one is complete. */
export async function exportCase(
  file: string,
  parts: SessionParts,
  { signal }: { readonly signal: AbortSignal },
): Promise<Result<{ readonly packets: number }, FileRefused>> {
  const { topology, watch, payload } = parts;
  const interfaces = new CaseInterfaces(watch, parts.captures, parts.ifindexes, parts.pointOf);
  const written: { contents: PcapngContents } = { contents: { packets: 0, missing: 0, interfaces: [] } };
  const packets = function* (): Generator<Uint8Array> {
    written.contents = yield* writePcapng({
      application: program,
      interfaces: interfaces.all,
      describe: (...place) => interfaces.describe(...place),
      among: (...packet) => interfaces.among(...packet),
      names: caseNames(topology),
      segments: parts.segments,
      payload,
    });
  };
  const about = {
    program,
    created: new Date(parts.now).toISOString(),
    redactions: payload ? [] : ['payload' as const],
  };
  const result = await writeCase(
    file,
    [
      { name: caseFileNames.readme, content: [new TextEncoder().encode(caseReadme(about))] },
      { name: caseFileNames.packets, content: packets() },
      { name: caseFileNames.topology, content: encoded(jsonPieces(caseTopology(topology), topologyDepth)) },
      { name: caseFileNames.routes, content: encoded(jsonPieces(caseRoutes(topology), routesDepth)) },
    ],
    (files) => ({
      format: 'hopscope-case',
      schema: 0,
      ...about,
      cluster: topology.cluster,
      session: { since: new Date(parts.since).toISOString(), until: about.created },
      ...watched(parts, written.contents, interfaces),
      files,
      sentences: [
        ...new Set([...watch.sentences, ...parts.sentences, ...topology.warnings]),
        ...missing(written.contents),
      ],
    }),
    { signal, mtime: new Date(parts.now) },
  );
  return result.ok ? ok({ packets: written.contents.packets }) : result;
}

function missing({ missing: packets }: PcapngContents): readonly string[] {
  if (packets === 0) return [];
  return [
    `${packets} of the oldest packets are not in it: newer ones took their room on the disk while the file was written, or the disk could not be read.`,
  ];
}

function watched(
  { watch, captures }: SessionParts,
  { packets, interfaces }: PcapngContents,
  known: CaseInterfaces,
): Pick<CaseManifest, 'watch' | 'packets' | 'loss' | 'captures' | 'vantagePoints'> {
  return {
    watch:
      watch.state === 'off'
        ? null
        : {
            since: watch.since === null ? null : new Date(watch.since).toISOString(),
            target:
              watch.target === null ? null : { ...watch.target, addresses: [...watch.target.addresses] },
            expression: watch.expression,
          },
    packets: { written: packets, decoded: Math.max(packets, watch.packets.total) },
    loss: watch.loss,
    captures: watch.captures.map((capture) => {
      const settings = captures.get(capture.id);
      return {
        id: capture.id,
        node: capture.nodeLabel,
        pod: capture.pod?.name ?? null,
        linkType: settings?.linkType ?? null,
        snaplen: settings?.snaplen ?? 0,
        filter: settings?.filter ?? null,
        packets: capture.packets,
        loss: capture.loss,
        watermark: capture.watermark,
        sentence: capture.sentence,
      };
    }),
    vantagePoints: interfaces.map(({ description, packets: held }) => {
      const point = known.pointOf(description);
      return {
        id: point?.id ?? null,
        captureId: description.captureId,
        ifindex: description.ifindex,
        label: description.name,
        linkType: description.linkType,
        interfaceId: point?.interfaceId ?? null,
        packets: held,
      };
    }),
  };
}

/** Chunks of about 64 KiB of many short texts. */
function* encoded(pieces: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < 65_536) continue;
    yield encoder.encode(text);
    text = '';
  }
  yield encoder.encode(`${text}\n`);
}
