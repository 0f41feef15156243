// The trails' stream to the page: what they come to, and those of the page's window.
import {
  trailsFromPageSchema,
  type TrailsMessage,
  type TrailsView,
  type TrailWindow,
} from '../../app/contract/trails.ts';
import type { Watch } from '../engine/watch.ts';
import type { FeedPort } from './feed-port.ts';
import { WindowFeed } from './window-feed.ts';

export type TrailsSource = Pick<Watch, 'trailsView' | 'trails' | 'subscribe'>;
export type TrailsFeed = WindowFeed<TrailsView, TrailWindow, TrailsMessage>;

export function trailsFeed(watch: TrailsSource, port: FeedPort): TrailsFeed {
  return new WindowFeed<TrailsView, TrailWindow, TrailsMessage>(port, {
    // Some windows of the largest size: 300 trails of ten places each are about 200 kB.
    windowBytes: 1024 * 1024,
    // 10 messages a second, for lines that one reads.
    pauseMs: 200,
    fromPage: trailsFromPageSchema,
    subscribe: (listener) => watch.subscribe(listener),
    view: () => watch.trailsView,
    toldView: (view) => ({ type: 'view', view }),
    showsSame: (before, now) => isSame(before, now) && before.revision === now.revision,
    isAwaited: () => false,
    look: async (window, view) => {
      const trails = await watch.trails(window);
      // Of a run that is over meanwhile, or counted anew, nobody wants to see any.
      if (trails === null || !isSame(view, watch.trailsView)) return null;
      const { run, counting } = view;
      return { message: { type: 'trails', run, counting, window, trails }, more: false };
    },
    failed: 'the trails of packets could not be read',
  });
}

function isSame(one: TrailsView, other: TrailsView): boolean {
  return one.run === other.run && one.counting === other.counting;
}
