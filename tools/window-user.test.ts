import { expect, it } from 'vitest';
import { chooseUser } from './window-user.mjs';

const system = { name: 'hopscope', uid: 990, gid: 990, home: '/var/lib/hopscope' };
const ann = { name: 'ann', uid: 1000, gid: 1000, home: '/home/ann' };
const accounts = (key: string | number) =>
  [system, ann].find(({ name, uid }) => name === key || uid === key) ?? null;

it('is who called sudo, else the system user', () => {
  expect(chooseUser('1000', accounts)).toEqual(ann);
  expect(chooseUser(undefined, accounts)).toEqual(system);
  expect(chooseUser('0', accounts)).toEqual(system);
});

it('is the system user when nobody has the number that sudo says', () => {
  expect(chooseUser('4242', accounts)).toEqual(system);
  expect(chooseUser('not a number', accounts)).toEqual(system);
});

it('is nobody yet before set-up made the system user', () => {
  expect(chooseUser('4242', () => null)).toBeNull();
});

it('finds accounts as the system does', () => {
  expect(chooseUser('1', undefined)).toMatchObject({ uid: 1, name: 'daemon' });
});
