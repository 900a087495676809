import { App } from 'cdk8s';
import { Accelerator, InferenceGateway, ModelServing, ModelSource, RouterImage, ServingChart } from 'cdk8s-llm-d';
import { collect } from '../../lib/validation/collect';
import { addNeighbour } from '../../lib/validation/neighbours';

const served = { model: ModelSource.huggingFace('Qwen/Qwen3-32B'), accelerator: Accelerator.NVIDIA_H100 };
const quiet = { router: { image: RouterImage.upstream() } };

function trees(port: number) {
  const theirs = new ServingChart(new App(), 'theirs', { namespace: 'llm' });
  const podTemplate = { spec: { containers: [{ name: 'modelserver', ports: [{ name: 'modelserver', containerPort: port }] }] } };
  const servers = new ModelServing(theirs, 'qwen3', { ...served, podTemplate });
  const ours = new ServingChart(new App(), 'ours', { namespace: 'llm' });
  new InferenceGateway(ours, 'gateway').addModel(servers, quiet);
  return { theirs, ours };
}

test('rules see the objects of a neighbour, and tell what concerns their own tree', () => {
  const { theirs, ours } = trees(9000);
  expect(() => ours.toJson()).not.toThrow();
  addNeighbour(ours.node.root, () => collect(theirs.node.root));
  expect(() => ours.toJson()).toThrow(/\[ours\/gateway\/qwen3\/Router\/Pool\] LLMD307/);
});

test('what concerns the neighbour alone is not told here', () => {
  const { theirs, ours } = trees(8000);
  new ModelServing(theirs, 'broken', { ...served, podTemplate: { spec: { containers: [{ name: 'modelserver', image: '' }] } } });
  expect(() => theirs.toJson()).toThrow('LLMD707');
  addNeighbour(ours.node.root, () => collect(theirs.node.root));
  expect(() => ours.toJson()).not.toThrow();
});

test('an object that a neighbour writes too is told at ours', () => {
  const { theirs, ours } = trees(8000);
  new ModelServing(ours, 'qwen3', served);
  addNeighbour(ours.node.root, () => collect(theirs.node.root));
  expect(() => ours.toJson()).toThrow(/\[ours\/qwen3\/Servers\/Workload\] LLMD313/);
});

test('a neighbour is asked at each synth', () => {
  const { theirs, ours } = trees(8000);
  addNeighbour(ours.node.root, () => collect(theirs.node.root));
  expect(() => ours.toJson()).not.toThrow();
  new InferenceGateway(theirs, 'second').addModel(theirs.node.findChild('qwen3') as ModelServing, quiet);
  expect(() => ours.toJson()).toThrow('LLMD601');
});
