// What a region says from afar, where its small print cannot be read: its name, its Pods, and the worst of it.
import { countTrouble, worstTrouble } from '../../state/pod-trouble.ts';
import { countText, middleEllipsis } from '../../state/text.ts';
import type { GraphNode, GraphTag } from './picture.ts';
import type { Point, Text } from './shapes.ts';

const NAME = 30;
const LINE = 22;
/** Inter is at most this wide on average, in em. */
const SANS_EM = 0.6;
const PAD = 12;
const LEADING = 1.12;

export function farTexts(
  node: GraphNode,
  middle: Point,
  { w, h }: { readonly w: number; readonly h: number },
): Omit<Text, 'id' | 'marks' | 'age' | 'owner'>[] {
  const columns = (font: number): number => Math.floor((w - 2 * PAD) / (font * SANS_EM));
  const worst = worstOf(node);
  const name = { text: node.label, font: NAME, style: 'far', tone: 'bright' } as const;
  const pods = {
    text: countText(node.podCount, 'Pod', 'Pods'),
    font: LINE,
    style: 'far-line',
    tone: 'plain',
  } as const;
  const trouble = worst === null ? [] : [{ ...worst, font: LINE, style: 'far-line' } as const];
  // Where there is no room for three lines the trouble matters more than the number.
  const room = (NAME + (1 + trouble.length) * LINE) * LEADING <= h;
  const lines = [name, ...(node.podCount > 0 && room ? [pods] : []), ...trouble];
  const height = lines.reduce((sum, line) => sum + line.font * LEADING, 0);
  let y = middle.y - height / 2;
  return lines.map(({ text, font, style, tone }) => {
    y += font * LEADING;
    return {
      x: middle.x,
      y: y - (font * LEADING) / 2,
      text: middleEllipsis(text, columns(font)),
      anchor: 'center',
      style,
      tone,
    };
  });
}

/** A node that does not answer before anything that it last said; red before amber. */
function worstOf(node: GraphNode): Pick<GraphTag, 'text' | 'tone'> | null {
  const [state] = node.dimmed ? node.tags : [];
  // Without what leads over to its age, which would not be legible: "stale", not "stale since".
  if (state !== undefined) return { text: state.text.replace(/ (since|·)$/, ''), tone: state.tone };
  const dead = node.tags.find((tag) => tag.tone === 'bad');
  const nic = node.ports.find((port) => port.nic && port.down);
  if (dead !== undefined) return { text: dead.text, tone: 'bad' };
  if (nic !== undefined) return { text: `${nic.name} down`, tone: 'bad' };
  const trouble = worstTrouble(countTrouble(node.pods));
  if (trouble !== null) return trouble;
  return node.routes.some((route) => route.tone === 'warn') ? { text: 'stale routes', tone: 'warn' } : null;
}
