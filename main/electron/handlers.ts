// What each call of the contract does: the engine answers nearly all, Electron only what needs a person's machine.
import { clipboard, dialog, type BrowserWindow } from 'electron';
import type { AppDescription, CallResponse } from '../../app/contract/calls.ts';
import { questions, type QuestionName } from '../../app/contract/questions.ts';
import type { Engine } from '../engine/engine.ts';
import { otherEnd } from '../engine/other-end.ts';
import { Refused, type CallHandlers } from './call-dispatch.ts';
import type { PageCaller } from './calls.ts';
import type { ClusterOpener } from './cluster-opener.ts';
import { exportAudit } from './export-audit.ts';
import { exportCase } from './export-case.ts';
import type { Streams } from './ports.ts';
import type { Terminals } from './terminals.ts';

export interface HandlerParts {
  readonly window: BrowserWindow;
  readonly engine: Engine;
  readonly opener: ClusterOpener;
  readonly streams: Streams;
  readonly terminals: Terminals;
  readonly description: AppDescription;
  /** Ends with the program. */
  readonly signal: AbortSignal;
}

export function callHandlers(parts: HandlerParts): CallHandlers<PageCaller> {
  const { engine, streams, terminals } = parts;
  /** The one that somebody waits for. */
  let diagnosing = new AbortController();
  return {
    ...questionHandlers(engine),
    'app.describe': () => parts.description,
    'session.pickAndOpen': () => pickAndOpen(parts.window, parts.opener),
    'session.openPaste': async ({ texts }) => {
      const opened = await parts.opener.openPaste(texts);
      return opened.ok ? { ok: true } : { ok: false, sentence: opened.failure.sentence };
    },
    'session.answerHostKey': ({ promptId, answer }) => {
      engine.answerHostKey(promptId, answer);
    },
    'session.answerPassphrase': ({ promptId, passphrase }) => {
      engine.answerPassphrase(promptId, passphrase);
    },
    'session.retryNode': ({ label }) => {
      engine.retryNode(label);
    },
    'session.lookAt': ({ label, podId }) => {
      engine.lookAt(label, podId);
    },
    'watch.start': async ({ podId, expression, to }) => {
      const pod = engine.topology.pods[podId];
      const only = to === null || pod === undefined ? null : () => otherEnd(engine, pod, to);
      const started = await engine.watch.start(podId, { expression, only });
      return started.ok ? { ok: true } : { ok: false, sentence: started.failure.sentence };
    },
    'watch.stop': async () => {
      await engine.watch.stop();
      return undefined;
    },
    'packets.follow': ({ run, number }) => engine.watch.follow(run, number),
    'packets.detail': ({ run, number }) => engine.watch.detail(run, number),
    'case.export': ({ payload }) => exportCase(parts.window, engine, payload, parts.signal),
    'evidence.read': ({ id }) => engine.readEvidence(id),
    'audit.list': (request) => engine.auditList(request),
    'audit.export': ({ filter, format }) => exportAudit(parts.window, engine, filter, format),
    'bgp.exchange': (request) => engine.bgpExchange(request),
    'trace.run': (request) => engine.trace(request),
    'trace.sightings': (request) => engine.watch.sightings(request),
    'diagnose.look': async (request) => {
      diagnosing.abort();
      diagnosing = new AbortController();
      const signal = AbortSignal.any([parts.signal, diagnosing.signal]);
      const answer = await engine.diagnose({ signal, request });
      return answer.ok ? answer : { ok: false, sentence: answer.failure.sentence };
    },
    'diagnose.leave': () => {
      diagnosing.abort();
      engine.leavePods();
      return undefined;
    },
    'probe.run': (request) => engine.probe(request),
    'scope.run': (request) => engine.scope(request),
    'etcd.keys': (request) => engine.etcd.keys(request),
    'etcd.value': ({ node, key }) => engine.etcd.value(node, key),
    'terminal.open': (request) => terminals.open(request),
    'terminal.close': ({ terminalId }) => terminals.close(terminalId),
    'stream.open': (request, frame) => streams.open(request, frame),
    'clipboard.write': async ({ text }) => {
      // Later versions answer with a promise, Electron 33 at once.
      await clipboard.writeText(text);
      return undefined;
    },
  };
}

type QuestionHandlers = Pick<CallHandlers<PageCaller>, QuestionName>;

function questionHandlers(engine: Engine): QuestionHandlers {
  const names = Object.keys(questions) as QuestionName[];
  const handlers = names.map((name) => [
    name,
    async (request: never): Promise<unknown> => {
      const answer = await engine.ask(name, request);
      if (!answer.ok) throw new Refused(answer.failure.sentence);
      return answer.value;
    },
  ]);
  return Object.fromEntries(handlers) as QuestionHandlers;
}

/** Asks for a cluster file and opens it; a cancelled dialog is no failure worth a sentence. */
export async function pickAndOpen(
  window: BrowserWindow,
  opener: ClusterOpener,
): Promise<CallResponse<'session.pickAndOpen'>> {
  if (opener.pickRefused !== null) return { ok: false, sentence: opener.pickRefused };
  const picked = await dialog.showOpenDialog(window, {
    title: 'Open a cluster file',
    properties: ['openFile'],
    filters: [
      { name: 'Cluster files', extensions: ['yaml', 'yml'] },
      { name: 'All files', extensions: ['*'] },
    ],
  });
  const file = picked.filePaths[0];
  if (picked.canceled || file === undefined) return { ok: false, sentence: '' };
  const opened = await opener.open(file);
  return opened.ok ? { ok: true } : { ok: false, sentence: opened.failure.sentence };
}
