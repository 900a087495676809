import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart, Include, JsonPatch, Testing, YamlOutputType } from 'cdk8s';
import { Deployment as PlusDeployment } from 'cdk8s-plus-28';
import { InferenceGateway } from '../../lib/gateway/inference-gateway';
import { AgentgatewayParameters } from '../../lib/manifests/agentgateway-parameters';
import { EnvoyProxy } from '../../lib/manifests/envoy-proxy';
import { RouterImage } from '../../lib/router/router-image';
import { ModelServing } from '../../lib/servers/model-serving';
import { PrefillDecodePair } from '../../lib/servers/prefill-decode-pair';
import { WideEPGroup } from '../../lib/servers/wide-ep-group';
import { ServingChart, type ServingChartProps } from '../../lib/serving-chart';
import { Accelerator } from '../../lib/values/accelerator';
import { Engine } from '../../lib/values/engine';
import { ImageMirror, MIRROR_VARIABLE } from '../../lib/values/image-mirror';
import { REGISTRY_VARIABLE } from '../../lib/values/image-registry';
import { ModelSource } from '../../lib/values/model-source';
import { Release } from '../../lib/values/release';
import { thrownBy } from '../support/errors';
import { buildExample, buildExamples } from '../support/examples';

const MIRROR = 'registry.example.com:5000/mirror';
const BASE = { model: ModelSource.huggingFace('Qwen/Qwen3-32B'), accelerator: Accelerator.NVIDIA_H100 };
const before = { [MIRROR_VARIABLE]: process.env[MIRROR_VARIABLE], [REGISTRY_VARIABLE]: process.env[REGISTRY_VARIABLE] };

beforeEach(() => {
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  for (const name of Object.keys(before)) {
    delete process.env[name];
  }
});
afterEach(() => {
  jest.restoreAllMocks();
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) {
      delete process.env[name];
    } else {
      process.env[name] = value;
    }
  }
});

/**
 * Everything that looks like an image in a value, found by the words alone: what stands under `image`, `reference` and the like, or reads
 * as a reference with a registry and a tag or digest. Knows nothing of kinds.
 */
function imageTexts(value: unknown, key = ''): string[] {
  if (typeof value === 'string') {
    const byKey = /^(image|reference|imageRepository)$/.test(key);
    const byForm = /^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?\/[a-z0-9./_-]+(:[\w][\w.-]*|@sha256:[0-9a-f]{64})+$/.test(value);
    return byKey || byForm ? [value] : [];
  }
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([name, inner]) => imageTexts(inner, Array.isArray(value) ? key : name));
}

const outside = (texts: readonly string[], mirror = MIRROR) => texts.filter((text) => !text.startsWith(`${mirror}/`));

function chartOf(props: ServingChartProps = {}, app = new App()) {
  return new ServingChart(app, 'chart', { namespace: 'llm', imageMirror: MIRROR, ...props });
}

describe('every example through a mirror', () => {
  const examples = buildExamples().filter(({ name }) => name !== 'air-gapped');
  const charts = examples.flatMap(({ name, charts: found }) => found.map((chart) => ({ example: name, id: chart.node.id, chart })));

  test.each(charts)('$example: chart $id names no image outside of it', ({ chart }) => {
    const plain = chart.toJson();
    process.env[MIRROR_VARIABLE] = MIRROR;
    const mirrored = chart.toJson();
    expect(outside(imageTexts(mirrored))).toEqual([]);
    expect(imageTexts(mirrored)).toHaveLength(imageTexts(plain).length);
    // Nothing but images differs.
    const mirror = ImageMirror.of(MIRROR);
    const blank = (value: unknown, target: (text: string) => string): unknown =>
      JSON.parse(
        JSON.stringify(value, (key, inner) => (typeof inner === 'string' && /^(image|reference)$/.test(key) ? target(inner) : inner)),
      );
    expect(mirrored).toEqual(blank(plain, (text) => mirror.targetOf(text)));
  });

  test('the example of a cluster without internet access names none outside of its own', () => {
    const [chart] = buildExample('air-gapped').charts;
    const texts = imageTexts(chart?.toJson());
    expect(texts.length).toBeGreaterThan(4);
    expect(outside(texts, 'registry.example.com/mirror')).toEqual([]);
  });

  test('there are images to look at, and without a mirror they lie elsewhere', () => {
    const texts = charts.flatMap(({ chart }) => imageTexts(chart.toJson()));
    expect(texts.length).toBeGreaterThan(100);
    expect(outside(texts)).toEqual(texts);
  });
});

