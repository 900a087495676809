import type { Container, PodSpec } from '../../lib/manifests/pod';
import { acceleratorCount, extendedResources } from '../../lib/validation/rules/devices';
import { environment } from '../../lib/validation/rules/environment';
import { engineImages, images } from '../../lib/validation/rules/images';
import { memory } from '../../lib/validation/rules/memory';
import { ports, probes } from '../../lib/validation/rules/ports';
import { sharedMemory, volumes } from '../../lib/validation/rules/volumes';
import { Accelerator } from '../../lib/values/accelerator';
import { aggregated, container, deployment, ENGINE, found, object, objects, SHM, sentences } from './fixtures';

const AT = 'app/qwen/decode';
const FOREIGN = 'app/mine/Deployment';

/** A Deployment of the user that no pool selects. */
const foreign = (spec: Partial<PodSpec>) => objects(deployment('mine', spec));
const with_ = (changes: Partial<Container>) => aggregated((engine) => ({ ...engine, ...changes }));

describe('volumes', () => {
  test('that fit are fine', () => {
    expect(found(volumes, aggregated())).toEqual([]);
  });

  test('that are mounted but not there are told, in pods of the user too', () => {
    const mounts = [...(ENGINE.volumeMounts ?? []), { name: 'weights', mountPath: '/w' }];
    expect(found(volumes, with_({ volumeMounts: mounts }))).toEqual([`LLMD224 ${AT}`]);
    expect(found(volumes, foreign({ containers: [container({ volumeMounts: mounts })] }))).toContain(`LLMD224 ${FOREIGN}`);
    expect(found(volumes, foreign({ containers: [], initContainers: [container({ volumeMounts: mounts })] }))).toContain(
      `LLMD224 ${FOREIGN}`,
    );
  });

  test('of claims of a StatefulSet are there', () => {
    const template = {
      metadata: { labels: { a: 'b' } },
      spec: { containers: [container({ volumeMounts: [{ name: 'data', mountPath: '/d' }] })] },
    };
    const set = (claim: string) => object('StatefulSet', 's', { template, volumeClaimTemplates: [{ metadata: { name: claim } }] });
    expect(found(volumes, objects(set('data')))).toEqual([]);
    expect(found(volumes, objects(set('other')))).toEqual(['LLMD224 app/s/StatefulSet']);
  });

  test('at one path are told, at /dev/shm under a code of its own', () => {
    const twice = (at: string, again: string) => [
      { name: 'shm', mountPath: at },
      { name: 'shm', mountPath: again },
    ];
    expect(found(volumes, with_({ volumeMounts: twice('/a', '/a/') }))).toEqual([`LLMD226 ${AT}`]);
    expect(found(volumes, with_({ volumeMounts: twice('/dev/shm', '/dev/shm') }))).toEqual([`LLMD222 ${AT}`]);
    expect(found(volumes, with_({ volumeMounts: twice('/a', '/b') }))).toEqual([]);
  });

  test('in memory need a limit, and all need a mount; of the user only what the API server refuses is told', () => {
    const shm = { name: 'shm', emptyDir: { medium: 'Memory' } };
    expect(found(volumes, aggregated(undefined, {}, { volumes: [shm] }))).toEqual([`LLMD221 ${AT}`]);
    expect(found(volumes, aggregated(undefined, {}, { volumes: [SHM, { name: 'spare', emptyDir: {} }] }))).toEqual([`LLMD225 ${AT}`]);
    expect(found(volumes, foreign({ containers: [container()], volumes: [shm] }))).toEqual([]);
  });
});

describe('shared memory', () => {
  const none = (engine: Container) => ({ ...engine, volumeMounts: [] });
  const layout = { tensor: 2, pipeline: 1, data: 1, dataLocal: 1, expert: false, podsPerReplica: 1, acceleratorsPerPod: 2 };

  test('is needed by several ranks, not by one', () => {
    expect(found(sharedMemory, aggregated(none, { layout }))).toEqual([`LLMD223 ${AT}`]);
    expect(found(sharedMemory, aggregated(undefined, { layout }))).toEqual([]);
    expect(found(sharedMemory, aggregated(none))).toEqual([]);
    expect(found(sharedMemory, aggregated(none, { layout, accelerator: Accelerator.SIMULATOR }))).toEqual([]);
  });
});

describe('memory', () => {
  const limited = (limit: string) => with_({ resources: { limits: { memory: limit } } });

  test('holds the memory-backed volumes and the engine', () => {
    expect(found(memory, limited('24Gi'))).toEqual([]);
    expect(sentences(memory, limited('23Gi'))).toEqual([
      expect.stringContaining('(shm 20Gi) plus 4Gi for the engine: raise `resources.memoryLimit` to at least 24Gi'),
    ]);
    expect(found(memory, limited('16Gi'))).toEqual([`LLMD220 ${AT}`]);
  });

  test('without a limit, or of the user, is not judged', () => {
    expect(found(memory, with_({ resources: {} }))).toEqual([]);
    const own = container({ resources: { limits: { memory: '1Gi' } }, volumeMounts: [{ name: 'shm', mountPath: '/dev/shm' }] });
    expect(found(memory, foreign({ containers: [own], volumes: [SHM] }))).toEqual([]);
  });
});

