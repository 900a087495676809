import { parseEndpointPickerConfig } from 'llm-d-epp-config';
import { createAdmission } from '../../src/flow-control/create-admission';
import { FlowController } from '../../src/flow-control/flow-controller';
import { LegacyAdmission } from '../../src/flow-control/legacy-admission';
import { flowControlPlugins } from '../../src/flow-control/plugins';
import { InferenceError, inFlightRequests } from '../../src/plugin';
import { request, TestContext } from '../support/context';
import { FakeTimers } from '../support/flow';

/** Admission as the router makes it from a configuration; other folders' plugins are left out. */
function admissionOf(config: object, env = {}) {
  const context = new TestContext({ env });
  const timers = new FakeTimers(context.clock);
  const { effective } = parseEndpointPickerConfig({
    apiVersion: 'llm-d.ai/v1alpha1',
    kind: 'EndpointPickerConfig',
    plugins: [{ type: 'queue-scorer' }],
    ...config,
  });
  for (const { name, type, parameters } of effective.plugins) {
    const factory = flowControlPlugins[type];
    if (factory !== undefined) context.make(factory, type, parameters, name);
  }
  const admission = createAdmission(effective, context.plugins, {
    ...context,
    clock: context.clock,
    timers,
    pool: { priorities: () => [] },
  });
  return { admission, context, timers, effective };
}

const flowControl = (settings: object, plugins: readonly object[] = []) => ({
  featureGates: ['flowControl'],
  plugins: [{ type: 'queue-scorer' }, { type: 'concurrency-detector', parameters: { maxConcurrency: 1 } }, ...plugins],
  flowControl: { saturationDetector: { pluginRef: 'concurrency-detector' }, ...settings },
});

const withPriority = (priority: number) => Object.assign(request(), { priority });

describe('without the gate', () => {
  test('sheddable requests are refused while their endpoints are full, and no others', () => {
    const { admission, context } = admissionOf({
      plugins: [{ type: 'queue-scorer' }, { type: 'concurrency-detector', parameters: { maxConcurrency: 2 } }],
      flowControl: { saturationDetector: { pluginRef: 'concurrency-detector' } },
    });
    expect(admission).toBeInstanceOf(LegacyAdmission);
    const [full, idle] = [context.endpoint('full', { address: '10.0.0.1' }), context.endpoint('idle', { address: '10.0.0.2' })];
    const column = inFlightRequests('inflight-load-producer');
    context.set(column, full, 2);
    const verdict = (priority: number, subset?: readonly string[]) => {
      try {
        return admission.admit(withPriority(priority), subset).wait === undefined ? 'admitted' : 'waits';
      } catch (error) {
        return `${(error as InferenceError).code} ${(error as InferenceError).dropReason} ${(error as InferenceError).message}`;
      }
    };
    const dropped = 'ResourceExhausted undefined system saturated, sheddable request dropped';
    expect(verdict(-1)).toBe('admitted');
    expect(verdict(-1, ['10.0.0.1', '10.0.0.9'])).toBe(dropped);
    expect(verdict(-1, ['10.0.0.1'])).toBe(dropped);
    expect(verdict(-1, ['10.0.0.2'])).toBe('admitted');
    expect(verdict(-1, [])).toBe(dropped);
    expect(verdict(0, [])).toBe('admitted');
    context.set(column, idle, 2);
    expect([verdict(-1), verdict(0), verdict(5)]).toEqual([dropped, 'admitted', 'admitted']);
    const admitted = admission.admit(withPriority(0), undefined);
    admitted.cancel();
    admitted.dispatched(() => true);
    admitted.finished();
  });

  test('the default detector judges by metrics', () => {
    const { admission, context } = admissionOf({});
    context.endpoint('pod');
    expect(() => admission.admit(withPriority(-1), undefined)).toThrow(InferenceError);
  });
});

describe('with the gate', () => {
  test('requests queue, and the times of the configuration count', async () => {
    const { admission, context, timers } = admissionOf(flowControl({ defaultRequestTTL: '3s' }));
    expect(admission).toBeInstanceOf(FlowController);
    context.set(inFlightRequests('inflight-load-producer'), context.endpoint('pod'), 1);
    const waits = admission.admit(request(), undefined).wait as Promise<void>;
    const failed = expect(waits).rejects.toThrow('request timed out in queue: request evicted from queue: request TTL expired');
    await timers.advance(3000);
    await failed;
  });

  test('a time of 0s lets requests wait as long as they like, with and without endpoints', async () => {
    const { admission, context, timers } = admissionOf(flowControl({ defaultRequestTTL: '0s' }));
    let settled = false;
    const settle = () => {
      settled = true;
    };
    admission.admit(request(), undefined).wait?.then(settle, settle);
    await timers.advance(5000);
    context.set(inFlightRequests('inflight-load-producer'), context.endpoint('pod'), 1);
    // An hour in steps of a poll each would take long; the clock may also jump.
    context.clock.advance(3_600_000);
    await timers.advance(5000);
    expect(settled).toBe(false);
    context.endpoint('another');
    await timers.advance(1);
    expect(settled).toBe(true);
  });

  test('the limits of a band count', () => {
    const { admission } = admissionOf(flowControl({ priorityBands: [{ priority: 0, maxRequests: 1 }] }));
    admission.admit(request(), undefined);
    expect(() => admission.admit(request(), undefined)).toThrow('no endpoints available: request rejected pre-queue');
  });

  test('policies of a band are those that it names', async () => {
    const { admission, context, timers } = admissionOf(
      flowControl({ priorityBands: [{ priority: 0, fairnessPolicyRef: 'rr' }] }, [{ name: 'rr', type: 'round-robin-fairness-policy' }]),
    );
    const order: string[] = [];
    for (const id of ['b', 'b', 'a']) {
      const asked = request();
      asked.fairnessId = id;
      const admitted = admission.admit(asked, undefined);
      admitted.wait?.then(() => {
        order.push(id);
        admitted.dispatched(() => true);
      });
    }
    context.endpoint('pod');
    await timers.advance(5);
    expect(order).toEqual(['a', 'b', 'b']);
    admission.stop?.();
  });

  test('a plugin that is not what it is used as stops the start, with its name', () => {
    const { context, effective, timers } = admissionOf(flowControl({}));
    const make = (config: typeof effective) =>
      createAdmission(config, context.plugins, { ...context, clock: context.clock, timers, pool: { priorities: () => [] } });
    expect(() => make({ ...effective, saturationDetector: 'fcfs-ordering-policy' })).toThrow(
      'plugin "fcfs-ordering-policy" is no saturation detector',
    );
    expect(() => make({ ...effective, saturationDetector: 'nobody' })).toThrow('there is no plugin "nobody"');
    const band = { ...effective.flowControl.defaultPriorityBand, fairnessPolicy: 'fcfs-ordering-policy' };
    expect(() => make({ ...effective, flowControl: { ...effective.flowControl, defaultPriorityBand: band } })).toThrow(
      'is no fairness policy',
    );
  });
});
