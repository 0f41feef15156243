// Asks where the case file goes, and lets the engine write it there: for the page's button and the menu.
import path from 'node:path';
import { app, dialog, type BrowserWindow } from 'electron';
import type { CallResponse } from '../../app/contract/calls.ts';
import type { Engine } from '../engine/engine.ts';
import { caseFileName } from './case-file-name.ts';
import { placeForTest } from './test-faults.ts';

/** @param signal ends with the program. A cancelled dialog is no failure worth a sentence. */
export async function exportCase(
  window: BrowserWindow,
  engine: Engine,
  payload: boolean,
  signal: AbortSignal,
): Promise<CallResponse<'case.export'>> {
  const place = placeForTest(app.isPackaged) ?? (await askForPlace(window, engine.view.cluster));
  if (place === null) return { ok: false, sentence: '' };
  const exported = await engine.exportCase(place, { payload, signal });
  return exported.ok
    ? { ok: true, file: place, packets: exported.value.packets }
    : { ok: false, sentence: exported.failure.sentence };
}

async function askForPlace(window: BrowserWindow, cluster: string | null): Promise<string | null> {
  const asked = await dialog.showSaveDialog(window, {
    title: 'Export a case file',
    defaultPath: path.join(app.getPath('documents'), caseFileName(cluster, Date.now())),
    filters: [
      { name: 'Hopscope case files', extensions: ['zip'] },
      { name: 'All files', extensions: ['*'] },
    ],
    properties: ['createDirectory', 'showOverwriteConfirmation'],
  });
  return asked.canceled || asked.filePath === '' ? null : asked.filePath;
}
