// The plate: by which routes this node reaches the other nodes' Pods, and who installed them.
import { middleEllipsis } from '../../state/text.ts';
import type { Density } from './density.ts';
import type { GraphNode } from './picture.ts';
import { type Box, type Mark, monoColumns, type Point, type Text } from './shapes.ts';

const PAD = 8;
/** Route and owner on a line each while there are few; else on one. */
const TWO_LINE_ROUTES = 2;
const TWO_LINES = 34;
const ONE_LINE = 18;

export function plateHeight(node: GraphNode, density: Density): number {
  if (!density.plates || !node.known) return 0;
  const lines = Math.max(1, node.routes.length + (node.hiddenRoutes > 0 ? 1 : 0));
  const spacious = isSpacious(node) && node.routes.length > 0;
  return 2 * PAD + (spacious ? node.routes.length * TWO_LINES - 2 : lines * ONE_LINE);
}

function isSpacious(node: GraphNode): boolean {
  return node.routes.length <= TWO_LINE_ROUTES && node.hiddenRoutes === 0;
}

export function drawPlate(
  node: GraphNode,
  density: Density,
  at: Point,
  width: number,
  marks: readonly Mark[],
): { box: Box | null; texts: Text[] } {
  const height = plateHeight(node, density);
  if (height === 0) return { box: null, texts: [] };
  const box: Box = {
    id: `plate:${node.id}`,
    kind: 'plate',
    x: at.x + width / 2,
    y: at.y + height / 2,
    w: width,
    h: height,
    tone: node.routes.some((route) => route.tone === 'warn') ? 'warn' : 'plain',
    marks,
    selects: { kind: 'node', id: node.id },
    nodeId: node.id,
  };
  const columns = monoColumns(width - 2 * PAD - 4, 11);
  const text = (
    id: string,
    y: number,
    content: string,
    tone: Text['tone'],
    style: Text['style'] = 'mono',
  ): Text => ({
    id: `${id}:${node.id}`,
    x: at.x + PAD + 2,
    y,
    text: middleEllipsis(content, columns),
    anchor: 'left',
    style,
    tone,
    marks,
    age: null,
    owner: box.id,
  });
  if (node.routes.length === 0) {
    const nothing =
      node.routesUnread === null
        ? text('noroute', at.y + height / 2, 'no route to another node’s Pods', 'faint', 'small')
        : text('noroute', at.y + height / 2, 'its routes could not be read', 'warn', 'small');
    return { box, texts: [nothing] };
  }
  const texts: Text[] = [];
  let y = at.y + PAD;
  node.routes.forEach((route, index) => {
    const route1 = `${route.dst} via ${route.via}`;
    const owner = route.remark === '' ? route.owner : `${route.owner} · ${route.remark}`;
    if (isSpacious(node)) {
      texts.push(text(`route${String(index)}`, y + 8, route1, 'bright'));
      texts.push(text(`owner${String(index)}`, y + 23, owner, route.tone));
      y += TWO_LINES;
    } else {
      texts.push(
        text(
          `route${String(index)}`,
          y + 9,
          oneLine(route1, owner, columns),
          route.tone === 'warn' ? 'warn' : 'bright',
        ),
      );
      y += ONE_LINE;
    }
  });
  if (node.hiddenRoutes > 0) {
    texts.push(text('more', y + 9, moreText(node.hiddenRoutes), 'faint', 'small'));
  }
  return { box, texts };
}

/** Who installed it yields to the way: a next hop is what one looks for. */
function oneLine(route: string, owner: string, columns: number): string {
  const room = columns - route.length - ' · '.length;
  if (room >= owner.length) return `${route} · ${owner}`;
  return room < LEAST_OWNER ? route : `${route} · ${owner.slice(0, room - 1).trimEnd()}…`;
}

/** Columns below which a name cut short says nothing. */
const LEAST_OWNER = 5;

function moreText(count: number): string {
  return `+${String(count)} more ${count === 1 ? 'route' : 'routes'} to other nodes`;
}
