// A packet's full decode: header after header, each by the dissector that the one before names. Made only of packets that
// somebody looks at, and for fields that no column holds.
import { CutShort, type CapturedPacket, type Dissection } from './dissection.ts';
import { dissectFrame } from './frame.ts';
import { dissectorOf } from './tables.ts';

/** Headers in a packet, those in tunnels among them. Whoever sends more wants us to be busy. */
const MAX_LAYERS = 64;

/** Fills `d`, which forgets the packet before. Never throws, whatever the bytes say. */
export function dissect(packet: CapturedPacket, d: Dissection): void {
  d.begin(packet);
  try {
    dissectFrame(d);
    for (let layers = 0; ; layers += 1) {
      const step = d.takeStep();
      if (step === null || step.at >= step.end) return;
      if (layers === MAX_LAYERS) d.giveUp(`it has more than ${MAX_LAYERS} headers`);
      d.enter(step.end);
      dissectorOf(d, step)(d, step.at, step.end, step);
    }
  } catch (error) {
    if (!(error instanceof CutShort)) throw error;
    d.markCut();
  }
}
