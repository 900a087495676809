import { rolloutLimits } from '../../lib/servers/rollout';

test('says nothing when nothing is asked', () => {
  expect(rolloutLimits({})).toBeUndefined();
});

test('rolls out on a full cluster when no surge is allowed', () => {
  expect(rolloutLimits({ maxSurge: 0 })).toEqual({ maxSurge: 0, maxUnavailable: 1 });
});

test('keeps what was asked', () => {
  expect(rolloutLimits({ maxSurge: 2, maxUnavailable: 0 })).toEqual({ maxSurge: 2, maxUnavailable: 0 });
  expect(rolloutLimits({ maxUnavailable: 3 })).toEqual({ maxUnavailable: 3 });
});

test('refuses a rollout that can never happen, and what is no count', () => {
  expect(() => rolloutLimits({ maxSurge: 0, maxUnavailable: 0 })).toThrow(/LLMD106 .*must be allowed to add a replica/);
  expect(() => rolloutLimits({ maxSurge: -1 })).toThrow(/LLMD104 `maxSurge` is -1/);
  expect(() => rolloutLimits({ maxUnavailable: 0.5 })).toThrow(/LLMD104/);
});
