// A program of its own that follows streams, so that a test can freeze or kill "us". Arguments: JSON of
// { argv: words before the command line, streams }. Prints the guard's id, then each tick.
import { localTransport } from './local-transport.ts';
import { follow, type FollowStream } from '../follow.ts';

const { argv, streams } = JSON.parse(process.argv[2] ?? '') as {
  argv: readonly string[];
  streams: readonly FollowStream[];
};
const transport = localTransport({ argv: (command) => [...argv, command] });
const opened = await follow(transport, streams, { signal: new AbortController().signal });
if (!opened.ok) throw new Error(opened.failure.sentence);
process.stdout.write(`${opened.value.id}\n`);
for await (const event of opened.value.events) {
  if (event.kind === 'tick') process.stdout.write('tick\n');
  if (event.kind === 'end') throw new Error(JSON.stringify(event.failure));
}