describe('devices', () => {
  const gpus = (request: string | undefined, limit: string | undefined) =>
    with_({
      resources: {
        ...(request === undefined ? {} : { requests: { 'nvidia.com/gpu': request } }),
        ...(limit === undefined ? {} : { limits: { 'nvidia.com/gpu': limit } }),
      },
    });

  test('are requested as they are limited', () => {
    expect(found(extendedResources, gpus('1', '1'))).toEqual([]);
    expect(found(extendedResources, gpus(undefined, '1'))).toEqual([]);
    expect(found(extendedResources, gpus('1', '2'))).toEqual([`LLMD229 ${AT}`]);
    expect(found(extendedResources, gpus('1', undefined))).toEqual([`LLMD229 ${AT}`]);
    const cpu = { requests: { cpu: '1', 'ephemeral-storage': '1Gi' }, limits: { cpu: '2' } };
    expect(found(extendedResources, with_({ resources: cpu }))).toEqual([]);
  });

  test('are as many as the layout needs', () => {
    expect(found(acceleratorCount, gpus('1', '1'))).toEqual([]);
    expect(found(acceleratorCount, gpus('8', '8'))).toEqual([`LLMD228 ${AT}`]);
    expect(sentences(acceleratorCount, gpus(undefined, undefined))).toEqual([
      expect.stringContaining('requests 0 × nvidia.com/gpu, the parallel layout needs 1'),
    ]);
  });

  test('are counted over the claims of the container', () => {
    const accelerator = Accelerator.NVIDIA_H100.viaDra();
    const claims = (count: number, more: object = {}) => {
      const request = { name: 'a', exactly: { deviceClassName: 'gpu.nvidia.com', count, ...more } };
      const nic = { name: 'n', exactly: { deviceClassName: 'dranet', count: 4 } };
      const template = object('ResourceClaimTemplate', 'gpus', { spec: { devices: { requests: [request, nic] } } });
      const input = aggregated(
        (engine) => ({ ...engine, resources: { claims: [{ name: 'accelerators' }] } }),
        { accelerator },
        {
          resourceClaims: [{ name: 'accelerators', resourceClaimTemplateName: 'gpus' }],
        },
      );
      return { ...input, objects: [...input.objects, template] };
    };
    expect(found(acceleratorCount, claims(1))).toEqual([]);
    expect(found(acceleratorCount, claims(2))).toEqual([`LLMD228 ${AT}`]);
    expect(found(acceleratorCount, claims(2, { allocationMode: 'All' }))).toEqual([]);
    expect(found(acceleratorCount, aggregated(undefined, { accelerator }))).toEqual([`LLMD228 ${AT}`]);
  });
});

describe('ports', () => {
  const side = (port: object) =>
    aggregated(undefined, {}, { containers: [ENGINE, container({ name: 'side', ports: [port as never] })], volumes: [SHM] });

  test('have legal names, each once', () => {
    expect(found(ports, side({ name: 'metrics', containerPort: 9000 }))).toEqual([]);
    for (const name of ['modelserver', 'far-too-long-name', 'Upper', '8000', 'a--b', '-a', '']) {
      expect(found(ports, side({ name, containerPort: 9000 }))).toEqual([`LLMD309 ${AT}`]);
    }
  });

  test('have one container each', () => {
    expect(sentences(ports, side({ containerPort: 8000 }))).toEqual([
      expect.stringContaining('port 8000/TCP is used by containers "modelserver" and "side"'),
    ]);
    expect(found(ports, side({ containerPort: 8000 }))).toEqual([`LLMD310 ${AT}`]);
    expect(found(ports, side({ containerPort: 8000, protocol: 'UDP' }))).toEqual([]);
  });

  test('of init containers that end may be used again, those of native sidecars not', () => {
    const init = (restartPolicy?: string) =>
      aggregated(
        undefined,
        {},
        {
          containers: [ENGINE],
          volumes: [SHM],
          initContainers: [
            container({ name: 'init', ports: [{ containerPort: 8000 }], ...(restartPolicy === undefined ? {} : { restartPolicy }) }),
          ],
        },
      );
    expect(found(ports, init())).toEqual([]);
    expect(found(ports, init('Always'))).toEqual([`LLMD310 ${AT}`]);
  });
});

