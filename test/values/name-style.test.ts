import { App } from 'cdk8s';
import { GatewayProvider } from '../../lib/gateway/gateway-provider';
import { InferenceGateway } from '../../lib/gateway/inference-gateway';
import { ModelServing } from '../../lib/servers/model-serving';
import { ServingChart } from '../../lib/serving-chart';
import { manifests } from '../../lib/testing';
import { Accelerator } from '../../lib/values/accelerator';
import { ModelSource } from '../../lib/values/model-source';
import { NameStyle } from '../../lib/values/name-style';

function namesWith(nameStyle: NameStyle | undefined): { servers: string; gateway: string; all: string[] } {
  const chart = new ServingChart(new App(), 'chat', {
    namespace: 'llm',
    imageRegistry: 'r.example.com',
    ...(nameStyle ? { nameStyle } : {}),
  });
  const serving = new ModelServing(chart, 'qwen3', { model: ModelSource.huggingFace('Qwen/Qwen3-8B'), accelerator: Accelerator.NVIDIA_L4 });
  const gateway = new InferenceGateway(chart, 'gateway', { provider: GatewayProvider.istio() });
  gateway.addModel(serving);
  const all = manifests(chart)
    .all()
    .map(({ json }) => (json.metadata as { name: string }).name);
  return { servers: serving.plan.name, gateway: gateway.plan.name, all };
}

test('the id names everything by default', () => {
  expect(namesWith(undefined)).toMatchObject({ servers: 'qwen3', gateway: 'gateway' });
});

test('hashed names begin with the path, end with a hash, and reach every object', () => {
  const { servers, gateway, all } = namesWith(NameStyle.HASHED);
  expect(servers).toMatch(/^chat-qwen3-[0-9a-f]{8}$/);
  expect(gateway).toMatch(/^chat-gateway-[0-9a-f]{8}$/);
  expect(all.length).toBeGreaterThan(8);
  expect(all.filter((name) => !name.startsWith(servers) && !name.startsWith(gateway))).toEqual([]);
});
