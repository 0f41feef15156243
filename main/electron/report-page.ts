// What a report asks of the page. The page may hang, crash or be loaded again meanwhile, and Electron settles none of
// its promises then: each question has a limit, and no answer is an answer.
import { setTimeout as pause } from 'node:timers/promises';
import type { BrowserWindow } from 'electron';

export interface ReportPage {
  /** What the page says it has drawn; null while it has drawn nothing, or does not answer. */
  summary(): Promise<string | null>;
  /** PNG of the window; null when it does not answer. */
  picture(): Promise<Buffer | null>;
  /** Clicks what bears this test id, as a person would; what is not there is not clicked. */
  click(testId: string): Promise<void>;
}

/** A page under load answers within a few hundred ms; this one has nobody to wait for it. */
const ANSWER_MS = 2_000;

const SUMMARY = `(() => {
  const summary = document.querySelector('[data-testid="graph-summary"]');
  return summary === null ? null : [...summary.children].map((line) => line.textContent).join('\\n');
})()`;

/** In the page's own pixels, which are the window's: nobody zoomed it. */
const middleOf = (testId: string): string => `(() => {
  const element = document.querySelector('[data-testid="' + CSS.escape(${JSON.stringify(testId)}) + '"]');
  if (element === null) return null;
  element.scrollIntoView({ block: 'nearest' });
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: Math.round(left + width / 2), y: Math.round(top + height / 2) };
})()`;

function isPlace(value: unknown): value is { readonly x: number; readonly y: number } {
  return typeof value === 'object' && value !== null && 'x' in value && 'y' in value;
}

export function reportPage(window: BrowserWindow): ReportPage {
  const { webContents } = window;
  return {
    summary: async () => {
      if (webContents.isCrashed() || webContents.isLoading()) return null;
      const text = await answerOf<unknown>(webContents.executeJavaScript(SUMMARY), ANSWER_MS);
      return typeof text === 'string' ? text : null;
    },
    picture: async () => {
      if (webContents.isCrashed()) return null;
      const image = await answerOf(webContents.capturePage(), ANSWER_MS);
      return image === null || image.isEmpty() ? null : image.toPNG();
    },
    click: async (testId) => {
      if (webContents.isCrashed()) return;
      const place = await answerOf<unknown>(webContents.executeJavaScript(middleOf(testId)), ANSWER_MS);
      if (!isPlace(place)) return;
      const at = { ...place, button: 'left', clickCount: 1 } as const;
      webContents.sendInputEvent({ type: 'mouseDown', ...at });
      webContents.sendInputEvent({ type: 'mouseUp', ...at });
    },
  };
}

/** Null when it failed or did not come within `limit` ms. */
export async function answerOf<T>(asked: Promise<T>, limit: number): Promise<T | null> {
  const answered = new AbortController();
  try {
    const late = pause(limit, null, { signal: answered.signal }).catch(() => null);
    return await Promise.race([asked.catch(() => null), late]);
  } finally {
    answered.abort();
  }
}
