import { Chart, Testing } from 'cdk8s';
import { ModelServing, type ModelServingProps } from '../../lib/servers/model-serving';
import { PrefillDecodePair, type PrefillDecodePairProps } from '../../lib/servers/prefill-decode-pair';
import { WideEPGroup, type WideEPGroupProps } from '../../lib/servers/wide-ep-group';
import { Accelerator } from '../../lib/values/accelerator';
import { Engine } from '../../lib/values/engine';
import { ModelSource } from '../../lib/values/model-source';

const common = { model: ModelSource.huggingFace('Qwen/Qwen3-32B'), accelerator: Accelerator.NVIDIA_H100 };
const chart = () => new Chart(Testing.app(), 'chart');
const serving = (props: Partial<ModelServingProps>) => () => new ModelServing(chart(), 'qwen', { ...common, ...props });
const pair = (props: Partial<PrefillDecodePairProps>) => () =>
  new PrefillDecodePair(chart(), 'qwen', { ...common, prefill: {}, decode: {}, ...props });
const wide = (props: Partial<WideEPGroupProps>) => () => new WideEPGroup(chart(), 'qwen', { ...common, ...props });

/** What servers refuse at once, before any synth. */
test.each([
  [
    'LLMD215',
    serving({ model: ModelSource.huggingFace('Qwen/Qwen2.5-0.5B-Instruct'), parallelism: { tensor: 4 } }),
    'does not divide the 14 attention heads',
  ],
  ['LLMD401', wide({ prefill: { parallelism: { data: 16, dataLocal: 8 } } }), '`prefill` is given without `decode`'],
  [
    'LLMD402',
    pair({ model: ModelSource.huggingFace('org/model'), prefill: { parallelism: { tensor: 8 } }, decode: { parallelism: { tensor: 3 } } }),
    'one must divide the other',
  ],
  ['LLMD412', pair({ prefill: { replicas: 0 } }), 'prefill has 0 replicas'],
  [
    'LLMD413',
    wide({ accelerator: Accelerator.NVIDIA_H100.with({ perNode: 16 }), parallelism: { data: 32, dataLocal: 16 } }),
    '16 data-parallel ranks of a pod',
  ],
  [
    'LLMD703',
    serving({ engine: Engine.sglang(), accelerator: Accelerator.TPU_V6E, parallelism: { tensor: 8 } }),
    'engine sglang has no image for TPU_V6E',
  ],
] as const)('%s is thrown with the path of the construct', (code, build, sentence) => {
  expect(build).toThrow(`${code} [chart/qwen]`);
  expect(build).toThrow(sentence);
});
