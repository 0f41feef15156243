// A program of its own that follows streams or captures, so that a test can freeze or kill "us". Argument: JSON of a
// ChildOrder. Prints the guard's id, then each tick.
import { SshConnector } from '../../ssh/ssh-connector.ts';
import { nobody } from '../../ssh/testing/client-side.ts';
import type { NodeTarget, NodeTransport } from '../../ssh/transport.ts';
import { capture, type CaptureRequest } from '../capture.ts';
import { follow, type FollowStream } from '../follow.ts';
import { localTransport } from './local-transport.ts';

export interface ChildOrder {
  /** Words before the command line, or where to log in. */
  readonly reach:
    { readonly argv: readonly string[] } | { readonly target: NodeTarget; readonly home: string };
  /** Streams to follow, or what to capture as root. */
  readonly work: readonly FollowStream[] | CaptureRequest;
}

const { reach, work } = JSON.parse(process.argv[2] ?? '') as ChildOrder;
const { signal } = new AbortController();

async function transport(): Promise<NodeTransport> {
  if ('argv' in reach) return localTransport({ argv: (command) => [...reach.argv, command] });
  const local = { home: reach.home, user: reach.target.user ?? 'root', uid: 0, hostname: 'client', env: {} };
  const connected = await new SshConnector({ local }).connect(reach.target, { signal, prompts: nobody });
  if (!connected.ok) throw new Error(connected.failure.sentence);
  return connected.value;
}

const opened =
  'addresses' in work
    ? await capture(await transport(), { tier: 3, uid: 0, limits: [], sshConnection: null }, work, {
        signal,
        label: 'node',
      })
    : await follow(await transport(), work, { signal });
if (!opened.ok) throw new Error(opened.failure.sentence);
const running = opened.value;
process.stdout.write(`${'guardId' in running ? running.guardId : running.id}\n`);
for await (const event of running.events) {
  if (event.kind === 'tick') process.stdout.write('tick\n');
  if (event.kind === 'end') throw new Error(JSON.stringify(event.failure));
}
