import { expect, it } from 'vitest';
import { FocusClaim } from './focus-claim.ts';

/** `outside` is the page itself: an event on it comes from no terminal. */
function claimOn(page: EventTarget, inside: boolean): FocusClaim {
  return new FocusClaim(page, { contains: () => inside });
}

it('is lost to whoever types or clicks elsewhere before the shell is there', () => {
  for (const type of ['keydown', 'pointerdown']) {
    const page = new EventTarget();
    using claim = claimOn(page, false);
    expect(claim.holds).toBe(true);
    page.dispatchEvent(new Event(type));
    expect(claim.holds, type).toBe(false);
  }
});

it('is kept by who waits at the terminals, and by who only moves the pointer', () => {
  const page = new EventTarget();
  using among = claimOn(page, true);
  using elsewhere = claimOn(page, false);
  page.dispatchEvent(new Event('pointermove'));
  expect(elsewhere.holds).toBe(true);
  page.dispatchEvent(new Event('pointerdown'));
  expect(among.holds).toBe(true);
});

it('listens no longer than it lives', () => {
  const page = new EventTarget();
  const claim = claimOn(page, false);
  claim[Symbol.dispose]();
  page.dispatchEvent(new Event('keydown'));
  expect(claim.holds).toBe(true);
});
