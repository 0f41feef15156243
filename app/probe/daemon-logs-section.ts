// What became of reading daemons' logs (daemon-logs-script.ts).
import { parseDaemonLogs } from './daemon-logs.ts';
import type { ReadSection } from './section-reading.ts';
import type { NodeSnapshot } from './snapshot.ts';

/** Each log by itself: one that may not be read costs no other. */
export function daemonLogsSection(
  read: ReadonlyMap<string, ReadSection>,
  nodeLabel: string,
  at: NodeSnapshot['at'],
): NodeSnapshot['logs'] {
  const sections = [...read].filter(([name]) => name.startsWith('log:'));
  const [first] = sections;
  if (first === undefined) return null;
  // Those of the pipe's end, or what journalctl tells somebody who sees his own messages only.
  const refused = sections.filter(
    ([, { stderr, state }]) =>
      state === 'not-permitted' || /permission|not permitted|not seeing messages/i.test(stderr),
  );
  const value = parseDaemonLogs(
    sections.map(([name, { stdout, head }]) => ({
      daemon: DAEMON_OF[name.split(':')[1] ?? ''] ?? null,
      text: stdout,
      at: head.at ?? at,
    })),
  );
  const lost = refused.map(([name]) => placeOf(name)).join(', ');
  const late = sections.filter(([, { state }]) => state === 'timeout').map(([name]) => placeOf(name));
  const said = [
    ...(lost === ''
      ? []
      : [
          `This login may not read what daemons of ${nodeLabel} logged (${lost}): root may, and mostly the groups adm and systemd-journal.`,
        ]),
    ...late.map(
      (place) => `Of what daemons of ${nodeLabel} logged, ${place} was not read to its end in time.`,
    ),
  ];
  return {
    state: lost === '' ? 'ok' : 'not-permitted',
    evidence: sections.map(([, { head }]) => head.id),
    at: first[1].head.at,
    value,
    sentence: said.join(' ') || null,
  };
}

/** `log:journal`, `log:pods`, `log:kubelet:/var/log/kubelet.log`: where that is, as one would say it. */
function placeOf(section: string): string {
  const [, what = '', path] = section.split(':');
  return path ?? (what === 'journal' ? 'the journal' : `/var/log/${what}`);
}

/** By the second word of a section's name; the journal says it itself. */
const DAEMON_OF: Readonly<Record<string, string | null>> = {
  journal: null,
  kubelet: 'kubelet',
  bird: 'BIRD',
  bird6: 'BIRD',
  'calico-node': 'calico-node',
  'kube-flannel': 'kube-flannel',
};
