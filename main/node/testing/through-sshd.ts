// A node behind a real sshd of the test's own, and sshd's processes there.
import type { NodeTransport } from '../../ssh/transport.ts';
import { SshConnector } from '../../ssh/ssh-connector.ts';
import { localIdentity, must, nobody, targetOf } from '../../ssh/testing/client-side.ts';
import type { SshdFixture } from '../../ssh/testing/sshd-fixture.ts';
import { marker } from './load.ts';
import { parentOf, processesWith, statusOf } from './processes.ts';

/** `port`: of a cable to it, if not its own. */
export async function reach(sshd: SshdFixture, port = sshd.port): Promise<NodeTransport> {
  const knownHost = { hostKeyAlias: `[${sshd.host}]:${sshd.port}` };
  const target = targetOf(sshd, { label: 'node', port, ...(port === sshd.port ? {} : knownHost) });
  const { signal } = new AbortController();
  return must(
    await new SshConnector({ local: localIdentity(sshd) }).connect(target, { signal, prompts: nobody }),
  );
}

/** sshd's processes above the guard `id`: the ones that pass its bytes on. */
export function sessionsOf(sshd: SshdFixture, id: string): number[] {
  const sessions = new Set<number>();
  for (const { pid } of processesWith(marker(id))) {
    for (let at = pid, depth = 0; at > 1 && depth < 10; depth += 1) {
      if (/^Name:\s*sshd/m.test(statusOf(at)) && at !== sshd.pid) sessions.add(at);
      at = parentOf(at);
    }
  }
  return [...sessions];
}
