import type { ProfileHandler } from '../../src/plugin';
import type { DecisionRecord, DecisionRecorder } from '../../src/scheduling/recorder';
import { request, TestContext } from '../support/context';
import { builtIn, keepFilter, schedulerOf, tableScorer } from '../support/scheduling';

function pool() {
  const context = new TestContext();
  context.pods(3);
  builtIn(context, 'single-profile-handler', {}, 'handler');
  builtIn(context, 'max-score-picker', {}, 'picker');
  context.plugins.set('keep', keepFilter(context, 'pod-1', 'pod-2'));
  context.plugins.set('score', tableScorer(context, { 'pod-1': 1, 'pod-2': 3 }));
  return context;
}

const profile = { filters: ['keep'], scorers: [{ pluginRef: 'score', weight: 2 }] };
const types = { keep: 'keep-type', score: 'score-type', picker: 'max-score-picker', handler: 'single-profile-handler' };

describe('metrics', () => {
  it('count attempts by target under both names', () => {
    const context = pool();
    const scheduler = schedulerOf(context, [profile], { types });
    for (const model of ['m', 'm', 'other']) scheduler.schedule(request({ body: { model } }), context.candidates());
    const text = context.metrics.text();
    const series = (prefix: string, endpoint: string, model: string, pod: string) =>
      `${prefix}_scheduler_attempts_total{status="success",target_model_name="${model}",${endpoint}="${pod}",namespace="default",port="8000"}`;
    const counts = (prefix: string, endpoint: string, model: string): number =>
      ['pod-1', 'pod-2']
        .map((pod) =>
          Number(
            text
              .split('\n')
              .find((line) => line.startsWith(series(prefix, endpoint, model, pod)))
              ?.split(' ')[1] ?? 0,
          ),
        )
        .reduce((sum, count) => sum + count);
    expect([counts('llm_d_epp', 'endpoint_name', 'm'), counts('llm_d_epp', 'endpoint_name', 'other')]).toEqual([2, 1]);
    expect(counts('inference_extension', 'pod_name', 'm')).toBe(2);
  });

  it('count failures without a target', () => {
    const context = pool();
    context.plugins.set('keep', keepFilter(context));
    expect(() => schedulerOf(context, [profile]).schedule(request(), context.candidates())).toThrow();
    for (const [prefix, endpoint] of [
      ['llm_d_epp', 'endpoint_name'],
      ['inference_extension', 'pod_name'],
    ]) {
      expect(context.metrics.text()).toContain(
        `${prefix}_scheduler_attempts_total{status="failure",target_model_name="model",${endpoint}="",namespace="",port=""} 1\n`,
      );
    }
    expect(context.metrics.text()).toContain('llm_d_epp_scheduler_e2e_duration_seconds_count 1\n');
  });

  it('bound the models that clients name', () => {
    const context = pool();
    const scheduler = schedulerOf(context, [profile], { modelLabel: () => 'other' });
    scheduler.schedule(request({ body: { model: 'anything' } }), context.candidates());
    expect(context.metrics.text()).toContain('target_model_name="other"');
    expect(context.metrics.text()).not.toContain('anything');
  });

  it('count a replaced port, and the endpoint that took over a slot', () => {
    const context = new TestContext();
    context.endpoint('old');
    builtIn(context, 'data-parallel-profile-handler', { primaryPort: 9000 }, 'handler');
    builtIn(context, 'max-score-picker', {}, 'picker');
    const scheduler = schedulerOf(context, [{}]);
    scheduler.schedule(request(), context.candidates());
    context.endpoints.remove('default/old');
    context.endpoint('new');
    scheduler.schedule(request(), context.candidates());
    for (const name of ['old', 'new']) {
      expect(context.metrics.text()).toContain(`endpoint_name="${name}",namespace="default",port="9000"} 1\n`);
    }
  });

  it('measure what the handler does before and after the profiles, without the profiles', () => {
    const context = pool();
    context.plugins.set('keep', { filter: () => context.clock.advance(7) } as object);
    context.plugins.set('handler', {
      schedule: (_request, _profiles, run) => {
        context.clock.advance(2);
        const first = run('default');
        context.clock.advance(3);
        run('default');
        context.clock.advance(40);
        return { profiles: new Map([['default', first]]), primary: 'default' };
      },
    } as ProfileHandler as object);
    schedulerOf(context, [profile], { types }).schedule(request(), context.candidates());
    const labels = 'plugin_type="single-profile-handler",plugin_name="handler"';
    for (const prefix of ['llm_d_epp', 'inference_extension']) {
      const sum = (point: string) => `${prefix}_plugin_duration_seconds_sum{extension_point="${point}",${labels}}`;
      expect(context.metrics.text()).toContain(`${sum('ProfilePicker')} 0.005\n`);
      expect(context.metrics.text()).toContain(`${sum('ProcessProfilesResults')} 0.04\n`);
    }
  });

  it('measure a handler that runs nothing as picking only', () => {
    const context = pool();
    context.plugins.set('handler', {
      schedule: () => {
        context.clock.advance(2);
        throw new Error('nothing to run');
      },
    } as object);
    expect(() => schedulerOf(context, [profile], { types }).schedule(request(), context.candidates())).toThrow(/failed to run any/);
    const text = context.metrics.text();
    expect(text).toContain('plugin_duration_seconds_sum{extension_point="ProfilePicker",plugin_type="single-profile-handler"');
    expect(text).toMatch(/plugin_duration_seconds_count\{extension_point="ProfilePicker"[^}]*\} 1\n/);
    expect(text).toMatch(/plugin_duration_seconds_count\{extension_point="ProcessProfilesResults"[^}]*\} 0\n/);
  });

  it('measure each plugin at its extension point, in seconds', () => {
    const context = pool();
    context.plugins.set('keep', {
      filter: () => context.clock.advance(3),
    } as object);
    context.plugins.set('picker', {
      pick: () => {
        context.clock.advance(40);
        return [0];
      },
    } as object);
    schedulerOf(context, [profile], { types }).schedule(request(), context.candidates());
    const text = context.metrics.text();
    const labels = (point: string, name: keyof typeof types) =>
      `{extension_point="${point}",plugin_type="${types[name]}",plugin_name="${name}"`;
    for (const prefix of ['llm_d_epp', 'inference_extension']) {
      const metric = `${prefix}_plugin_duration_seconds`;
      expect(text).toContain(`${metric}_sum${labels('Filter', 'keep')}} 0.003\n`);
      expect(text).toContain(`${metric}_bucket${labels('Filter', 'keep')},le="0.002"} 0\n`);
      expect(text).toContain(`${metric}_bucket${labels('Filter', 'keep')},le="0.005"} 1\n`);
      expect(text).toContain(`${metric}_count${labels('Scorer', 'score')}} 1\n`);
      expect(text).toContain(`${metric}_sum${labels('Picker', 'picker')}} 0.04\n`);
      expect(text).toContain(`${metric}_sum${labels('ProfilePicker', 'handler')}} 0\n`);
      expect(text).toContain(`${prefix}_scheduler_e2e_duration_seconds_sum 0.043\n`);
    }
  });
});

