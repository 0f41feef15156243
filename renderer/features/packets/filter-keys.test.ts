import { describe, expect, it } from 'vitest';
import { completionList, nothingListed, recentList } from './filter-list.ts';
import { type BoxNow, keyMeaning } from './filter-keys.ts';

const items = ['tcp.flags', 'tcp.flags.syn', 'tcp.flags.ack'].map((text) => ({
  text,
  label: text,
  detail: '',
}));
const begun = completionList('tcp.fl', { from: 0, to: 6, items });
const offered = completionList('tcp ', { from: 4, to: 4, items });
const idle: BoxNow = { list: nothingListed, at: null, mistake: 'none', empty: false };
const press = (key: string, now: Partial<BoxNow>, held: { ctrlKey?: boolean; shiftKey?: boolean } = {}) =>
  keyMeaning({ key, ctrlKey: false, shiftKey: false, ...held }, { ...idle, ...now });

describe('a key in the filter box', () => {
  it('Tab takes the first completion of a word that is begun, or the chosen one; else it leaves the box', () => {
    expect(press('Tab', { list: begun })).toEqual({ does: 'take', at: 0 });
    expect(press('Tab', { list: begun, at: 2 })).toEqual({ does: 'take', at: 2 });
    expect(press('Tab', { list: offered, at: 1 })).toEqual({ does: 'take', at: 1 });
    expect(press('Tab', { list: offered })).toBeNull();
    expect(press('Tab', {})).toBeNull();
    expect(press('Tab', { list: begun }, { shiftKey: true })).toBeNull();
  });

  it('Tab writes what a mistake suggests; Shift+Tab leaves it', () => {
    expect(press('Tab', { mistake: 'mendable' })).toEqual({ does: 'mend' });
    expect(press('Tab', { mistake: 'said' })).toBeNull();
    expect(press('Tab', { mistake: 'mendable' }, { shiftKey: true })).toBeNull();
  });

  it('Enter takes what the arrows chose, and applies the text otherwise', () => {
    expect(press('Enter', { list: begun, at: 1 })).toEqual({ does: 'take', at: 1 });
    expect(press('Enter', { list: begun })).toEqual({ does: 'apply' });
    expect(press('Enter', { mistake: 'mendable' })).toEqual({ does: 'apply' });
  });

  it('Escape puts away the list, then the mistake, and clears only what stands alone', () => {
    expect(press('Escape', { list: begun })).toEqual({ does: 'close' });
    expect(press('Escape', { mistake: 'said' })).toEqual({ does: 'close' });
    expect(press('Escape', {})).toEqual({ does: 'clear' });
    expect(press('Escape', { empty: true })).toBeNull();
  });

  it('arrows walk the list and come back to the text; without a list they ask for it', () => {
    expect(press('ArrowDown', { list: begun })).toEqual({ does: 'choose', at: 0 });
    expect(press('ArrowDown', { list: begun, at: 2 })).toEqual({ does: 'choose', at: null });
    expect(press('ArrowUp', { list: begun })).toEqual({ does: 'choose', at: 2 });
    expect(press('ArrowUp', { list: begun, at: 0 })).toEqual({ does: 'choose', at: null });
    expect(press('ArrowDown', {})).toEqual({ does: 'list' });
    expect(press(' ', {}, { ctrlKey: true })).toEqual({ does: 'list' });
    expect(press(' ', { list: begun })).toBeNull();
    expect(press('x', { list: begun })).toBeNull();
  });

  it('Tab does not take a recent filter that nobody chose', () => {
    const list = recentList(['arp']);
    expect(press('Tab', { list })).toBeNull();
    expect(press('Enter', { list, at: 0 })).toEqual({ does: 'take', at: 0 });
  });
});
