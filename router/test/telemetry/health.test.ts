import { Health } from '../../src/telemetry/health';

const health = (options: { ready?: boolean; leads?: boolean; election?: boolean } = {}): Health =>
  new Health({
    notReady: () => (options.ready === false ? 'no pool' : undefined),
    leads: () => options.leads !== false,
    leaderElection: options.election === true,
  });
const all = (subject: Health): string[] =>
  ['', 'envoy.service.ext_proc.v3.ExternalProcessor', 'liveness', 'readiness', 'other'].map((name) => subject.status(name));

describe('health', () => {
  test('is the same for every name without leader election', () => {
    expect(new Set(all(health()))).toEqual(new Set(['SERVING']));
    expect(new Set(all(health({ ready: false })))).toEqual(new Set(['NOT_SERVING']));
  });

  test('with leader election: leader and follower', () => {
    expect(all(health({ election: true }))).toEqual(['SERVING', 'SERVING', 'SERVING', 'SERVING', 'SERVICE_UNKNOWN']);
    const follower = ['NOT_SERVING', 'NOT_SERVING', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
    expect(all(health({ election: true, leads: false }))).toEqual(follower);
  });

  test('ends with draining', () => {
    const subject = health();
    subject.drain();
    expect(subject.status('')).toBe('NOT_SERVING');
    expect(subject.notReady()).toBe('draining');
  });

  test('says why', () => {
    expect(health({ ready: false }).notReady()).toBe('no pool');
    expect(health({ election: true, leads: false }).notReady()).toBe('another replica leads');
  });
});
