// What a user writes: compiled against the packed declarations and run against the packed code by scripts/check-package.mjs.
import { App } from 'cdk8s';
import { Accelerator, InferenceGateway, ModelServing, ModelSource, ServingChart } from 'cdk8s-llm-d';
import { manifests } from 'cdk8s-llm-d/testing';
import type { PluginFactory, Scorer } from 'llm-d-epp/plugin';

const app = new App();
const chart = new ServingChart(app, 'consumer', { namespace: 'llm' });
const serving = new ModelServing(chart, 'qwen3', {
  model: ModelSource.huggingFace('Qwen/Qwen3-32B'),
  accelerator: Accelerator.NVIDIA_H100,
  parallelism: { tensor: 2 },
});
new InferenceGateway(chart, 'gateway').addModel(serving);
manifests(chart)
  .one('Deployment', 'qwen3-decode')
  .toMatch({ metadata: { namespace: 'llm' } });
app.synth();

// A scorer of the user's own, for the router: it needs the types only.
export const createPlugin: PluginFactory = ({ endpoints }) => {
  const scorer: Scorer = {
    score(_cycle, candidates, scores) {
      for (let i = 0; i < candidates.size; i++)
        scores[i] = endpoints.at(candidates.slots[i] as number)?.metadata.labels.warm === 'yes' ? 1 : 0;
    },
  };
  return scorer;
};
