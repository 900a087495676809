import { App, Chart } from 'cdk8s';
import * as fc from 'fast-check';
import { isDerived, placeholder, splitPlaceholders } from '../../lib/util/placeholder';
import { Image } from '../../lib/values/image';
import { ImageMirror, MIRROR_VARIABLE } from '../../lib/values/image-mirror';
import { REGISTRY_VARIABLE } from '../../lib/values/image-registry';
import { ownRegistry } from '../../lib/values/mirrored-objects';
import { canonicalReference } from '../../lib/values/registry-name';
import { thrownBy } from '../support/errors';

const before = { mirror: process.env[MIRROR_VARIABLE], registry: process.env[REGISTRY_VARIABLE] };
const restore = (name: string, value: string | undefined) => {
  if (value === undefined) {
    delete process.env[name];
  } else {
    process.env[name] = value;
  }
};
beforeEach(() => {
  delete process.env[MIRROR_VARIABLE];
  delete process.env[REGISTRY_VARIABLE];
});
afterAll(() => {
  restore(MIRROR_VARIABLE, before.mirror);
  restore(REGISTRY_VARIABLE, before.registry);
});

const MIRROR = 'registry.example.com:5000/mirror';
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const nested = ImageMirror.of(MIRROR);
const flat = ImageMirror.of(MIRROR, { layout: 'flat' });

describe('the name in the mirror', () => {
  test.each([
    ['ghcr.io/llm-d/x:v1', 'ghcr.io/llm-d/x:v1'],
    [`ghcr.io/llm-d/x:v1@${DIGEST}`, `ghcr.io/llm-d/x:v1@${DIGEST}`],
    [`ghcr.io/llm-d/x@${DIGEST}`, `ghcr.io/llm-d/x@${DIGEST}`],
    ['vllm/vllm-openai:v1', 'docker.io/vllm/vllm-openai:v1'],
    ['nginx', 'docker.io/library/nginx'],
    ['docker.io/nginx:1', 'docker.io/library/nginx:1'],
    ['index.docker.io/library/nginx:1', 'docker.io/library/nginx:1'],
    ['localhost/x:1', 'localhost/x:1'],
    ['registry:5000/team/x:1', 'registry_5000/team/x:1'],
    ['GHCR.io/llm-d/x:V1', 'ghcr.io/llm-d/x:V1'],
    ['registry.example.com:5000/other/x:1', 'registry.example.com_5000/other/x:1'],
    ['registry.example.com:5000/mirrored/x:1', 'registry.example.com_5000/mirrored/x:1'],
  ])('of %s is %s below it', (image, path) => {
    expect(nested.targetOf(image)).toBe(`${MIRROR}/${path}`);
  });

  test('is one word in the flat layout', () => {
    expect(flat.targetOf(`registry:5000/a/b-c/x:v1@${DIGEST}`)).toBe(`${MIRROR}/registry_5000__a__b-c__x:v1@${DIGEST}`);
    expect(flat.targetOf('nginx')).toBe(`${MIRROR}/docker.io__library__nginx`);
    expect(flat.targetOf('ghcr.io/a__b/c_d_0_e_00_f:1')).toBe(`${MIRROR}/ghcr.io__a_0_b__c_d_00_e_000_f:1`);
  });

  test('is the image itself when that lies in the mirror or in the own registry', () => {
    expect(nested.targetOf(`${MIRROR}/ghcr.io/llm-d/x:v1`)).toBe(`${MIRROR}/ghcr.io/llm-d/x:v1`);
    expect(nested.targetOf('registry.example.com/llm/llm-d-epp:1', 'registry.example.com/llm')).toBe(
      'registry.example.com/llm/llm-d-epp:1',
    );
    expect(nested.targetOf('acme/x:1', 'docker.io/acme')).toBe('acme/x:1');
    expect(nested.targetOf('registry.example.com/llm2/x:1', 'registry.example.com/llm')).toBe(`${MIRROR}/registry.example.com/llm2/x:1`);
  });

  test('is the same when it is asked for again, however the registry is written', () => {
    for (const registry of ['index.docker.io/acme', 'Docker.io/acme', 'Registry.Example.com/mirror']) {
      const mirror = ImageMirror.of(registry);
      const target = mirror.targetOf('ghcr.io/llm-d/x:v1');
      expect(target).toBe(`${registry}/ghcr.io/llm-d/x:v1`);
      expect([mirror.targetOf(target), mirror.sourceOf(target)]).toEqual([target, 'ghcr.io/llm-d/x:v1']);
    }
    expect(nested.targetOf('acme/x:1', 'index.docker.io/acme')).toBe('acme/x:1');
  });

  test.each(['', '${IMAGE}', 'REPLACE_ME', 'a b', 'x@sha256:12'])('of "%s", which is no reference, is not made up', (text) => {
    expect(nested.targetOf(text)).toBe(text);
    expect(nested.sourceOf(text)).toBeUndefined();
  });

  test('must be a reference', () => {
    const error = thrownBy(() => nested.targetOf(`ghcr.io/${'x'.repeat(250)}:1`));
    expect(error.code).toBe('LLMD581');
    expect(error.detail).toContain('255 characters');
    expect(thrownBy(() => nested.targetOf('-a.b/x:1')).code).toBe('LLMD581');
  });
});

