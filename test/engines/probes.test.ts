import { Duration } from 'cdk8s';
import * as fc from 'fast-check';
import { engineProbes, loadSeconds, startupBudget } from '../../lib/engines/probes';
import type { Probe } from '../../lib/manifests/pod';
import { Accelerator } from '../../lib/values/accelerator';
import { Engine } from '../../lib/values/engine';
import { ModelSource } from '../../lib/values/model-source';
import { pairSpecs, servingSpec, wideSpecs } from '../servers/specs';
import { thrownBy } from '../support/errors';

const budget = ({ failureThreshold = 3, periodSeconds = 10 }: Probe) => failureThreshold * periodSeconds;

describe('probes', () => {
  test('ask for the model before a pod takes requests, and for life only after', () => {
    const { startupProbe, livenessProbe, readinessProbe } = engineProbes(servingSpec());
    expect(startupProbe.httpGet).toEqual({ path: '/v1/models', port: 'modelserver' });
    expect(readinessProbe.httpGet).toEqual({ path: '/v1/models', port: 'modelserver' });
    expect(livenessProbe.httpGet).toEqual({ path: '/health', port: 'modelserver' });
    expect(startupProbe).toMatchObject({ initialDelaySeconds: 15, periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 120 });
    expect(livenessProbe).toMatchObject({ periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 });
    expect(readinessProbe).toMatchObject({ periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 3 });
  });

  test('ask the engine, not the sidecar, by the name of its port', () => {
    const { decode } = pairSpecs();
    expect(engineProbes(decode).readinessProbe.httpGet?.port).toBe('modelserver');
  });

  test('ask the supervisor of a wide group', () => {
    const { prefill, decode } = wideSpecs();
    for (const [spec, port] of [
      [prefill, 8008],
      [decode, 8208],
    ] as const) {
      const { startupProbe, livenessProbe, readinessProbe } = engineProbes(spec);
      expect([startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet?.port)).toEqual([port, port, port]);
      expect(startupProbe).toMatchObject({ httpGet: { path: '/health' }, periodSeconds: 1, failureThreshold: 2700 });
      expect(readinessProbe.httpGet?.path).toBe('/readyz');
    }
  });

  test('give a start as long as was asked for, or a period more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000_000 }), (millis) => {
        const startupTimeout = Duration.millis(millis);
        for (const spec of [servingSpec({ startupTimeout }), wideSpecs({ startupTimeout }).decode]) {
          const probe = engineProbes(spec).startupProbe;
          expect(budget(probe)).toBeGreaterThanOrEqual(millis / 1000);
          expect(budget(probe)).toBeLessThan(millis / 1000 + 31);
          expect(probe.failureThreshold).toBeGreaterThanOrEqual(1);
        }
      }),
      { numRuns: 50 },
    );
  });

  test.each(['startupTimeout', 'terminationGracePeriod'] as const)('no %s is none', (prop) => {
    const error = thrownBy(() => servingSpec({ [prop]: Duration.seconds(0) }));
    expect(error.code).toBe('LLMD104');
    expect(error.detail).toContain(prop);
  });
});

describe('the start-up budget', () => {
  test('is an hour, and more where the weights need it', () => {
    expect(startupBudget(undefined, 'huggingFace')).toBe(3600);
    expect(startupBudget(61, 'huggingFace')).toBe(3600);
    expect(startupBudget(641.3, 'huggingFace')).toBe(5760);
    expect(startupBudget(641.3, 'pvc')).toBe(3600);
  });

  test('is whole minutes, never less than twice the load and ten minutes', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 4000, noNaN: true }), fc.constantFrom('huggingFace', 'pvc', 'oci'), (gib, source) => {
        const seconds = startupBudget(gib, source);
        expect(seconds % 60).toBe(0);
        expect(seconds).toBeGreaterThanOrEqual(3600);
        expect(seconds).toBeGreaterThanOrEqual(2 * (loadSeconds(gib, source) as number) + 600);
      }),
    );
  });

  test('follows the model', () => {
    expect(servingSpec({ model: ModelSource.huggingFace('a/b', { weightGib: 1000 }) }).startupSeconds).toBe(8640);
    expect(servingSpec({ model: ModelSource.pvc('w', 'a/b', { weightGib: 1000 }) }).startupSeconds).toBe(3600);
    expect(loadSeconds(undefined, 'pvc')).toBeUndefined();
  });
});

test('the grace period follows the shutdown of the engine', () => {
  const engine = Engine.vllm({ shutdownTimeout: Duration.minutes(2) });
  expect(servingSpec().graceSeconds).toBeUndefined();
  expect(servingSpec({ engine }).graceSeconds).toBe(180);
  expect(servingSpec({ engine, terminationGracePeriod: Duration.seconds(10) }).graceSeconds).toBe(10);
  expect(servingSpec({ accelerator: Accelerator.SIMULATOR }).graceSeconds).toBeUndefined();
});
