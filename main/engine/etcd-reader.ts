// etcd on demand: finds it on a node, lists keys a page at a time, reads Calico's values. Nothing is written, ever.
import type { EtcdKeys, EtcdKeysRequest, EtcdValue } from '../../app/contract/etcd.ts';
import {
  type EtcdAccess,
  type EtcdGiven,
  etcdAccess,
  etcdFindScript,
  type NoEtcd,
  parseEtcdTraces,
} from '../../app/probe/etcd-access.ts';
import {
  etcdFailure,
  keysCommand,
  parseEtcdKeys,
  parseEtcdValue,
  valueCommand,
  valueRefusal,
} from '../../app/probe/etcd-keys.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import { runScript } from '../node/run-probe.ts';
import type { NodeTransport } from '../ssh/transport.ts';

const deadlineMs = 15_000;
/** 2,000 keys are about 400 KB; a value is at most 1.5 MiB, as base64 2 MiB. */
const mostBytes = 8 * 1024 * 1024;
const bounds = { deadlineMs, maxBytes: mostBytes, inTurn: true };
/** etcd lives on three or five nodes: it is not looked for on a thousand. */
const mostNodes = 12;

interface EtcdNode {
  readonly label: string;
  readonly transport: NodeTransport | null;
}

export interface EtcdReaderOptions {
  /** Those on which it is looked for, the likeliest first. */
  readonly nodes: () => readonly EtcdNode[];
  readonly given: EtcdGiven;
  /** Ends with the session. */
  readonly signal: AbortSignal;
}

type Refused = Extract<EtcdKeys, { ok: false }>;

export class EtcdReader {
  readonly #options: EtcdReaderOptions;
  /** Of the connection that it was found through. */
  readonly #found = new WeakMap<NodeTransport, EtcdAccess>();

  constructor(options: EtcdReaderOptions) {
    this.#options = options;
  }

  async keys({ node, prefix, from }: EtcdKeysRequest): Promise<EtcdKeys> {
    const place = await this.#place(node);
    if (!place.ok) return place.failure;
    const { label, access } = place.value;
    const { run, typed } = keysCommand(access, prefix, from);
    const answer = await this.#ask(place.value, run);
    if (!answer.ok) return answer.failure;
    const page = parseEtcdKeys(answer.value, from);
    if (!page.ok) return refused(page.failure, run);
    const { keys, ...rest } = page.value;
    const { endpoint, foundIn } = access;
    return { ok: true, node: label, endpoint, foundIn, command: run, typed, keys: [...keys], ...rest };
  }

  async value(node: string, key: string): Promise<EtcdValue> {
    // Here, not in the page: nothing else may ever be asked for.
    const refusal = valueRefusal(key);
    if (refusal !== null) return refused(refusal, null);
    const place = await this.#place(node);
    if (!place.ok) return place.failure;
    const command = valueCommand(place.value.access, key);
    const answer = await this.#ask(place.value, command);
    if (!answer.ok) return answer.failure;
    const json = parseEtcdValue(answer.value, key);
    return json.ok ? { ok: true, command, json: json.value } : refused(json.failure, command);
  }

  async #place(node: string | null): Promise<Result<Place, Refused>> {
    const nodes = this.#options.nodes().filter(({ label }) => node === null || label === node);
    const connected = nodes.filter(({ transport }) => transport !== null).slice(0, mostNodes);
    if (connected.length === 0) {
      const which = node ?? (nodes.length === 1 ? (nodes[0]?.label ?? '') : 'any node');
      return fail(refused(`etcd is read over SSH, and ${which} is not connected.`, null));
    }
    let first: NoEtcd | null = null;
    for (const { label, transport } of connected) {
      if (transport === null) continue;
      const found = await this.#find(label, transport);
      if (found.ok) return ok({ label, transport, access: found.value });
      // A node that has it and does not let us read says more than one that has none.
      if (first === null || (first.kind === 'elsewhere' && found.failure.kind !== 'elsewhere'))
        first = found.failure;
    }
    const sentence = first?.sentence ?? 'No etcd was found.';
    const others = connected.length - 1;
    return fail(
      refused(
        first?.kind === 'elsewhere' && others > 0
          ? `${sentence} ${others} more ${others === 1 ? 'node' : 'nodes'} had none either.`
          : sentence,
        null,
      ),
    );
  }

  async #find(label: string, transport: NodeTransport): Promise<Result<EtcdAccess, NoEtcd>> {
    const { given, signal } = this.#options;
    const known = this.#found.get(transport);
    if (known !== undefined) return ok(known);
    const script = etcdFindScript(given);
    const what = 'find etcd: its process, kubeadm’s manifest and certificates';
    const ran = await runScript(transport, { script, ...bounds, signal, what });
    if (!ran.ok) return fail({ kind: 'not-permitted', sentence: `${label}: ${ran.failure.sentence}` });
    const found = etcdAccess(parseEtcdTraces(new TextDecoder().decode(ran.value.stdout)), given, label);
    if (found.ok) this.#found.set(transport, found.value);
    return found;
  }

  async #ask({ label, transport, access }: Place, command: string): Promise<Result<string, Refused>> {
    const { signal } = this.#options;
    const ran = await runScript(transport, { script: command, ...bounds, signal });
    if (!ran.ok) return fail(refused(`${label}: ${ran.failure.sentence}`, command));
    const { exitStatus, stdout, stderr, truncated } = ran.value;
    if (truncated)
      return fail(refused('etcd’s answer is larger than 8 MiB; ask for a longer prefix.', command));
    if (exitStatus === 0) return ok(new TextDecoder().decode(stdout));
    // What was found may no longer be so: the next question looks again.
    this.#found.delete(transport);
    return fail(refused(etcdFailure(new TextDecoder().decode(stderr), access, label), command));
  }
}

interface Place {
  readonly label: string;
  readonly transport: NodeTransport;
  readonly access: EtcdAccess;
}

function refused(sentence: string, command: string | null): Refused {
  return { ok: false, sentence, command };
}
