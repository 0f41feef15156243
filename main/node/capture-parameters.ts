// A capture's request as the lines that the node's half reads (capture-script.ts, which checks them again).
import { fail, ok, type Result } from '../../app/result.ts';
import type { Outside } from '../../app/trace/lets-through.ts';
import { captureFilter } from '../../app/watch/capture-filter.ts';
import { SNAP_MIN, type CaptureFailure, type CaptureRequest, type SshConnection } from './capture-events.ts';
import { EXCLUDED_MAX, FILTER_MAX } from './capture-script.ts';
import { bareAddress } from './ssh-connection.ts';

const SNAP_MAX = 262_144; // tcpdump's own
/** Bytes. Longer filters than this are not typed by hand. */
const EXPRESSION_MAX = 1_000;
/** Of what is watched; an IPv6 address takes 15 instructions of a filter. */
const ADDRESSES_MAX = 16;
const NOT_ALLOWED = /[^\dA-Za-z .:/_,=<>&|!+*%^~@\\()[\]-]/u;
const INTERFACE = /^[\dA-Za-z._@+-]{1,15}$/; // IFNAMSIZ, without what other names may hold

/** What is wrong with an operator's expression before any node is asked; null: nothing. */
function expressionTrouble(expression: string): string | null {
  if (expression.length > EXPRESSION_MAX) {
    return `The filter is longer than ${String(EXPRESSION_MAX)} characters: shorten it.`;
  }
  const strange = NOT_ALLOWED.exec(expression)?.[0];
  if (strange !== undefined) {
    return `The filter holds ${JSON.stringify(strange)}, which no filter needs: write it as pcap-filter(7) says.`;
  }
  // Else its end could lie behind ours, and our own SSH come in.
  let depth = 0;
  for (const letter of expression) {
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (depth < 0) break;
  }
  return depth === 0 ? null : 'The parentheses of the filter do not match: close each one that is open.';
}

/** It could be one of those that go on outside: between an address and one of its own peers, nobody else's. */
export function isOutside(
  { client, server }: Pick<SshConnection, 'client' | 'server'>,
  outside: readonly Outside[],
): boolean {
  const [from, to] = [bareAddress(client) ?? '', bareAddress(server) ?? ''];
  return outside.some(
    ({ address, peers }) =>
      (address === from && peers.includes(to)) || (address === to && peers.includes(from)),
  );
}

/** Our own connections that this filter could match, a line's words each. */
function ownConnections(
  { exclude, expression }: CaptureRequest,
  addresses: readonly string[],
  outside: readonly Outside[],
): Set<string> {
  return new Set(
    exclude.flatMap((one) => {
      // Behind a jump host a far end may be known by its name only; then the node itself says its addresses.
      const client = bareAddress(one.client);
      const server = bareAddress(one.server);
      if (client === null || server === null) return [];
      const isOwn = addresses.includes(client) || addresses.includes(server);
      if (expression === null && !isOwn && !isOutside(one, outside)) return [];
      return [`${client} ${String(one.clientPort)} ${server} ${String(one.serverPort)}`];
    }),
  );
}

/** Three lines. Addresses come from what a cluster says of itself: what is none is left out. */
export function captureParameters(request: CaptureRequest): Result<string, CaptureFailure> {
  const { namespace } = request;
  const interfaceName = request.interfaceName ?? 'any';
  const expression = request.expression?.trim() ?? '';
  const trouble = expressionTrouble(expression);
  if (trouble !== null) return fail({ kind: 'filter-refused', sentence: trouble, detail: null });
  const failed = (sentence: string): Result<string, CaptureFailure> =>
    fail({ kind: 'failed', sentence, detail: null });
  if (!INTERFACE.test(interfaceName)) {
    return failed(
      `The interface ${JSON.stringify(interfaceName)} cannot be captured by its name: rename it, or update tcpdump on the node to 4.99.`,
    );
  }
  const addresses = [...new Set(request.addresses.flatMap((address) => bareAddress(address) ?? []))];
  if (addresses.length === 0 && expression === '') {
    return failed('What is watched has no IP address now: it is captured as soon as it has one.');
  }
  if (addresses.length > ADDRESSES_MAX) {
    return failed(
      `What is watched has ${String(addresses.length)} addresses, more than fit into one filter: give a filter of your own.`,
    );
  }
  const bare = (all: readonly string[]): string[] => all.flatMap((one) => bareAddress(one) ?? []);
  const peers = request.peers === undefined ? null : bare(request.peers);
  const outside = (request.outside ?? []).flatMap(({ address, peers: others }) => {
    const [as] = bare([address]);
    return as === undefined ? [] : { address: as, peers: bare(others) };
  });
  const asked = { ...request, expression: expression === '' ? null : expression };
  const own = ownConnections(asked, addresses, outside);
  if (own.size > EXCLUDED_MAX) {
    const instead = expression === '' ? '' : 'watch without a filter of your own, or ';
    return failed(
      `${String(own.size)} SSH connections of Hopscope's would have to be left out of this filter, more than fit into it: ${instead}open a cluster file with fewer nodes.`,
    );
  }
  const filter =
    expression === '' ? captureFilter({ own: addresses, peers, outside }, namespace === null) : expression;
  if (filter.length > FILTER_MAX)
    return failed('What is to be captured does not fit into one filter: give a filter of your own.');
  const snaplen = Math.min(Math.max(request.snaplen, SNAP_MIN), SNAP_MAX);
  const where = `${String(namespace?.pid ?? 0)} ${String(namespace?.inode ?? 0)}`;
  return ok(`${where} ${interfaceName} ${String(snaplen)}\n${[...own].join(' ')}\n${filter}\n`);
}
