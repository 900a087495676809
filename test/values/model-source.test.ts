import { Size } from 'cdk8s';
import * as fc from 'fast-check';
import { ModelCache } from '../../lib/values/model-cache';
import { type HuggingFaceOptions, ModelSource } from '../../lib/values/model-source';
import { thrownBy } from '../support/errors';

const ID = 'Qwen/Qwen3-32B';
const planOf = (options: HuggingFaceOptions = {}, id = ID) => ModelSource.huggingFace(id, options).plan;
const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

describe('Hugging Face', () => {
  test('needs an id only', () => {
    const plan = planOf();
    expect(plan.kind).toBe('huggingFace');
    expect(plan.reference).toBe(ID);
    expect(plan.servedName).toBe(ID);
    expect(plan.shortName).toBe('Qwen3-32B');
    expect(plan.revision).toBeUndefined();
    expect(plan.trustRemoteCode).toBe(false);
    expect(plan.token).toBeUndefined();
  });

  test('downloads into a volume of its own, beside the scratch space of libraries', () => {
    const { volume, mount, env } = planOf();
    expect(volume.emptyDir).toEqual({});
    expect(mount.name).toBe(volume.name);
    expect(mount.mountPath).toBe('/var/cache/huggingface');
    expect(mount.readOnly).toBeUndefined();
    expect(env).toContainEqual({ name: 'HF_HUB_CACHE', value: '/var/cache/huggingface' });
    expect(env.map(({ name }) => name)).not.toContain('HF_HUB_OFFLINE');
  });

  test('takes revision, served name and remote code', () => {
    const plan = planOf({ revision: 'v1.0', servedName: 'chat', trustRemoteCode: true });
    expect(plan.revision).toBe('v1.0');
    expect(plan.servedName).toBe('chat');
    expect(plan.shortName).toBe('chat');
    expect(plan.trustRemoteCode).toBe(true);
  });

  test.each(['', ' ', '--trust-remote-code', 'a b'])('refuses revision "%s"', (revision) => {
    expect(thrownBy(() => planOf({ revision })).code).toBe('LLMD107');
  });

  test.each(['gpt2', '/x', 'a/b/c', '../x', 'a/..', '-x/y', 'a b/c', 'https://huggingface.co/Qwen/Qwen3', 'a/b--c', ''])(
    'refuses the id "%s"',
    (id) => {
      const error = thrownBy(() => planOf({}, id));
      expect(error.code).toBe('LLMD107');
      expect(error.detail).toContain('organisation/model');
    },
  );

  test('knows common models, and believes the user over its table', () => {
    expect(planOf().facts).toMatchObject({ attentionHeads: 64, kvHeads: 8, gated: false });
    expect(planOf({ attentionHeads: 48, weightGib: 7, gated: true }).facts).toMatchObject({
      attentionHeads: 48,
      weightGib: 7,
      gated: true,
    });
    expect(planOf({}, 'meta-llama/Llama-3.1-8B-Instruct').facts.gated).toBe(true);
    expect(planOf({}, 'acme/unknown').facts).toEqual({});
  });

  test('is frozen', () => {
    const source = ModelSource.huggingFace(ID);
    expect(Object.isFrozen(source)).toBe(true);
    expect(Object.isFrozen(source.plan.env)).toBe(true);
    expect(Object.isFrozen(source.plan.volume)).toBe(true);
  });
});

describe('tokens', () => {
  test('come from a Secret', () => {
    expect(planOf({ tokenSecret: 'llm-d-hf-token' }).token).toEqual({ secretName: 'llm-d-hf-token', key: 'HF_TOKEN' });
    expect(planOf({ tokenSecret: 'x', tokenKey: 'hf_api_token' }).token?.key).toBe('hf_api_token');
  });

  test.each([`hf_${'aB3'.repeat(11)}`, `api_org_${'Zz9'.repeat(10)}`, 'My Secret'])(
    'are refused in place of a name, and not repeated',
    (token) => {
      for (const options of [{ tokenSecret: token }, { tokenSecret: 'name', tokenKey: token }]) {
        if (options.tokenKey?.startsWith('api_')) {
          continue; // a legal key of a Secret
        }
        const error = thrownBy(() => planOf(options));
        expect(error.code).toBe('LLMD107');
        expect(error.message).not.toContain(token);
        expect(error.message).not.toContain(token.slice(0, 8));
        expect(error.message).toContain('existing Secret');
      }
    },
  );
});

