import { LeaderElection } from '../../src/kubernetes/leader-election';
import { FakeClock, RecordingLog } from '../support/context';
import { eventually, FakeApiServer, refuse } from '../support/fake-api-server';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/ns/leases';
const NAME = 'epp-ns-pool.llm-d.ai';

let server: FakeApiServer;
let clock: FakeClock;
let log: RecordingLog;
let elections: LeaderElection[];

beforeEach(async () => {
  server = await new FakeApiServer().start();
  clock = new FakeClock();
  log = new RecordingLog();
  elections = [];
});

afterEach(async () => {
  await Promise.all(elections.map((election) => election.stop()));
  await server.stop();
});

/** Tries every 5 ms of real time; everything else goes by the clock of the test, which each replica may have its own of. */
function replica(identity: string, ownClock = clock): LeaderElection {
  const timing = { leaseSeconds: 15, renewDeadlineMs: 10_000, retryMs: 5 };
  const election = new LeaderElection(server.client(), 'ns', NAME, identity, ownClock, log, timing);
  elections.push(election);
  election.start();
  return election;
}

interface Spec {
  holderIdentity: string;
  leaseDurationSeconds: number;
  leaseTransitions: number;
  acquireTime: string;
  renewTime: string;
}

const lease = (): Spec => (server.object(LEASES, NAME) as unknown as { spec: Spec }).spec;
const leads = (election: LeaderElection): Promise<void> => eventually(() => election.leads());

/** Lets every replica try some times more. */
async function rounds(count = 3): Promise<void> {
  const before = server.seen.length;
  await eventually(() => server.seen.length >= before + count * 2 * elections.length);
}

test('the first replica creates the lease and renews it, the second one waits', async () => {
  const first = replica('one');
  await leads(first);
  expect(lease()).toEqual({
    holderIdentity: 'one',
    leaseDurationSeconds: 15,
    leaseTransitions: 0,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime: expect.any(String),
  });
  const second = replica('two');
  for (let i = 0; i < 5; i++) {
    clock.advance(5000);
    await rounds();
    expect([first.leads(), second.leads()]).toEqual([true, false]);
  }
  expect(lease().acquireTime).toBe('2026-01-01T00:00:00.000000Z');
  expect(lease().renewTime > lease().acquireTime).toBe(true);
});

test('a replica that ends gives the lease back, and the other has it without waiting', async () => {
  const first = replica('one');
  await leads(first);
  const second = replica('two');
  await rounds();
  await first.stop();
  expect(first.leads()).toBe(false);
  await leads(second);
  expect(lease()).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });
  await first.stop();
  expect(lease().holderIdentity).toBe('two');
});

test('a lease is taken over only when it has not changed for its whole duration, whatever the clocks say', async () => {
  // The holder's clock is a day ahead, and it dies without a word.
  const spec = { holderIdentity: 'dead', leaseDurationSeconds: 15, leaseTransitions: 4, renewTime: '2026-01-02T00:00:00.000000Z' };
  server.put(LEASES, { metadata: { name: NAME }, spec } as never);
  const second = replica('two');
  await rounds();
  clock.advance(15_000);
  await rounds();
  expect(second.leads()).toBe(false);
  clock.advance(1);
  await leads(second);
  expect(lease()).toMatchObject({ holderIdentity: 'two', leaseTransitions: 5, acquireTime: '2026-01-01T00:00:15.001000Z' });
});

test('a holder that can not renew stops leading before others may take over, and leads again afterwards', async () => {
  const first = replica('one');
  await leads(first);
  server.intercept = (_, response) => {
    refuse(response, 500, 'etcd is away');
    return true;
  };
  await rounds();
  clock.advance(9_999);
  expect(first.leads()).toBe(true);
  clock.advance(1);
  expect(first.leads()).toBe(false);
  server.intercept = () => false;
  await leads(first);
});

test('a renewal counts from before it was sent', async () => {
  const first = replica('one');
  await leads(first);
  let isSlow = true;
  server.intercept = (_, __, method) => {
    // The write takes nine seconds.
    if (method === 'PUT' && isSlow) {
      isSlow = false;
      clock.advance(9000);
    }
    return false;
  };
  await eventually(() => !isSlow);
  await eventually(() => server.seen.at(-1)?.method === 'PUT');
  server.intercept = (_, response) => {
    response.destroy();
    return true;
  };
  clock.advance(1001);
  expect(first.leads()).toBe(false);
});

test('somebody else who writes to the lease does not end leadership', async () => {
  const first = replica('one');
  await leads(first);
  let isForeign = true;
  server.intercept = (_, __, method) => {
    const current = server.object(LEASES, NAME);
    if (method === 'PUT' && isForeign && current !== undefined) {
      isForeign = false;
      server.put(LEASES, { ...current, metadata: { ...current.metadata, annotations: { note: 'kubectl was here' } } });
    }
    return false;
  };
  await eventually(() => !isForeign);
  for (let i = 0; i < 20; i++) {
    expect(first.leads()).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
});

test('a lease that another replica holds now ends leadership', async () => {
  const first = replica('one');
  await leads(first);
  const current = server.object(LEASES, NAME);
  server.put(LEASES, { ...current, spec: { ...lease(), holderIdentity: 'two' } } as never);
  await eventually(() => !first.leads());
});

test('of two replicas that create the lease at the same moment one leads', async () => {
  const all = ['one', 'two', 'three'].map((identity) => replica(identity));
  await eventually(() => all.some((election) => election.leads()));
  await rounds();
  expect(all.filter((election) => election.leads())).toHaveLength(1);
});

test('a replica that never led and finds no API server ends without waiting', async () => {
  server.intercept = (_, response) => {
    response.destroy();
    return true;
  };
  const first = replica('one');
  await eventually(() => log.messages('warn').length > 0);
  await first.stop();
  expect(first.leads()).toBe(false);
});
