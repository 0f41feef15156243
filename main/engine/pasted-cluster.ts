// A session without a connection: what was pasted, understood in a worker of its own, and the topology that it gives.
import { MOST_PASTED, MOST_PASTED_TEXTS, TOO_MUCH_PASTED } from '../../app/contract/paste-limits.ts';
import type { PastedText } from '../../app/paste/pasted-text.ts';
import type { PasteReport } from '../../app/paste/report.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import { emptyTopology } from '../../app/topology/build.ts';
import { applyPatch } from '../../app/topology/diff.ts';
import type { EvidenceId, Topology } from '../../app/topology/model.ts';
import type { Refusal } from './refusal.ts';
import { TopologyHost } from './topology-host.ts';

export interface PastedCluster {
  readonly host: TopologyHost;
  readonly topology: Topology;
  readonly report: PasteReport;
  readonly evidence: ReadonlyMap<EvidenceId, Uint8Array>;
}

export const NO_CONNECTION = {
  terminal: 'This is pasted output, not a live cluster: there is no connection that a terminal could run on.',
  watch:
    'This is pasted output, not a live cluster: there is no connection on which packets could be captured.',
};

const NOTHING_KNOWN =
  'Nothing in this is the output of a command that is known: paste what ip addr, ip route, route -n, kubectl get pods -o wide or the script of “hopscope collect” prints.';

/** The host is the caller's to end. A failure leaves nothing behind. */
export async function understandPasted(
  texts: readonly PastedText[],
  {
    name,
    workerFile,
    onNotice,
  }: { readonly name: string; readonly workerFile: URL; readonly onNotice: (sentence: string) => void },
): Promise<Result<PastedCluster, Refusal>> {
  const characters = texts.reduce((sum, { text }) => sum + text.length, 0);
  if (texts.length > MOST_PASTED_TEXTS || characters > MOST_PASTED)
    return fail({ sentence: TOO_MUCH_PASTED });
  let topology = emptyTopology(name);
  const evidence = new Map<EvidenceId, Uint8Array>();
  const host = new TopologyHost({
    workerFile,
    topology: () => topology,
    onPatch: (patch) => {
      topology = applyPatch(topology, patch);
    },
    keepEvidence: (id, output) => evidence.set(id, output),
    onNotice,
  });
  const report = await host.paste(texts);
  if (report.ok && report.value.pieces.length > 0)
    return ok({ host, topology, report: report.value, evidence });
  await host[Symbol.asyncDispose]();
  return report.ok ? fail({ sentence: NOTHING_KNOWN }) : report;
}