describe('names', () => {
  test('make legal labels of any served name, or are refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme-ascii', minLength: 60 })), (servedName) => {
        try {
          expect(planOf({ servedName }).shortName).toMatch(LABEL_VALUE);
        } catch (error) {
          expect((error as { code?: string }).code).toBe('LLMD107');
        }
      }),
    );
  });

  test.each([
    ['Qwén3', 'Qw-n3'],
    ['日本/Qwen3', 'Qwen3'],
    ['модель-7b', '7b'],
    ['x'.repeat(80), 'x'.repeat(63)],
  ])('%s → label %s', (servedName, label) => {
    const plan = planOf({ servedName });
    expect(plan.servedName).toBe(servedName);
    expect(plan.shortName).toBe(label);
  });

  test.each(['модель', '', ' chat', 'a b', 'a\nb', 'a/'])('"%s" cannot be served', (servedName) => {
    const error = thrownBy(() => planOf({ servedName }));
    expect(error.code).toBe('LLMD107');
    expect(error.detail).toContain('servedName');
  });
});

describe('mounted weights', () => {
  test('of a claim are read-only, below the mount', () => {
    const { plan } = ModelSource.pvc('weights', '/openai/gpt-oss-120b/');
    expect(plan.kind).toBe('pvc');
    expect(plan.reference).toBe('/model-cache/openai/gpt-oss-120b');
    expect(plan.servedName).toBe('openai/gpt-oss-120b');
    expect(plan.shortName).toBe('gpt-oss-120b');
    expect(plan.volume.persistentVolumeClaim).toEqual({ claimName: 'weights', readOnly: true });
    expect(plan.mount.readOnly).toBe(true);
    expect(plan.facts.attentionHeads).toBe(64);
    expect(plan.env).toEqual([]);
  });

  test.each(['..', 'a/../../etc', '', '/', '///'])('refuse the path "%s"', (path) => {
    expect(thrownBy(() => ModelSource.pvc('weights', path)).code).toBe('LLMD107');
    expect(thrownBy(() => ModelSource.oci('r.example.com/m:1', { path })).code).toBe('LLMD107');
  });

  test('refuse a claim without a name', () => {
    expect(thrownBy(() => ModelSource.pvc('', 'x')).code).toBe('LLMD105');
  });

  test('of an image are an image volume', () => {
    const reference = 'registry.example.com/models/deepseek-r1:1';
    const { plan } = ModelSource.oci(reference, { path: '/weights/' });
    expect(plan.kind).toBe('oci');
    expect(plan.reference).toBe('/model-cache/weights');
    expect(plan.servedName).toBe('deepseek-r1');
    expect(plan.volume.image).toEqual({ reference, pullPolicy: 'IfNotPresent' });
    expect(ModelSource.oci(reference).plan.reference).toBe('/model-cache');
    expect(thrownBy(() => ModelSource.oci('Not An Image')).code).toBe('LLMD540');
  });
});

describe('caches', () => {
  const cached = (cache: ModelCache) => planOf({ cache });

  test('on the node are bounded by a size', () => {
    const plan = cached(ModelCache.emptyDir(Size.gibibytes(100)));
    expect(plan.volume.emptyDir).toEqual({ sizeLimit: '102400Mi' });
    expect(plan.cacheGib).toBe(100);
    expect(ModelCache.emptyDir().persistent).toBe(false);
    expect(ModelCache.emptyDir(Size.kibibytes(1)).source).toEqual({ emptyDir: { sizeLimit: '1Mi' } });
    expect(thrownBy(() => ModelCache.emptyDir(Size.mebibytes(0))).code).toBe('LLMD104');
  });

  test('on a claim are written to', () => {
    const plan = cached(ModelCache.pvc('cache', { subPath: 'hub' }));
    expect(plan.volume.persistentVolumeClaim).toEqual({ claimName: 'cache' });
    expect(plan.mount.subPath).toBe('hub');
    expect(plan.mount.readOnly).toBeUndefined();
  });

  test('on a read-only claim keep the engine offline', () => {
    const plan = cached(ModelCache.pvc('cache', { readOnly: true }));
    expect(plan.volume.persistentVolumeClaim?.readOnly).toBe(true);
    expect(plan.mount.readOnly).toBe(true);
    expect(plan.env).toContainEqual({ name: 'HF_HUB_OFFLINE', value: '1' });
  });

  test('in a directory of the node', () => {
    const cache = ModelCache.hostPath('/mnt/cache');
    expect(cache.persistent).toBe(true);
    expect(cached(cache).volume.hostPath).toEqual({ path: '/mnt/cache', type: 'DirectoryOrCreate' });
  });

  test.each([
    () => ModelCache.hostPath('relative'),
    () => ModelCache.hostPath('/mnt/../etc'),
    () => ModelCache.pvc('c', { subPath: '/absolute' }),
    () => ModelCache.pvc('c', { subPath: 'a/../..' }),
  ])('refuse a path that the API server would refuse', (build) => {
    expect(thrownBy(build).code).toBe('LLMD107');
  });

  test('refuse a claim without a name', () => {
    expect(thrownBy(() => ModelCache.pvc('')).code).toBe('LLMD105');
  });
});
