// Asks both sides of one BGP session for its prefixes, when somebody looks at it: a list of 10,000 costs BIRD more than all polls.
import { randomBytes } from 'node:crypto';
import { birdExchangeScript, parseBirdExchange } from '../../app/probe/bird-exchange.ts';
import { BIRD_SOCKETS } from '../../app/probe/bird-script.ts';
import { bgpExchange, type ExchangeSide } from '../../app/topology/bgp-exchange.ts';
import type { BgpExchange, BgpExchangeRequest } from '../../app/topology/bgp-exchange-model.ts';
import type { Route } from '../../app/probe/facts.ts';
import type { BgpSession, NodeEntity, Topology } from '../../app/topology/model.ts';
import { runScript } from '../node/run-probe.ts';
import type { NodeTransport } from '../ssh/transport.ts';

const deadlineMs = 30_000;
const mostBytes = 4 * 1024 * 1024;

export interface ExchangeContext {
  readonly topology: Topology;
  /** Of a node by its label; null while it is not connected. */
  readonly transport: (label: string) => NodeTransport | null;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

interface AskedSide extends ExchangeSide {
  readonly node: string;
  readonly commands: readonly string[];
}

export async function readBgpExchange(
  { ends }: BgpExchangeRequest,
  context: ExchangeContext,
): Promise<BgpExchange> {
  const sessions = ends.map((id) => (id === null ? null : living(context.topology, id)));
  const [one, other] = sessions;
  const known = one ?? other ?? null;
  if (known === null) return { ok: false, sentence: 'This session is gone; choose the present one.' };
  const [first, second] = await Promise.all([
    sideOf(one ?? null, known, context),
    sideOf(other ?? null, known, context),
  ]);
  const asked = [first, second].filter(({ exchange }) => exchange !== null);
  if (asked.length === 0)
    return { ok: false, sentence: first.why ?? second.why ?? 'Neither side could be asked.' };
  return {
    ok: true,
    directions: bgpExchange([first, second]),
    commands: asked.flatMap(({ node, commands }) => commands.map((command) => ({ node, command }))),
  };
}

/** By an id that the page sent: it names a session, or nothing. */
function living({ bgp }: Topology, id: string): BgpSession | null {
  const session = Object.hasOwn(bgp, id) ? bgp[id] : undefined;
  return session?.until === null ? session : null;
}

/** `known`: the session of the other side, where this one has none. */
async function sideOf(
  session: BgpSession | null,
  known: BgpSession,
  { topology, transport, now, signal }: ExchangeContext,
): Promise<AskedSide> {
  const peer = topology.nodes[known.peerNodeId ?? '']?.label ?? known.peerAddress ?? known.name;
  const nodeId = session?.nodeId ?? known.peerNodeId ?? '';
  const node = topology.nodes[nodeId];
  const name = node?.label ?? peer;
  const rest = {
    name,
    node: name,
    commands: [],
    exchange: null,
    routes: kernelRoutes(topology, node, known.peerAddress?.includes(':') === true ? 6 : 4),
  };
  if (session === null) return { ...rest, why: `${name} has no such session, or is not read.` };
  const why = (sentence: string): AskedSide => ({ ...rest, why: sentence });
  // build-bgp.ts: `bgp:<node>/<name>@<socket>` and a `+` for each life before.
  const id = session.id.replace(/\++$/, '');
  const socket = BIRD_SOCKETS.find((path) => id.endsWith(`@${path}`));
  if (socket === undefined)
    return why(
      `${name}: GoBGP’s prefixes are not compared here; “gobgp neighbor ${session.peerAddress ?? session.name} adj-out” and “… adj-in” show them there.`,
    );
  const connection = transport(name);
  if (connection === null) return why(`${name} is not connected.`);
  const nonce = randomBytes(16).toString('hex');
  const script = birdExchangeScript(nonce, { socket, protocol: session.name });
  if (!script.ok) return why(`${name}: ${script.failure}`);
  const what = `birdcl: prefixes of the BGP session ${session.name}`;
  const options = { script: script.value, what, deadlineMs, maxBytes: mostBytes, inTurn: true, signal };
  const ran = await runScript(connection, options);
  if (!ran.ok) return why(`${name}: ${ran.failure.sentence}`);
  const read = parseBirdExchange(ran.value.stdout, { nonce, nodeLabel: name, seenAt: now() });
  return read.ok
    ? { ...rest, exchange: read.value, commands: read.value.commands, why: null }
    : why(read.failure);
}

/** Null where they were not read: none of them is then no proof. */
function kernelRoutes(
  { forwarding }: Topology,
  node: NodeEntity | undefined,
  family: 4 | 6,
): readonly Route[] | null {
  const routes = forwarding[node?.rootNetns ?? '']?.routes ?? null;
  const some = routes?.some((one) => one.family === family) === true;
  return some || node?.unread.routes === null ? routes : null;
}