describe('a function instead of a layout', () => {
  test('is given the reference as it is written, and only what lies elsewhere', () => {
    const asked: string[] = [];
    const mirror = ImageMirror.of(MIRROR, {
      rewrite: (image) => {
        asked.push(image);
        return `${MIRROR}/${image.split('/').pop()}`;
      },
    });
    expect(mirror.targetOf('vllm/vllm-openai:v1')).toBe(`${MIRROR}/vllm-openai:v1`);
    expect(mirror.targetOf(`${MIRROR}/vllm-openai:v1`)).toBe(`${MIRROR}/vllm-openai:v1`);
    expect(mirror.sourceOf(`${MIRROR}/vllm-openai:v1`)).toBeUndefined();
    expect(asked).toEqual(['vllm/vllm-openai:v1']);
  });

  test.each(['Not A Reference', '', undefined, 7])('must return a reference, and %p is none', (result) => {
    const mirror = ImageMirror.of(MIRROR, { rewrite: () => result as string });
    const error = thrownBy(() => mirror.targetOf('nginx:1'));
    expect(error.code).toBe('LLMD581');
    expect(error.detail).toContain('rewrite');
  });

  test('excludes a layout', () => {
    expect(thrownBy(() => ImageMirror.of(MIRROR, { layout: 'flat', rewrite: (image) => image })).code).toBe('LLMD107');
    expect(thrownBy(() => ImageMirror.of(MIRROR, { rewrite: 'x' as never })).code).toBe('LLMD107');
    expect(thrownBy(() => ImageMirror.of(MIRROR, { layout: 'deep' as never })).code).toBe('LLMD107');
  });
});

describe('properties', () => {
  const word = fc.oneof(
    fc.stringMatching(/^[a-z0-9]{1,6}([.-][a-z0-9]{1,6})?$/),
    fc.stringMatching(/^[a0]{1,2}((\.|_|__|--)[a0]{1,2}){0,4}$/),
  );
  const host = fc.oneof(
    fc.stringMatching(/^[a-z0-9]{1,8}\.[a-z]{2,4}$/),
    fc.stringMatching(/^[a-z0-9]{1,8}:[1-9]\d{0,3}$/),
    fc.constant('localhost'),
    fc.constant('docker.io'),
    fc.constant(undefined),
  );
  const reference = fc
    .record({
      host,
      path: fc.array(word, { minLength: 1, maxLength: 4 }),
      tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][\w.-]{0,8}$/), { nil: undefined }),
      digest: fc.option(fc.stringMatching(/^[0-9a-f]{64}$/), { nil: undefined }),
    })
    .map(
      (parts) =>
        `${parts.host === undefined ? '' : `${parts.host}/`}${parts.path.join('/')}${parts.tag === undefined ? '' : `:${parts.tag}`}${parts.digest === undefined ? '' : `@sha256:${parts.digest}`}`,
    )
    .filter((text) => Image.tryParse(text) !== undefined);

  test.each([
    ['nested', nested],
    ['flat', flat],
  ])('%s: a target is below the mirror, stays there, keeps tag and digest, and tells its source', (_, mirror) => {
    fc.assert(
      fc.property(reference, (image) => {
        const source = Image.parse(image);
        const target = Image.parse(mirror.targetOf(image));
        expect(target.toString().startsWith(`${MIRROR}/`)).toBe(true);
        expect([target.tag, target.digest]).toEqual([source.tag, source.digest]);
        expect(mirror.targetOf(target.toString())).toBe(target.toString());
        expect(mirror.sourceOf(target.toString())).toBe(canonicalReference(source));
      }),
    );
  });

  test('nested: different images have different targets', () => {
    fc.assert(
      fc.property(reference, reference, (first, second) => {
        const same = canonicalReference(Image.parse(first)) === canonicalReference(Image.parse(second));
        expect(nested.targetOf(first) === nested.targetOf(second)).toBe(same);
      }),
    );
  });
});

