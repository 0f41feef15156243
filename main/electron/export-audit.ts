// Asks where the audit goes, and writes it there.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { app, dialog, type BrowserWindow } from 'electron';
import { type AuditFormat, auditText } from '../../app/contract/audit.ts';
import type { CallResponse } from '../../app/contract/calls.ts';
import type { Engine } from '../engine/engine.ts';
import { placeForTest } from './test-faults.ts';

const NAMES: Record<AuditFormat, string> = { csv: 'CSV tables', jsonl: 'JSON lines' };

/** A cancelled dialog is no failure worth a sentence. */
export async function exportAudit(
  window: BrowserWindow,
  engine: Engine,
  filter: string,
  format: AuditFormat,
): Promise<CallResponse<'audit.export'>> {
  const place = placeForTest(app.isPackaged) ?? (await askForPlace(window, engine.view.cluster, format));
  if (place === null) return { ok: false, sentence: '' };
  const rows = engine.auditRows(filter);
  try {
    // What ran may name what others should not know.
    await writeFile(place, auditText(rows, format), { mode: 0o600 });
    return { ok: true, file: place, rows: rows.length };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return { ok: false, sentence: `The audit could not be written: ${why}.` };
  }
}

async function askForPlace(
  window: BrowserWindow,
  cluster: string | null,
  format: AuditFormat,
): Promise<string | null> {
  const name = `hopscope-audit-${(cluster ?? 'nodes').replaceAll(/[^\w.-]+/g, '-')}.${format}`;
  const asked = await dialog.showSaveDialog(window, {
    title: 'Export what was run on nodes',
    defaultPath: path.join(app.getPath('documents'), name),
    filters: [
      { name: NAMES[format], extensions: [format] },
      { name: 'All files', extensions: ['*'] },
    ],
    properties: ['createDirectory', 'showOverwriteConfirmation'],
  });
  return asked.canceled || asked.filePath === '' ? null : asked.filePath;
}