test('leader and worker, prefill and decode, sidecars, image volumes, overlays and JSON patches', () => {
  const chart = chartOf();
  const wide = new WideEPGroup(chart, 'wide', {
    ...BASE,
    model: ModelSource.oci(`quay.io/models/deepseek-r1@sha256:${'cd'.repeat(32)}`),
    parallelism: { data: 16 },
  } as never);
  const pair = new PrefillDecodePair(chart, 'pair', {
    ...BASE,
    prefill: { podTemplate: { spec: { initContainers: [{ name: 'fetch', image: 'busybox' }] } } } as never,
    decode: {},
  });
  pair.decode.addJsonPatch(
    JsonPatch.add('/spec/template/spec/ephemeralContainers', [{ name: 'debug', image: 'quay.io/acme/debug:1' }]),
    JsonPatch.replace('/spec/template/spec/containers/0/image', 'quay.io/acme/vllm:1'),
  );
  const texts = imageTexts(chart.toJson());
  expect(outside(texts)).toEqual([]);
  for (const path of ['docker.io/library/busybox', 'quay.io/acme/debug:1', 'quay.io/acme/vllm:1', 'quay.io/models/deepseek-r1@sha256:']) {
    expect(texts.filter((text) => text.startsWith(`${MIRROR}/${path}`))).not.toEqual([]);
  }
  expect(imageTexts(wide.workloads[0]?.toJson()).length).toBeGreaterThan(1);
});

test('proxies of gateways', () => {
  const chart = chartOf();
  const metadata = { name: 'proxy' };
  const container = { image: 'docker.io/envoyproxy/envoy:v1' };
  new EnvoyProxy(chart, 'envoy', {
    metadata,
    spec: { provider: { type: 'Kubernetes', kubernetes: { envoyDeployment: { container } } } },
  });
  new AgentgatewayParameters(chart, 'agent', { metadata, spec: { image: { registry: 'ghcr.io', repository: 'acme/agent', tag: 'v1' } } });
  const [envoy, agent] = chart.toJson();
  expect(envoy.spec.provider.kubernetes.envoyDeployment.container.image).toBe(`${MIRROR}/docker.io/envoyproxy/envoy:v1`);
  expect(agent.spec.image).toEqual({ registry: 'registry.example.com:5000', repository: 'mirror/ghcr.io/acme/agent', tag: 'v1' });
});

describe('objects that are not of this library', () => {
  function foreign(chart: Chart) {
    const folder = mkdtempSync(join(tmpdir(), 'mirror-include-'));
    const url = join(folder, 'job.yaml');
    writeFileSync(
      url,
      JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'inc' }, spec: { containers: [{ name: 'a', image: 'inc:1' }] } }),
    );
    new Include(chart, 'include', { url });
    rmSync(folder, { recursive: true });
    new ApiObject(chart, 'raw', { apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'a', image: 'raw:1' }] } }).addJsonPatch(
      JsonPatch.add('/spec/initContainers', [{ name: 'b', image: 'patched:1' }]),
    );
    new PlusDeployment(chart, 'plus', { containers: [{ image: 'plus:1', securityContext: {} }] });
  }
  const expected = ['inc', 'raw', 'patched', 'plus'].map((name) => `${MIRROR}/docker.io/library/${name}:1`).sort();

  test('of a serving chart', () => {
    const chart = chartOf();
    foreign(chart);
    expect(imageTexts(chart.toJson()).sort()).toEqual(expected);
  });

  test('of a plain chart, by applyTo, each time it is synthesized', () => {
    const chart = new Chart(new App(), 'plain');
    foreign(chart);
    expect(imageTexts(chart.toJson())).toHaveLength(4);
    ImageMirror.applyTo(chart, MIRROR);
    expect(imageTexts(chart.toJson()).sort()).toEqual(expected);
    new ApiObject(chart, 'late', { apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ image: 'late:1' }] } });
    expect(imageTexts(chart.toJson()).sort()).toEqual([...expected, `${MIRROR}/docker.io/library/late:1`].sort());
  });

  test('by the environment, beside a construct of ours', () => {
    process.env[MIRROR_VARIABLE] = MIRROR;
    const chart = new Chart(new App(), 'plain', { namespace: 'llm' });
    foreign(chart);
    new ModelServing(chart, 'm', BASE);
    expect(outside(imageTexts(chart.toJson()))).toEqual([]);
  });

  test.each([
    YamlOutputType.FILE_PER_APP,
    YamlOutputType.FILE_PER_CHART,
    YamlOutputType.FILE_PER_RESOURCE,
    YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE,
  ])('in files of every kind (%p)', (yamlOutputType) => {
    const outdir = mkdtempSync(join(tmpdir(), 'mirror-out-'));
    try {
      const app = new App({ outdir, yamlOutputType });
      foreign(chartOf({}, app));
      app.synth();
      const files = readdirSync(outdir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
      const text = files.map((file) => readFileSync(join(outdir, file), 'utf8')).join('\n');
      expect([...text.matchAll(/image: (.*)/g)].map(([, image]) => image).sort()).toEqual(expected);
    } finally {
      rmSync(outdir, { recursive: true });
    }
  });
});