describe('a value that is only known at deployment', () => {
  const token = placeholder({ some: 'output' });
  const resolved = (text: string, value: string): string => {
    const parts = splitPlaceholders(text).map((part) => {
      if (typeof part === 'string') {
        return part;
      }
      return isDerived(part.value) ? part.value.derive(resolved(part.value.text, value)) : value;
    });
    return parts.join('');
  };

  test('in a path, tag or digest stays in its place', () => {
    expect(nested.targetOf(`ghcr.io/acme/${token}`)).toBe(`${MIRROR}/ghcr.io/acme/${token}`);
    expect(nested.targetOf(`acme/x:${token}`)).toBe(`${MIRROR}/docker.io/acme/x:${token}`);
    expect(nested.targetOf(`ghcr.io/acme/x@${token}`)).toBe(`${MIRROR}/ghcr.io/acme/x@${token}`);
  });

  test('that brings the registry is named once it is known', () => {
    const whole = nested.targetOf(token, 'registry.example.com/llm');
    expect(whole).not.toContain('docker.io');
    expect(nested.targetOf(token, 'registry.example.com/llm')).toBe(whole);
    expect(resolved(whole, `ghcr.io/acme/x:1@${DIGEST}`)).toBe(`${MIRROR}/ghcr.io/acme/x:1@${DIGEST}`);
    expect(resolved(whole, 'nginx')).toBe(`${MIRROR}/docker.io/library/nginx`);
    expect(resolved(whole, 'registry.example.com/llm/epp:1')).toBe('registry.example.com/llm/epp:1');
    expect(resolved(nested.targetOf(`${token}/team/x:1`), 'registry:5000')).toBe(`${MIRROR}/registry_5000/team/x:1`);
    expect(flat.targetOf(token, 'registry.example.com/llm')).not.toBe(whole);
  });

  test('is shown to a function once it is known', () => {
    const by = (rewrite: (image: string) => string) => ImageMirror.of(MIRROR, { rewrite });
    const [first, second] = [by((image) => `${MIRROR}/a/${image}`), by((image) => `${MIRROR}/b/${image}`)];
    expect(resolved(first.targetOf(`acme/x:${token}`), 'v1')).toBe(`${MIRROR}/a/acme/x:v1`);
    expect(resolved(second.targetOf(`acme/x:${token}`), 'v1')).toBe(`${MIRROR}/b/acme/x:v1`);
  });
});

test('what was pushed to the mirror is no copy', () => {
  for (const image of [`${MIRROR}/llm-d-epp:1`, `${MIRROR}/team/x:1`, 'ghcr.io/llm-d/x:1']) {
    expect(nested.sourceOf(image)).toBeUndefined();
  }
});

describe('scopes', () => {
  test('a scope without a mirror has none', () => {
    expect(ImageMirror.find(new Chart(new App(), 'a'))).toBeUndefined();
  });

  test('the nearest scope decides, and the environment when none does', () => {
    const app = new App();
    const [near, far] = [new Chart(app, 'near'), new Chart(app, 'far')];
    ImageMirror.applyTo(near, 'registry.example.com/near');
    process.env[MIRROR_VARIABLE] = 'registry.example.com/env';
    expect([near, far].map((scope) => ImageMirror.find(scope)?.registry)).toEqual([
      'registry.example.com/near',
      'registry.example.com/env',
    ]);
    ImageMirror.applyTo(app, flat);
    expect(ImageMirror.find(far)).toBe(flat);
    process.env[MIRROR_VARIABLE] = '';
    expect(ImageMirror.find(new App())).toBeUndefined();
  });

  test('the mirror is where the own images are pushed to, unless a registry is named', () => {
    const chart = new Chart(new App(), 'a');
    ImageMirror.applyTo(chart, MIRROR);
    expect(ownRegistry(chart)).toBe(MIRROR);
    process.env[REGISTRY_VARIABLE] = 'registry.example.com/env';
    expect(ownRegistry(chart)).toBe('registry.example.com/env');
  });

  test.each(['', 'https://registry.example.com', 'registry.example.com/', 'acme', 'registry.example.com/Upper', 'ghcr.io/a:tag'])(
    '"%s" is refused',
    (registry) => {
      expect(() => ImageMirror.applyTo(new App(), registry)).toThrow(/LLMD580 mirror ".*" is not one/);
    },
  );

  test.each([undefined, null, 7, {}])('%p is refused', (value) => {
    expect(thrownBy(() => ImageMirror.applyTo(new App(), value as never)).code).toBe('LLMD580');
  });

  test('a wrong variable is refused when it is needed', () => {
    process.env[MIRROR_VARIABLE] = 'http://x';
    expect(() => ImageMirror.find(new App())).toThrow(/LLMD580/);
  });
});
