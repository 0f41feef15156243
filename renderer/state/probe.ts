// A probe: what it would run is shown first, and nothing is sent before somebody has agreed to exactly that.
import type { ProbeAnswer, ProbeRequest } from '../../app/trace/probe-model.ts';
import { call } from '../bridge/call.ts';
import { consentAsker } from './consent.ts';

type Asked = Omit<ProbeRequest, 'consent'>;
type Probed = Extract<ProbeAnswer, { ok: true }>;

const {
  use: useProbe,
  plan: planProbe,
  planAgain: planProbeAgain,
  send: sendProbe,
  close: closeProbe,
} = consentAsker<Asked, Probed>((asked, consent) => call('probe.run', { ...asked, consent }));

export { closeProbe, planProbe, planProbeAgain, sendProbe, useProbe };
