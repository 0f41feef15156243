// What a headless report must show, for the smoke tests of `npm start` and of the packaged program.
import fs from 'node:fs';
import path from 'node:path';
import { graphPlaces, PLACES } from './graph-picture.mjs';

const NODES = 3;
const PODS = 4;

/** Throws when what was left in `folder` is not the default lab, drawn. */
export function checkReport(folder) {
  const { schema, nodes, pods } = JSON.parse(fs.readFileSync(path.join(folder, 'discover.json'), 'utf8'));
  if (schema !== 1 || nodes.length !== NODES || pods.length !== PODS) {
    throw new Error(
      `discover.json has ${nodes.length} nodes and ${pods.length} Pods, not ${NODES} and ${PODS}.`,
    );
  }
  const { plates, owners } = graphPlaces(fs.readFileSync(path.join(folder, 'window.png')));
  console.log(`window.png: route plates at ${plates} places, owners at ${owners}`);
  if (plates < PLACES || owners < PLACES) {
    throw new Error(`window.png does not show the graph: its colours are at fewer than ${PLACES} places.`);
  }
}
