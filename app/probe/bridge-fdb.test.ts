import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { parseFdbJson, parseFdbText } from './bridge-fdb.ts';

// iproute2 6.1 on a node with flannel.1 and two Pods at cni0, both forms of the same table.
const text = `33:33:00:00:00:01 dev ens192 self permanent
0a:58:c0:a8:01:02 dev veth91cf3bcd master cni0 
4e:f1:78:c6:42:11 dev veth91cf3bcd vlan 7 master cni0 permanent
66:c1:04:0a:0c:02 dev flannel.1 dst 10.12.22.152 self permanent
`;
const json = `[{"mac":"33:33:00:00:00:01","ifname":"ens192","flags":["self"],"state":"permanent"},
{"mac":"0a:58:c0:a8:01:02","ifname":"veth91cf3bcd","flags":[],"master":"cni0","state":""},
{"mac":"4e:f1:78:c6:42:11","ifname":"veth91cf3bcd","vlan":7,"flags":[],"master":"cni0","state":"permanent"},
{"mac":"66:c1:04:0a:0c:02","ifname":"flannel.1","dst":"10.12.22.152","flags":["self"],"state":"permanent"}]`;

it('reads both forms alike, and leaves out what is a group’s', () => {
  const read = parseFdbText(text);
  expect(read.unread).toEqual([]);
  expect(read.entries).toEqual([
    {
      mac: '0a:58:c0:a8:01:02',
      dev: 'veth91cf3bcd',
      dst: null,
      master: 'cni0',
      vlan: null,
      permanent: false,
    },
    { mac: '4e:f1:78:c6:42:11', dev: 'veth91cf3bcd', dst: null, master: 'cni0', vlan: 7, permanent: true },
    {
      mac: '66:c1:04:0a:0c:02',
      dev: 'flannel.1',
      dst: '10.12.22.152',
      master: null,
      vlan: null,
      permanent: true,
    },
  ]);
  const parsed = parseFdbJson(json);
  expect(parsed.ok && parsed.value.entries).toEqual(read.entries);
});

it('says what it did not understand, and where', () => {
  expect(parseFdbText(`${text}RTNETLINK answers: nonsense\n`).unread).toEqual([
    { where: 'line 5', text: 'RTNETLINK answers: nonsense' },
  ]);
  const odd = parseFdbJson('[{"mac":"x","ifname":"cni0"},{"mac":"0a:58:c0:a8:01:02","ifname":"v"}]');
  expect(odd.ok && [odd.value.unread[0]?.where, odd.value.entries.length]).toEqual(['entry 1', 1]);
});

it('takes any text', () => {
  const whole = readFileSync(new URL('fixtures/discovery-bridge.txt', import.meta.url), 'latin1');
  const cut = fc.tuple(fc.nat(whole.length), fc.nat(400)).map(([at, most]) => whole.slice(at, at + most));
  const words = fc.constantFrom(
    '0a:58:c0:a8:01:02',
    'dev',
    'dst',
    'master',
    'vlan',
    '\n',
    ' ',
    '"',
    '{',
    '[',
    '\u001b',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        cut,
        fc.array(words).map((all) => all.join(' ')),
      ),
      (any) => {
        const read = parseFdbText(any);
        const lines = any.split('\n').filter((line) => line.trim() !== '').length;
        expect(read.entries.length + read.unreadCount).toBeLessThanOrEqual(lines);
        parseFdbJson(any);
      },
    ),
    { numRuns: runs(200) },
  );
});

it('reads the port and the network number that an entry has of its own', () => {
  const words = '66:c1:04:0a:0c:02 dev vx0 dst 10.0.0.1 port 4999 vni 77 self permanent\n';
  const listed =
    '[{"mac":"66:c1:04:0a:0c:02","ifname":"vx0","dst":"10.0.0.1","port":4999,"vni":77,"flags":["self"],"state":"permanent"}]';
  const [entry] = parseFdbText(words).entries;
  expect(entry).toMatchObject({ dst: '10.0.0.1', port: 4999, vni: 77 });
  const parsed = parseFdbJson(listed);
  expect(parsed.ok && parsed.value.entries).toEqual([entry]);
});
