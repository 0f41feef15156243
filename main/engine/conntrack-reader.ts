// Asks nodes for the connections that they track between addresses, one round trip a node.
import { randomBytes } from 'node:crypto';
import { parseConntrackAnswers, type ConntrackAnswer } from '../../app/probe/conntrack-reading.ts';
import {
  conntrackScript,
  MOST_CONNTRACK_QUESTIONS,
  type ConntrackQuestion,
} from '../../app/probe/conntrack-script.ts';
import type { ConntrackReading, TraceTracked } from '../../app/trace/model.ts';
import { runScript } from '../node/run-probe.ts';
import type { NodeTransport } from '../ssh/transport.ts';

const deadlineMs = 15_000;
const mostBytes = 4 * 1024 * 1024;

export interface ConntrackContext {
  /** Of a node by its label; null while it is not connected. */
  readonly transport: (label: string) => NodeTransport | null;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** What is listed for a trace's packet, by namespace. */
export async function readTracked(
  asked: readonly TraceTracked[],
  context: ConntrackContext,
): Promise<ConntrackReading[]> {
  const byNode = new Map<string, TraceTracked[]>();
  for (const one of asked) {
    // Inside a Pod one has to know by whom to enter.
    if (one.isPod && one.pid === null) continue;
    byNode.set(one.node, [...(byNode.get(one.node) ?? []), one]);
  }
  const nodes = [...byNode].map(async ([node, list]) => {
    const questions = list.map((one) => ({ ...one, pid: one.isPod ? one.pid : null }));
    const answers = await readConntrack(node, questions, context);
    return list.flatMap(({ netnsId }, index): ConntrackReading[] => {
      const answer = answers[index];
      return answer === undefined
        ? []
        : [{ netnsId, entries: [...answer.entries], sentence: answer.sentence }];
    });
  });
  return (await Promise.all(nodes)).flat();
}

/** An answer for each question, in order; beyond `MOST_CONNTRACK_QUESTIONS` it is that nobody asked. */
export async function readConntrack(
  node: string,
  questions: readonly ConntrackQuestion[],
  { transport, now, signal }: ConntrackContext,
): Promise<readonly ConntrackAnswer[]> {
  const unread = (why: string): ConntrackAnswer[] =>
    questions.map(() => ({
      entries: [],
      sentence: `Which connections ${node} tracks was not read: ${why}`,
    }));
  const connection = transport(node);
  if (connection === null) return unread('it is not connected.');
  const nonce = randomBytes(16).toString('hex');
  const script = conntrackScript(nonce, questions);
  if (!script.ok) return unread(script.failure);
  const what = 'conntrack -L: the connections between the addresses of a trace or a watch';
  const options = { script: script.value, what, deadlineMs, maxBytes: mostBytes, inTurn: true, signal };
  const ran = await runScript(connection, options);
  if (!ran.ok) return unread(ran.failure.sentence);
  const count = Math.min(questions.length, MOST_CONNTRACK_QUESTIONS);
  const read = parseConntrackAnswers(ran.value.stdout, count, { nonce, nodeLabel: node, seenAt: now() });
  if (!read.ok) return unread(read.failure);
  const rest = unread(
    `a trace asks ${String(questions.length)} questions of it, and ${String(count)} are asked at once.`,
  );
  return rest.map((none, index) => read.value[index] ?? none);
}
