// Entry of the lab's API server: node … index.ts --listen 127.0.0.1:8080 --control SOCKET --state FILE
import { parseArguments } from './arguments.ts';
import { ApiServer, type ApiServerOptions } from './server.ts';

async function serve(options: ApiServerOptions): Promise<void> {
  const started = await ApiServer.start(options);
  if (!started.ok) {
    process.stderr.write(`${started.failure.sentence}\n`);
    process.exitCode = 1;
    return;
  }
  const server = started.value;
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    void server[Symbol.asyncDispose]();
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  const ready = {
    listening: server.addresses,
    control: options.control ?? null,
    resourceVersion: String(server.store.revision),
    pid: process.pid,
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

const parsed = parseArguments(process.argv.slice(2));
if (parsed.ok) await serve(parsed.value);
else {
  process.stderr.write(`${parsed.failure.sentence}\n`);
  process.exitCode = 2;
}