test('only charts below the scope: one app, two mirrors, and a chart without', () => {
  const app = new App();
  const charts = [MIRROR, ImageMirror.of(MIRROR, { layout: 'flat' }), undefined].map((imageMirror, index) => {
    const chart = new ServingChart(app, `c${index}`, imageMirror === undefined ? {} : { imageMirror });
    new ApiObject(chart, 'pod', { apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ image: 'ghcr.io/a/b:1' }] } });
    return chart;
  });
  expect(charts.flatMap((chart) => imageTexts(chart.toJson()))).toEqual([
    `${MIRROR}/ghcr.io/a/b:1`,
    `${MIRROR}/ghcr.io__a__b:1`,
    'ghcr.io/a/b:1',
  ]);
});

describe("the router's image", () => {
  const imagesOf = (props: ServingChartProps, image?: RouterImage) => {
    const chart = chartOf(props);
    const route = new InferenceGateway(chart, 'gateway').addModel(
      new ModelServing(chart, 'm', BASE),
      image === undefined ? {} : { router: { image } },
    );
    const texts = imageTexts(chart.toJson());
    return { texts, reference: route.router.plan.image.reference, warnings: JSON.stringify(jest.mocked(process.stderr.write).mock.calls) };
  };
  const { repository, tag } = Release.LATEST.row.router;

  test('is pushed to the mirror, unless the chart has a registry', () => {
    const { texts, reference, warnings } = imagesOf({});
    expect(reference).toMatch(new RegExp(`^${MIRROR}/${repository}:`));
    expect(texts).toContain(reference);
    expect(outside(texts)).toEqual([]);
    expect(warnings).not.toContain('LLMD543');
  });

  test('stays in the registry of the chart', () => {
    const { texts } = imagesOf({ imageRegistry: 'registry.example.com/llm' });
    expect(outside(texts)).toEqual([expect.stringMatching(new RegExp(`^registry.example.com/llm/${repository}:${tag}`))]);
  });

  test('is checked as it was written: a moving tag is warned of once', () => {
    const { texts, warnings } = imagesOf({}, RouterImage.of('ghcr.io/acme/epp:latest'));
    expect(outside(texts)).toEqual([]);
    expect(warnings).toContain('LLMD544');
    expect(warnings).not.toContain('LLMD704');
    expect(warnings).toContain('\\"ghcr.io/acme/epp:latest\\"');
  });
});

test('rules see the image that was written: a mirror that is named after a device is no image for it', () => {
  const chart = chartOf({ imageMirror: 'registry.example.com/rocm-cpu' });
  new ModelServing(chart, 'm', BASE);
  expect(outside(imageTexts(chart.toJson()), 'registry.example.com/rocm-cpu')).toEqual([]);
  expect(JSON.stringify(jest.mocked(process.stderr.write).mock.calls)).not.toContain('LLMD708');
});

