// The two ways to execute birdcl in calico-node: by kubectl on a node, and over the API server's own WebSocket.
import { BIRD_ROUTE_BYTES } from '../../app/probe/bird-reading.ts';
import { birdExecRequest, birdExecScript, CALICO_SOCKETS } from '../../app/probe/bird-exec.ts';
import { runScript } from '../node/run-probe.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import type { NodeTransport } from '../ssh/transport.ts';
import type { BirdExec } from './bird-by-kubectl.ts';
import type { PodExec } from './kube-source.ts';

const deadlineMs = 40_000;
/** Of one command over the API: birdcl itself has three seconds. */
const commandMs = 8_000;
const mostBytes = 4 * 1024 * 1024;

/** `program`: how kubectl is called there. `transport`: of the node that has it; null while it is not connected. */
export function birdByNode(program: string, transport: () => NodeTransport | null): BirdExec {
  return {
    teller: 'kubectl',
    ask: async ({ label, pod }, { nonce, signal }) => {
      const connection = transport();
      if (connection === null) return null;
      const ran = await runScript(connection, {
        script: birdExecScript(nonce, program, pod),
        what: `kubectl exec ${pod.namespace}/${pod.name}: birdcl for ${label}`,
        deadlineMs,
        maxBytes: mostBytes,
        inTurn: true,
        signal,
      });
      return ran.ok ? ran.value.stdout : new Uint8Array(0);
    },
  };
}

/** The sections of bird-script.ts, of commands that are executed one by one. */
const asked = [
  ['bird', ['show', 'protocols', 'all'], mostBytes],
  ['birdstatus', ['show', 'status'], mostBytes],
  ['birdroutes', ['show', 'route', 'all'], BIRD_ROUTE_BYTES],
] as const;

/** `audit`: what runs in a container of a node runs on that node. */
export function birdByApi(
  { run, command, login }: PodExec,
  now: () => number,
  audit: Pick<AuditTrail, 'begin'>,
): BirdExec {
  return {
    teller: null,
    ask: async ({ label, pod }, { nonce, signal }) => {
      const began = now();
      const clock = (): string => ((now() - began) / 1000).toFixed(2);
      const parts = [Buffer.from(`#${nonce} clock ${(began / 1000).toFixed(3)} 0.00\n`)];
      for (const socket of CALICO_SOCKETS) {
        for (const [section, words, maxBytes] of asked) {
          const request = birdExecRequest(pod, socket, words);
          // As one would type it, without what ends it.
          const typed = command({
            ...request,
            command: request.command.slice(request.command.indexOf('birdcl')),
          });
          const from = clock();
          const entry = { node: label, login: login(), kind: 'command', by: 'login' } as const;
          const audited = audit.begin({ ...entry, what: typed });
          const ran = await run(request, { deadlineMs: commandMs, maxBytes, signal });
          const { stdout, stderr, exitStatus } = ran.ok
            ? ran.value
            : { stdout: new Uint8Array(0), stderr: ran.failure.reason, exitStatus: 1 };
          const received = ran.ok ? stdout.length + Buffer.byteLength(stderr) : 0;
          audited.ended(ran.ok ? `exit ${exitStatus}` : ran.failure.reason, { sent: 0, received });
          const name = `${section}:${socket}`;
          const end = `end ${name} ${exitStatus} ${clock()}\n#${nonce} stderr ${name}`;
          parts.push(Buffer.from(`\n#${nonce} begin ${name} ${from} ${typed}\n`), Buffer.from(stdout));
          parts.push(Buffer.from(`\n#${nonce} ${end}\n${stderr}`));
          if (exitStatus !== 0) break;
        }
      }
      return Buffer.concat([...parts, Buffer.from(`\n#${nonce} done ${clock()}\n`)]);
    },
  };
}