describe('the recorder', () => {
  function recording() {
    const notes: unknown[] = [];
    const context = pool();
    const record: DecisionRecord = {
      profileStarted: (name, candidates) => notes.push(['started', name, context.names(candidates)]),
      filtered: (_, filter, left) => notes.push([filter, context.names(left)]),
      scored: (_, scorer, weight, { size }, scores) => notes.push([scorer, weight, [...scores.subarray(0, size)]]),
      picked: (_, { size }, totals, targets) => notes.push(['picked', [...totals.subarray(0, size)], targets.map(({ id }) => id)]),
      ended: (result, error) => notes.push(['ended', result?.primary, (error as Error | undefined)?.message]),
    };
    return { notes, context, recorder: (wanted: boolean): DecisionRecorder => ({ begin: () => (wanted ? record : undefined) }) };
  }

  it('hears of each step, with clamped scores before the weight', () => {
    const { notes, context, recorder } = recording();
    context.plugins.set('picker', { pick: () => [1] } as object);
    schedulerOf(context, [profile], { recorder: recorder(true) }).schedule(request(), context.candidates());
    expect(notes).toEqual([
      ['started', 'default', ['pod-0', 'pod-1', 'pod-2']],
      ['keep', ['pod-1', 'pod-2']],
      ['score', 2, [1, 1]],
      ['picked', [2, 2], ['default/pod-2']],
      ['ended', 'default', undefined],
    ]);
  });

  it('hears of the refusal', () => {
    const { notes, context, recorder } = recording();
    context.plugins.set('keep', keepFilter(context));
    expect(() => schedulerOf(context, [profile], { recorder: recorder(true) }).schedule(request(), context.candidates())).toThrow();
    expect(notes.slice(1)).toEqual([
      ['keep', []],
      ['ended', undefined, 'no endpoints available for the given request'],
    ]);
  });

  it('hears nothing of a request that it does not want', () => {
    const { notes, context, recorder } = recording();
    schedulerOf(context, [profile], { recorder: recorder(false) }).schedule(request(), context.candidates());
    expect(notes).toEqual([]);
  });
});