test('images of the release are replaced first, then mirrored', () => {
  const chart = chartOf({ release: Release.LATEST.with({ engines: { vllm: { cuda: 'quay.io/acme/vllm:1' } } as never }) });
  new ModelServing(chart, 'm', BASE);
  expect(imageTexts(chart.toJson())).toContain(`${MIRROR}/quay.io/acme/vllm:1`);
});

describe('what a mirror cannot have', () => {
  test('is warned of and stays', () => {
    const chart = chartOf();
    new ModelServing(chart, 'm', { ...BASE, podTemplate: { spec: { initContainers: [{ name: 'x', image: '${FETCH_IMAGE}' }] } } as never });
    expect(outside(imageTexts(chart.toJson()))).toEqual(['${FETCH_IMAGE}']);
    const warnings = JSON.stringify(jest.mocked(process.stderr.write).mock.calls);
    expect(warnings).toContain('LLMD582');
    expect(warnings).toContain('${FETCH_IMAGE}');
  });

  test('fails the synth before anything is written, at the path of the object', () => {
    const chart = chartOf({ imageMirror: `registry.example.com/${'m'.repeat(230)}` });
    new ModelServing(chart, 'm', { ...BASE, engine: Engine.vllm({ image: `ghcr.io/acme/${'x'.repeat(60)}:1` }) });
    expect(() => chart.toJson()).toThrow(/\[chart\/m[^\]]*\] LLMD581 image "ghcr.io/);
  });

  test('fails the synth before anything is written, also where no object is of this library', () => {
    const app = Testing.app();
    const imageMirror = `registry.example.com/${'m'.repeat(200)}`;
    const pod = (id: string, image: string) =>
      new ApiObject(new ServingChart(app, id, { imageMirror }), 'pod', {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: id },
        spec: { containers: [{ name: 'c', image }] },
      });
    pod('first', 'nginx');
    pod('second', `ghcr.io/acme/${'x'.repeat(60)}:1`);
    expect(() => app.synth()).toThrow(/\[second\/pod\] LLMD581/);
    expect(readdirSync(app.outdir)).toEqual([]);
  });

  test('is warned of, also where no object is of this library', () => {
    const chart = chartOf();
    new ApiObject(chart, 'pod', { apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'c', image: '${FETCH_IMAGE}' }] } });
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    chart.toJson();
    expect(JSON.stringify(jest.mocked(process.stderr.write).mock.calls)).toContain('LLMD582');
  });

  test('is warned of where only a controller knows whether it is an image, and stays, unless the copy is named', () => {
    const chart = chartOf();
    const board = (id: string, image: string) => new ApiObject(chart, id, { apiVersion: 'acme.com/v1', kind: 'Board', spec: { image } });
    board('a', 'quay.io/acme/x:1');
    board('b', '/logo.png');
    board('c', `${MIRROR}/quay.io/acme/y:1`);
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(chart.toJson().map(({ spec }) => spec.image)).toEqual(['quay.io/acme/x:1', '/logo.png', `${MIRROR}/quay.io/acme/y:1`]);
    const warnings = JSON.stringify(jest.mocked(process.stderr.write).mock.calls);
    expect(warnings.match(/LLMD582 image \\"[^"]*"/g)).toEqual(['LLMD582 image \\"quay.io/acme/x:1\\"']);
    expect(warnings).toContain('only the controller of that kind knows whether \\"spec.image\\" is an image');
  });

  test('a mirror that is none is refused at the path of the chart', () => {
    const error = thrownBy(() => chartOf({ imageMirror: 'not a mirror' }));
    expect([error.code, error.path]).toEqual(['LLMD580', 'chart']);
  });
});

test("a user's own function is asked once for an image, also when the object is rendered twice", () => {
  const patch = [{ name: 'p', image: 'quay.io/acme/p:1' }];
  const chart = chartOf({ imageMirror: ImageMirror.of(MIRROR, { rewrite: (image) => `other.example.com/x/${image}` }) });
  const serving = new ModelServing(chart, 'm', BASE);
  serving.addJsonPatch(JsonPatch.add('/spec/template/spec/initContainers', patch));
  chart.toJson();
  expect(imageTexts(chart.toJson())).toContain('other.example.com/x/quay.io/acme/p:1');
  expect(patch[0]?.image).toBe('quay.io/acme/p:1');
});
