import { App, Duration } from 'cdk8s';
import { Cluster } from '../../lib/cluster/cluster';
import { Autoscaling, type HpaOptions } from '../../lib/operations/autoscaling';
import { ModelServing, type ModelServingProps } from '../../lib/servers/model-serving';
import { PrefillDecodePair } from '../../lib/servers/prefill-decode-pair';
import { ServingChart, type ServingChartProps } from '../../lib/serving-chart';
import { Accelerator } from '../../lib/values/accelerator';
import { Engine } from '../../lib/values/engine';
import { ModelCache } from '../../lib/values/model-cache';
import { ModelSource } from '../../lib/values/model-source';
import { Network } from '../../lib/values/network';
import { thrownBy } from '../support/errors';

const base = { model: ModelSource.huggingFace('Qwen/Qwen3-32B'), accelerator: Accelerator.NVIDIA_H100 };
const serve = (props: object) => {
  const chart = new ServingChart(new App(), 'chart', { namespace: 'llm' });
  return new ModelServing(chart, 'qwen', { ...base, ...props } as ModelServingProps);
};
const chartOf = (props: object) => new ServingChart(new App(), 'chart', props as ServingChartProps);

describe('what the API server would refuse', () => {
  test.each([
    [{ namespace: 'My Team' }, 'namespace'],
    [{ namespace: '' }, 'namespace'],
    [{ namespace: 'x'.repeat(64) }, 'namespace'],
    [{ serviceAccountName: 'A B' }, 'serviceAccountName'],
    [{ priorityClassName: '' }, 'priorityClassName'],
    [{ imagePullSecrets: ['ok', 'A B'] }, 'imagePullSecrets'],
    [{ annotations: { 'a b': 'c' } }, 'annotations'],
    [{ workload: 'StatefulSet' }, 'workload'],
  ])('is refused at the construct: %j', (props, prop) => {
    const error = thrownBy(() => serve(props));
    expect(error.code).toBe('LLMD107');
    expect(error.path).toBe('chart/qwen');
    expect(error.detail).toContain(`\`${prop}\` is `);
  });

  test('is refused at the chart', () => {
    expect(thrownBy(() => chartOf({ namespace: 'My Team' })).message).toMatch(/^LLMD107 \[chart\] `namespace` is "My Team"/);
    expect(chartOf({ namespace: '1-team' }).namespace).toBe('1-team');
  });

  test('is refused at the value', () => {
    for (const build of [
      () => ModelSource.pvc('We ights', 'a'),
      () => ModelCache.pvc('We ights'),
      () => Accelerator.NVIDIA_H100.with({ resourceName: 'gpu' }),
      () => Accelerator.NVIDIA_H100.with({ vendor: 'acme' as 'nvidia' }),
      () => Network.infiniBand({ resourceName: 'rdma' }),
      () => Engine.vllm({ extraArgs: [''] }),
      () => Engine.vllm({ env: [{ name: 'A', value: 5 as unknown as string }] }),
      () => Engine.vllm({ env: { A: 'b' } as unknown as [] }),
    ]) {
      expect(thrownBy(build).code).toBe('LLMD107');
    }
    for (const options of [{ weightGib: -1 }, { weightGib: Number.NaN }, { attentionHeads: -3 }]) {
      expect(thrownBy(() => ModelSource.huggingFace('a/b', options)).code).toBe('LLMD104');
    }
  });
});

describe('callers without a compiler are told', () => {
  test.each([
    [{ model: 'Qwen/Qwen3-32B' }, 'ModelSource'],
    [{ accelerator: 'NVIDIA_H100' }, 'Accelerator'],
    [{ engine: 'vllm' }, 'Engine.vllm'],
    [{ network: 'tcp' }, 'Network.tcp'],
    [{ startupTimeout: 300 }, 'Duration'],
    [{ terminationGracePeriod: '5m' }, 'Duration'],
    [{ sharedMemory: '5Gi' }, 'Size'],
    [{ autoscaling: true }, 'Autoscaling'],
    [{ disruption: 1 }, 'Disruption'],
    [{ monitoring: true }, 'Monitoring'],
    [{ imagePullSecrets: 'regcred' }, 'list'],
  ])('how to make what they gave as %j', (props, instead) => {
    const error = thrownBy(() => serve(props));
    expect(error.code).toBe('LLMD107');
    expect(error.detail).toContain(instead);
  });

  test('what is missing when it is null', () => {
    expect(thrownBy(() => serve({ model: null })).message).toMatch(/^LLMD105 \[chart\/qwen\] `model`/);
    expect(thrownBy(() => serve({ accelerator: null })).code).toBe('LLMD105');
    const pair = () =>
      new PrefillDecodePair(chartOf({ namespace: 'llm' }), 'pair', { ...base, prefill: {}, decode: null as unknown as object });
    expect(thrownBy(pair).code).toBe('LLMD401');
  });

  test('that an autoscaler needs metrics', () => {
    expect(thrownBy(() => Autoscaling.hpa({ max: 5 } as HpaOptions)).message).toMatch(/^LLMD105 `autoscaling.metrics`/);
  });

  test('which class a chart wants', () => {
    expect(thrownBy(() => chartOf({ cluster: 'eks' })).detail).toContain('Cluster.eks()');
    expect(Cluster.of(chartOf({ cluster: Cluster.eks() })).name).toBe('eks');
  });

  test('nothing when an option is null: it is as if it were left out', () => {
    expect(() => serve({ podTemplate: null, network: null, monitoring: null, startupTimeout: Duration.minutes(5) })).not.toThrow();
  });
});
