import { describe, expect, it } from 'vitest';
import type { CallReply } from '../preload/channels.ts';
import { NO_SIGHTINGS } from '../../app/trace/sightings-model.ts';
import { dispatchCall, isOurPage, type CallHandlers } from './call-dispatch.ts';

const noFirewall = { node: 'n', known: false, sentence: null, at: null, interval: null };
const noSets = { conntrack: null, ipsets: [], virtualServers: 0, bothBackends: false };

/** Answers that only a call which got through can have set. */
function recorder(): { handlers: CallHandlers<string>; reached: unknown[] } {
  const reached: unknown[] = [];
  const note =
    <T>(value: T) =>
    (request: unknown, caller: string): T => {
      reached.push([request, caller]);
      return value;
    };
  const handlers: CallHandlers<string> = {
    'inventory.view': note({ sentence: null, kinds: [] }),
    'trace.services': note({ services: [], more: 0 }),
    'diagnose.lookups': () => [],
    'diagnose.run': () => ({ findings: [], checked: [], skipped: [], left: 0, awaits: [] }),
    'whatIf.run': note({ ok: false as const, sentence: 'no' }),
    'bgp.matrix': note({
      nodes: [],
      pairs: [],
      gaps: [],
      mesh: { on: null, sentence: '' },
      wrong: 0,
    }),
    'firewall.view': note({ ...noFirewall, tables: [], dropping: [], ...noSets }),
    'firewall.chain': note({
      ...noFirewall,
      table: { backend: 'nft', family: 'ip', name: 't' },
      evidence: null,
      chain: null,
      found: 0,
      rules: [],
      callers: [],
    }),
    'firewall.service': note([]),
    'route.explain': note({ ok: false as const, sentence: 'no' }),
    'route.everywhere': note({ ok: false as const, sentence: 'no' }),
    'route.provenance': note({ ok: false as const, sentence: 'no' }),
    'app.describe': note({
      version: '1',
      electron: { version: '33', chromium: '130', node: '20', source: 'test' },
      banner: null,
      labImpossible: null,
      platform: 'linux',
    }),
    'session.pickAndOpen': note({ ok: true as const }),
    'session.openPaste': note({ ok: true as const }),
    'session.answerHostKey': note(undefined),
    'session.answerPassphrase': note(undefined),
    'session.retryNode': note(undefined),
    'session.lookAt': note(undefined),
    'watch.start': note({ ok: true as const }),
    'watch.stop': note(undefined),
    'packets.detail': note(null),
    'packets.follow': note({ ok: false as const, sentence: 'no' }),
    'case.export': note({ ok: false as const, sentence: 'no' }),
    'diagnose.look': note({ ok: false as const, sentence: 'no' }),
    'diagnose.leave': note(undefined),
    'audit.list': () => ({ rows: [], matching: 0, kept: 0, file: null, trouble: null }),
    'audit.export': () => ({ ok: false, sentence: '' }),
    'trace.path': () => ({ ok: false, sentence: '' }),
    'trace.run': () => ({ ok: false, sentence: '' }),
    'trace.sightings': () => NO_SIGHTINGS,
    'probe.run': () => ({ ok: false, sentence: '' }),
    'scope.run': () => ({ ok: false, sentence: '' }),
    'bgp.exchange': note({ ok: false as const, sentence: 'no' }),
    'etcd.keys': note({ ok: false as const, sentence: 'no', command: null }),
    'etcd.value': note({ ok: false as const, sentence: 'no', command: null }),
    'evidence.read': note(null),
    'terminal.open': note({ ok: false as const, sentence: 'no' }),
    'terminal.close': note(undefined),
    'stream.open': note({ ok: true as const }),
    'clipboard.write': note(undefined),
    'drops.view': note({ seconds: 30, nodes: [] }),
    'node.settings': note({ at: null, sentence: null, groups: [] }),
    'pod.inside': note({ at: null, sentence: null, groups: [] }),
    'node.cost': note([]),
  };
  return { handlers, reached };
}

describe('dispatchCall', () => {
  it('hands a good request and its caller to the handler and answers with its value', async () => {
    const { handlers, reached } = recorder();
    const reply = await dispatchCall(
      handlers,
      'session.lookAt',
      { label: 'k8s-master', podId: null },
      'frame',
    );
    expect(reply).toEqual<CallReply>({ ok: true, value: undefined });
    expect(reached).toEqual([[{ label: 'k8s-master', podId: null }, 'frame']]);
  });

  it.each([
    ['no.such.call', undefined],
    ['constructor', undefined],
    ['__proto__', {}],
    [7, {}],
    [null, null],
    ['session.lookAt', undefined],
    ['session.lookAt', { label: 7, podId: null }],
    ['session.lookAt', { label: null, podId: 7 }],
    ['session.answerHostKey', { promptId: 'p', answer: 'yes' }],
    ['terminal.open', { target: { kind: 'node', nodeLabel: '' }, cols: 80, rows: 24 }],
    ['terminal.open', { target: { kind: 'node', nodeLabel: 'a' }, cols: 0, rows: 24 }],
    ['terminal.open', { target: { kind: 'file', path: '/etc/passwd' }, cols: 80, rows: 24 }],
    ['stream.open', { nonce: 'short', stream: { kind: 'session' } }],
    ['clipboard.write', { text: { toString: 'x' } }],
    ['app.describe', { extra: true }],
  ])('refuses %j with %j before any handler sees it', async (name, request) => {
    const { handlers, reached } = recorder();
    const reply = await dispatchCall(handlers, name, request, 'frame');
    expect(reply.ok).toBe(false);
    if (!reply.ok) expect(reply.sentence).toMatch(/^The window (asked for something|sent a malformed) /);
    expect(reached).toEqual([]);
  });

  it('drops what the contract does not name from a request', async () => {
    const { handlers, reached } = recorder();
    await dispatchCall(handlers, 'session.retryNode', { label: 'a', path: '/x' }, 'frame');
    expect(reached).toEqual([[{ label: 'a' }, 'frame']]);
  });

  it('throws on a response that breaks the contract, since that is a bug of ours', async () => {
    const { handlers } = recorder();
    const broken = { ...handlers, 'evidence.read': () => ({ output: 1 }) } as unknown as CallHandlers<string>;
    await expect(dispatchCall(broken, 'evidence.read', { id: 'e' }, 'frame')).rejects.toThrow(/output/);
  });
});

describe('isOurPage', () => {
  const page = { url: 'app://hopscope/index.html', origin: 'app://hopscope', parent: null };

  it('knows the main frame of our window on our page', () => {
    expect(isOurPage(page, page)).toBe(true);
  });

  it.each([
    ['a frame that is gone', null, page],
    ['another frame object', { ...page }, page],
    ['a window without a page', page, null],
  ])('refuses %s', (_what, sender, mainFrame) => {
    expect(isOurPage(sender, mainFrame)).toBe(false);
  });

  it.each([
    { ...page, parent: {} },
    { ...page, origin: 'null' },
    { ...page, origin: 'https://hopscope' },
    { ...page, url: 'about:blank' },
    { ...page, url: 'app://hopscope.evil/index.html' },
    { ...page, url: 'https://hopscope/index.html' },
  ])('refuses our main frame when it is elsewhere: %j', (frame) => {
    expect(isOurPage<typeof frame>(frame, frame)).toBe(false);
  });
});
