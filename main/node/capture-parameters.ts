// A capture's request as the lines that the node's half reads (capture-script.ts, which checks them again).
import { isIP } from 'node:net';
import { fail, ok, type Result } from '../../app/result.ts';
import { SNAP_MIN, type CaptureFailure, type CaptureRequest } from './capture-events.ts';
import { EXCLUDED_MAX, EXPRESSION_MAX } from './capture-script.ts';

const SNAP_MAX = 262_144; // tcpdump's own
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

/** Four lines. A request that no operator can have typed (a bad address) throws. */
export function captureParameters(request: CaptureRequest): Result<string, CaptureFailure> {
  const { namespace, addresses } = request;
  const interfaceName = request.interfaceName ?? 'any';
  const expression = request.expression?.trim() ?? '';
  const trouble = expressionTrouble(expression);
  if (trouble !== null) return fail({ kind: 'filter-refused', sentence: trouble, detail: null });
  if (!INTERFACE.test(interfaceName)) {
    const sentence = `The interface ${JSON.stringify(interfaceName)} cannot be captured by its name: rename it, or update tcpdump on the node to 4.99.`;
    return fail({ kind: 'failed', sentence, detail: null });
  }
  for (const address of addresses) {
    if (isIP(address) === 0 || address.includes('%')) throw new RangeError(`not an address: ${address}`);
  }
  if (addresses.length === 0 && expression === '') throw new RangeError('a capture of everything');
  const own = new Set(
    request.exclude
      .filter(
        ({ client, server }) => expression !== '' || addresses.includes(client) || addresses.includes(server),
      )
      .map(({ client, clientPort, server, serverPort }) =>
        [client, clientPort, server, serverPort].map(String).join(' '),
      ),
  );
  if (own.size > EXCLUDED_MAX) throw new RangeError(`${String(own.size)} connections to exclude`);
  const snaplen = Math.min(Math.max(request.snaplen, SNAP_MIN), SNAP_MAX);
  const where = `${String(namespace?.pid ?? 0)} ${String(namespace?.inode ?? 0)}`;
  return ok(
    `${where} ${interfaceName} ${String(snaplen)}\n${addresses.join(' ')}\n${[...own].join(' ')}\n${expression}\n`,
  );
}
