import type { Filter } from '../../src/plugin';
import { coreColumns, type Endpoint } from '../../src/plugin';
import { request, TestContext } from '../support/context';
import { builtIn, keepFilter, schedulerOf, tableScorer } from '../support/scheduling';

/** Three pods of which `pod-0` would win every request. */
function pool(env: Record<string, string> = {}, refreshMetricsIntervalMs = 50) {
  const context = new TestContext({ env, settings: { refreshMetricsIntervalMs } });
  const pods = context.pods(3);
  builtIn(context, 'single-profile-handler', {}, 'handler');
  builtIn(context, 'max-score-picker', {}, 'picker');
  context.plugins.set('favourite', tableScorer(context, { 'pod-0': 1, 'pod-1': 0.5 }));
  const profile = { scorers: [{ pluginRef: 'favourite', weight: 1 }] };
  const target = (filters: string[] = [], options = {}): string => {
    const result = schedulerOf(context, [{ ...profile, filters }], options).schedule(request(), context.candidates());
    return result.profiles.get('default')!.targets[0]!.metadata.name;
  };
  const read = (...read: Endpoint[]) => {
    for (const pod of read) context.set(coreColumns.updatedAt, pod, context.clock.now(), Number.NaN);
  };
  return { context, pods: pods as [Endpoint, Endpoint, Endpoint], target, read };
}

describe('an endpoint whose metrics were never read', () => {
  it('does not win over one with fresh metrics', () => {
    const { pods, target, read } = pool();
    read(pods[1], pods[2]);
    expect(target()).toBe('pod-1');
  });

  it('wins again as soon as its metrics are read', () => {
    const { pods, target, read } = pool();
    read(pods[1]);
    expect(target()).toBe('pod-1');
    read(pods[0]);
    expect(target()).toBe('pod-0');
  });

  it('counts like any other while nobody reads metrics', () => {
    const { context, target } = pool();
    expect(target()).toBe('pod-0');
    context.endpoints.column(coreColumns.updatedAt, Number.NaN);
    expect(target()).toBe('pod-0');
  });

  it('is used where the filters leave no other', () => {
    const { context, pods, target, read } = pool();
    read(pods[1], pods[2]);
    context.plugins.set('only', keepFilter(context, 'pod-0'));
    expect(target(['only'])).toBe('pod-0');
  });

  it('is not brought back by a filter that would rather have all than none', () => {
    const { context, pods, target, read } = pool();
    read(pods[1], pods[2]);
    const stubborn: Filter = {
      filter: (_, candidates) => {
        if (candidates.includes(pods[0].slot)) candidates.only(pods[0].slot);
      },
    };
    context.plugins.set('stubborn', stubborn);
    expect(target(['stubborn'])).toBe('pod-1');
  });

  it('counts as idle, as upstream has it, on demand', () => {
    const { pods, target, read } = pool({ LLM_D_EPP_UNREACHED_ENDPOINTS: 'idle' });
    read(pods[1], pods[2]);
    expect(target()).toBe('pod-0');
  });
});

describe('an endpoint whose metrics are stale', () => {
  it('does not win from just after the threshold on', () => {
    const { context, pods, target, read } = pool();
    read(pods[0]);
    context.clock.advance(2000);
    read(pods[1], pods[2]);
    expect(target()).toBe('pod-0');
    context.clock.advance(0.001);
    expect(target()).toBe('pod-1');
  });

  it('counts like any other when all are stale', () => {
    const { context, pods, target, read } = pool();
    read(...pods);
    context.clock.advance(1e6);
    expect(target()).toBe('pod-0');
  });

  it('may miss five refreshes where these are slower than the threshold', () => {
    const { context, pods, target, read } = pool({}, 1000);
    read(pods[0]);
    context.clock.advance(5000);
    read(pods[1]);
    expect(target()).toBe('pod-0');
    context.clock.advance(1);
    expect(target()).toBe('pod-1');
  });

  it('may miss five scrapes of a source with an interval of its own', () => {
    const { context, pods, target, read } = pool();
    const source = { name: 's', type: 'metrics-data-source', kinds: [], parameters: { interval: '3s' }, origin: 'declared' } as const;
    const profile = { name: 'default', filters: [], scorers: [{ pluginRef: 'favourite', weight: 1 }], picker: 'picker', others: [] };
    const config = { plugins: [source], schedulingProfiles: [profile], profileHandler: 'handler' };
    read(pods[0]);
    context.clock.advance(15_000);
    read(pods[1]);
    expect(target()).toBe('pod-1');
    expect(target([], { config })).toBe('pod-0');
  });
});

it('runs the filters once while all endpoints are alike', () => {
  const { context, pods, target, read } = pool();
  let calls = 0;
  const counting: Filter = {
    filter: () => {
      calls++;
    },
  };
  context.plugins.set('counting', counting);
  target(['counting']);
  read(...pods);
  target(['counting']);
  expect(calls).toBe(2);
});

it('takes the explicit default, and refuses other words at start-up', () => {
  const { pods, target, read } = pool({ LLM_D_EPP_UNREACHED_ENDPOINTS: 'avoid' });
  read(pods[1]);
  expect(target()).toBe('pod-1');
  expect(() => pool({ LLM_D_EPP_UNREACHED_ENDPOINTS: 'Idle' }).target()).toThrow(
    'LLM_D_EPP_UNREACHED_ENDPOINTS is "Idle", write "avoid" or "idle"',
  );
});
