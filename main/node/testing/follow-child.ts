// A program of its own that follows streams, so that a test can freeze or kill "us". Argument: JSON of
// { argv: words before the command line, or sshd: where to log in; streams }. Prints the guard's id, then each tick.
import { SshConnector } from '../../ssh/ssh-connector.ts';
import { nobody } from '../../ssh/testing/client-side.ts';
import type { NodeTarget, NodeTransport } from '../../ssh/transport.ts';
import { follow, type FollowStream } from '../follow.ts';
import { localTransport } from './local-transport.ts';

export interface FollowChildOrder {
  readonly reach:
    { readonly argv: readonly string[] } | { readonly target: NodeTarget; readonly home: string };
  readonly streams: readonly FollowStream[];
}

const { reach, streams } = JSON.parse(process.argv[2] ?? '') as FollowChildOrder;
const { signal } = new AbortController();

async function transport(): Promise<NodeTransport> {
  if ('argv' in reach) return localTransport({ argv: (command) => [...reach.argv, command] });
  const local = { home: reach.home, user: reach.target.user ?? 'root', uid: 0, hostname: 'client', env: {} };
  const connected = await new SshConnector({ local }).connect(reach.target, { signal, prompts: nobody });
  if (!connected.ok) throw new Error(connected.failure.sentence);
  return connected.value;
}

const opened = await follow(await transport(), streams, { signal });
if (!opened.ok) throw new Error(opened.failure.sentence);
process.stdout.write(`${opened.value.id}\n`);
for await (const event of opened.value.events) {
  if (event.kind === 'tick') process.stdout.write('tick\n');
  if (event.kind === 'end') throw new Error(JSON.stringify(event.failure));
}
