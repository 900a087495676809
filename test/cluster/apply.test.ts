import { join, relative } from 'node:path';
import { type KubeObject, readObjects, yamlFiles } from '../conformance/manifests';
import { applyAll, rejection } from './apply-all';
import { type ControlPlane, startControlPlane } from './control-plane';
import { crdFolder, installCrds } from './crds';
import { deployment, httpRoute, inferencePool, leaderWorkerSet } from './sample-objects';

// The first run on a machine builds the control plane.
const START_TIMEOUT_MS = 30 * 60_000;
const FILE_TIMEOUT_MS = 120_000;

const synthFolder = process.env.SYNTH_DIR || join(__dirname, '../../dist');
const files = yamlFiles(synthFolder, '.k8s.yaml');

let controlPlane: ControlPlane;

beforeAll(async () => {
  const crds = crdFolder();
  const begin = Date.now();
  controlPlane = await startControlPlane();
  const ready = Date.now();
  const count = await installCrds(controlPlane.client, crds);
  print(`kube-apiserver ready after ${seconds(ready - begin)}, ${count} CRDs served after ${seconds(Date.now() - begin)}`);
}, START_TIMEOUT_MS);

afterAll(() => controlPlane?.stop(), 30_000);

describe('synthesized files', () => {
  test('there are some', () => {
    if (files.length === 0) throw new Error(`no *.k8s.yaml in '${synthFolder}': run npm run synth first`);
  });

  for (const file of files) {
    const name = relative(synthFolder, file);
    test(
      `the API server takes every object of ${name}`,
      async () => {
        const begin = Date.now();
        const result = await applyAll(controlPlane.client, readObjects(file));
        for (const warning of result.warnings) print(`  warning: ${warning}`);
        print(`${name}: ${result.applied} applied, ${result.rejected.length} rejected (${seconds(Date.now() - begin)})`);
        if (result.rejected.length > 0) throw new Error(`the API server rejected\n${result.rejected.join('\n')}`);
        expect(result.applied).toBeGreaterThan(0);
      },
      FILE_TIMEOUT_MS,
    );
  }
});

// If these objects passed, a file without rejections would mean nothing.
describe('wrong objects are rejected', () => {
  const portlessPicker = { ...inferencePool.spec, endpointPickerRef: { name: 'epp' } };
  const sameTargetPorts = { ...inferencePool.spec, targetPorts: [{ number: 8000 }, { number: 8000 }] };
  const restartNever = {
    ...leaderWorkerSet.spec,
    leaderWorkerTemplate: { ...leaderWorkerSet.spec.leaderWorkerTemplate, restartPolicy: 'Never' },
  };
  const portlessService = { ...httpRoute.spec, rules: [{ backendRefs: [{ kind: 'Service', name: 'decode' }] }] };
  const podSpec = deployment.spec.template.spec;
  const misspelt = {
    ...deployment.spec,
    template: {
      ...deployment.spec.template,
      spec: { ...podSpec, containers: podSpec.containers.map((one) => ({ ...one, resourcez: {} })) },
    },
  };

  test.each<[string, KubeObject]>([
    ['InferencePool', inferencePool],
    ['LeaderWorkerSet', leaderWorkerSet],
    ['HTTPRoute', httpRoute],
    ['Deployment', deployment],
  ])('the %s that they are made from is accepted', async (_, object) => {
    expect(await rejection(controlPlane.client, object)).toBeUndefined();
  });

  test.each<[string, KubeObject, string[]]>([
    [
      'InferencePool without the port of its endpoint picker',
      { ...inferencePool, spec: portlessPicker },
      ['endpointPickerRef', 'port is required'],
    ],
    ['InferencePool with a target port twice', { ...inferencePool, spec: sameTargetPorts }, ['targetPorts', 'must be unique']],
    ['LeaderWorkerSet that never restarts', { ...leaderWorkerSet, spec: restartNever }, ['restartPolicy', 'Unsupported value: "Never"']],
    [
      'HTTPRoute to a Service without port',
      { ...httpRoute, spec: portlessService },
      ['backendRefs', 'Must have port for Service reference'],
    ],
    ['Deployment with a misspelt container field', { ...deployment, spec: misspelt }, ['resourcez', 'field not declared in schema']],
  ])('%s', async (_, object, words) => {
    const message = await rejection(controlPlane.client, object);
    for (const word of words) expect(message).toContain(word);
  });
});

/** Straight to the terminal: console.log in jest adds a stack frame to each line. */
function print(line: string): void {
  process.stderr.write(`${line}\n`);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