describe('probes', () => {
  const asks = (port: number | string) => with_({ readinessProbe: { httpGet: { path: '/', port } } });

  test('ask a port of their container', () => {
    expect(found(probes, asks('modelserver'))).toEqual([]);
    expect(found(probes, asks(8000))).toEqual([]);
    expect(found(probes, asks('8000'))).toEqual([]);
    expect(found(probes, asks('http'))).toEqual([`LLMD308 ${AT}`]);
    expect(sentences(probes, asks(8200))).toEqual([
      expect.stringContaining('the readiness probe of container "modelserver" asks port 8200'),
    ]);
    expect(found(probes, with_({ livenessProbe: { grpc: { port: 9003 } } }))).toEqual([`LLMD308 ${AT}`]);
  });

  test('of the user may ask a number that is not declared, but no name', () => {
    const own = (port: number | string) => foreign({ containers: [container({ livenessProbe: { httpGet: { path: '/', port } } })] });
    expect(found(probes, own(1234))).toEqual([]);
    expect(found(probes, own('http'))).toEqual([`LLMD308 ${FOREIGN}`]);
  });
});

describe('environment', () => {
  const env = (...list: readonly (readonly [string, string])[]) => with_({ env: list.map(([name, value]) => ({ name, value })) });

  test('has each variable once', () => {
    expect(found(environment, env(['A', '1'], ['B', '1']))).toEqual([]);
    expect(found(environment, env(['A', '1'], ['B', '1'], ['A', '2'], ['A', '3']))).toEqual([`LLMD705 ${AT}`]);
  });

  test('refers to what is defined before', () => {
    expect(found(environment, env(['A', '1'], ['B', 'x-$(A)']))).toEqual([]);
    expect(sentences(environment, env(['B', 'x-$(A)'], ['A', '1']))).toEqual([expect.stringContaining('refers to $(A) in B')]);
    expect(found(environment, env(['B', '$$(A) $(KUBERNETES_SERVICE_HOST)']))).toEqual([]);
    expect(found(environment, with_({ env: [{ name: 'B', value: '$(A)' }], envFrom: [] }))).toEqual([]);
  });

  test('is known to the command line; in a script a command is no variable', () => {
    expect(found(environment, with_({ args: ['--topic=kv@$(POD_IP)'] }))).toEqual([]);
    expect(found(environment, with_({ args: ['--topic=kv@$(POD_IPS)'] }))).toEqual([`LLMD706 ${AT}`]);
    const script = (text: string) => with_({ command: ['/bin/bash', '-c'], args: [text] });
    expect(found(environment, script('echo $(hostname)'))).toEqual([]);
    expect(found(environment, script('echo $(POD_NAME)'))).toEqual([`LLMD706 ${AT}`]);
  });

  test('of the user is not judged', () => {
    expect(found(environment, foreign({ containers: [container({ env: [{ name: 'A', value: '$(B)' }] })] }))).toEqual([]);
  });
});

describe('images', () => {
  const image = (reference: string) => with_({ image: reference });

  test('are there, in pods of the user too', () => {
    expect(found(images, aggregated())).toEqual([]);
    expect(found(images, image(' '))).toEqual([`LLMD707 ${AT}`]);
    expect(found(images, foreign({ containers: [{ name: 'x' } as Container] }))).toEqual([`LLMD707 ${FOREIGN}`]);
  });

  test('are pinned, except of the user', () => {
    expect(found(images, image('vllm/vllm-openai:latest'))).toEqual([`LLMD704 ${AT}`]);
    expect(found(images, image('vllm/vllm-openai'))).toEqual([`LLMD704 ${AT}`]);
    expect(found(images, image(`vllm/vllm-openai@sha256:${'a'.repeat(64)}`))).toEqual([]);
    expect(found(images, foreign({ containers: [container({ image: 'nginx' })] }))).toEqual([]);
    expect(found(images, image('<a token of another tool>'))).toEqual([]);
  });

  test('and what else may hold a placeholder is filled in', () => {
    expect(found(images, image('registry/REPLACE_IMAGE:1'))).toEqual([`LLMD710 ${AT}`]);
    expect(sentences(images, with_({ args: ['--model=REPLACE_MODEL'] }))).toEqual([
      expect.stringContaining('"REPLACE_MODEL" in its command line'),
    ]);
    expect(sentences(images, with_({ env: [{ name: 'A', value: 'CHANGEME' }] }))).toEqual([expect.stringContaining('"CHANGEME" in A')]);
    expect(found(images, with_({ args: ['--replace_all', 'replacement'] }))).toEqual([]);
  });

  test('of engines are built for the device', () => {
    expect(found(engineImages, aggregated())).toEqual([]);
    expect(found(engineImages, image('ghcr.io/llm-d/llm-d-rocm:v0.7.0'))).toEqual([`LLMD708 ${AT}`]);
    expect(found(engineImages, image('sglang:v0.5-rocm720-mi30x'))).toEqual([`LLMD708 ${AT}`]);
    expect(found(engineImages, image('vllm:0.23.0-gpu-py312-cu130'))).toEqual([]);
    expect(
      found(
        engineImages,
        aggregated((engine) => ({ ...engine, image: 'llm-d-rocm:1' }), { accelerator: Accelerator.AMD_MI300X }),
      ),
    ).toEqual([]);
  });
});
