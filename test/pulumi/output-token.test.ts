import { createHash } from 'node:crypto';
import * as pulumi from '@pulumi/pulumi';
import { ApiObject, App, JsonPatch } from 'cdk8s';
import { Engine, type PodSpec, ServingChart } from 'cdk8s-llm-d';
import { outputToken, resolveTokens, ServingStack } from 'cdk8s-llm-d/pulumi';
import { contentHash } from '../../lib/router/content-hash';
import { modelServing, served } from './models';
import {
  isSecretOutput,
  outputFailure,
  outputValue,
  type ProgramRun,
  type Registration,
  runFailing,
  runProgram,
  UNKNOWN,
  unknownOutput,
} from './support';

// Each test runs whole programs, on machines that may be busy.
jest.setTimeout(60_000);

function configMap(data: Record<string, unknown>, metadata: object = { name: 'map' }) {
  return (chart: ServingChart) => new ApiObject(chart, 'map', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
}

async function mapOf(data: () => Record<string, unknown>, preview = false): Promise<Registration> {
  const run = await runProgram(() => new ServingStack('s', {}, (chart) => configMap(data())(chart)), { preview });
  return run.named('s/map');
}

const inputOf = (run: ProgramRun<unknown>, name: string) => JSON.stringify(run.named(name).inputs);

describe('a token', () => {
  test('is replaced in text, however often it stands there', async () => {
    const map = await mapOf(() => {
      const token = outputToken(pulumi.output('value'));
      return { alone: token, inside: `a ${token}, b`, twice: `${token}${token}`, two: `${outputToken(pulumi.output('other'))}=${token}` };
    });
    expect(map.inputs.data).toEqual({ alone: 'value', inside: 'a value, b', twice: 'valuevalue', two: 'other=value' });
    expect(map.secrets).toEqual([]);
  });

  test('of a plain text is the text; of a promise it is replaced as well', async () => {
    expect(outputToken('plain')).toBe('plain');
    const map = await mapOf(() => ({ promised: outputToken(Promise.resolve('soon')) }));
    expect(map.inputs.data).toEqual({ promised: 'soon' });
  });

  test('of the same output is the same', () => {
    const output = pulumi.output('x');
    expect(outputToken(output)).toBe(outputToken(output));
  });

  test.each([[undefined], [null], [7], [{}], [['a']]])('of %p is refused with LLMD906', (given) => {
    expect(() => outputToken(given as never)).toThrow('LLMD906');
  });

  test('keeps Unicode, line breaks and quotes of the value as they are', async () => {
    const value = 'Grüße\n"läuft" 🚀\\ $& $1';
    const map = await mapOf(() => ({ text: `<${outputToken(pulumi.output(value))}>` }));
    expect(map.inputs.data).toEqual({ text: `<${value}>` });
  });

  test('that the value looks like does not matter: a value is not searched for tokens', async () => {
    const inner = outputToken(pulumi.output('inner'));
    const map = await mapOf(() => ({ text: outputToken(pulumi.output(inner)) }));
    expect(map.inputs.data).toEqual({ text: inner });
  });

  test('of a secret is a secret, in that field and in no other', async () => {
    const map = await mapOf(() => {
      const token = outputToken(pulumi.secret('hidden'));
      return { open: 'x', closed: `key=${token}` };
    });
    expect(map.secrets).toEqual(['data.closed']);
    expect(map.inputs.data).toEqual({ open: 'x', closed: 'key=hidden' });
  });

  test('of an unknown output is unknown in a preview, in that field and in no other', async () => {
    const data = () => ({ open: 'x', later: `a-${outputToken(unknownOutput('b'))}` });
    const preview = await mapOf(data, true);
    expect(preview.unknowns).toEqual(['data.later']);
    expect(preview.inputs.data).toEqual({ open: 'x', later: UNKNOWN });
    expect((await mapOf(data)).inputs.data).toEqual({ open: 'x', later: 'a-b' });
  });

  test("in the data of a Secret is found through its base64, and the Secret's data is a secret", async () => {
    const encode = (text: string) => Buffer.from(text, 'utf8').toString('base64');
    const run = await runProgram(
      () =>
        new ServingStack('s', {}, (chart) => {
          const token = outputToken(pulumi.output('päss'));
          const data = { encoded: encode(`user:${token}`), plain: encode('x') };
          return new ApiObject(chart, 'secret', { apiVersion: 'v1', kind: 'Secret', data, stringData: { text: token } });
        }),
    );
    expect(run.named('s/secret').inputs).toMatchObject({
      data: { encoded: encode('user:päss'), plain: encode('x') },
      stringData: { text: 'päss' },
    });
    expect(run.named('s/secret').secrets).toEqual(['data', 'stringData']);
  });

  test('is replaced in images, names, environment, labels, arguments and patches of the library', async () => {
    const run = await runProgram(
      () =>
        new ServingStack('s', { namespace: 'llm', labels: { team: pulumi.output('ml') } }, (chart) => {
          const digest = `sha256:${'ab'.repeat(32)}`;
          const image = `docker.io/vllm/vllm-openai@${outputToken(pulumi.output(digest))}`;
          const env = [{ name: 'HF_HOME', value: `/cache/${outputToken(pulumi.output('team'))}` }];
          const serving = modelServing(chart, 'qwen3', {
            name: outputToken(pulumi.output('given-name')),
            engine: Engine.vllm({ image, env, extraArgs: ['--seed', outputToken(pulumi.output('7'))] }),
          });
          serving.workload.addJsonPatch(JsonPatch.add('/spec/template/spec/priorityClassName', outputToken(pulumi.output('critical'))));
          return serving;
        }),
    );
    const inputs = run.named('s/qwen3/Servers/Workload').inputs as unknown as { metadata: object; spec: { template: { spec: PodSpec } } };
    const { spec } = inputs.spec.template;
    expect(inputs.metadata).toMatchObject({ name: 'given-name-decode', labels: { team: 'ml' } });
    expect(spec.priorityClassName).toBe('critical');
    expect(spec.containers[0]).toMatchObject({ image: `docker.io/vllm/vllm-openai@sha256:${'ab'.repeat(32)}` });
    expect(spec.containers[0]?.env).toContainEqual({ name: 'HF_HOME', value: '/cache/team' });
    expect(JSON.stringify(spec.containers[0])).toContain('"7"');
    expect(JSON.stringify(run.registrations)).not.toContain('llmdoutput');
  });
});

describe('a namespace and a registry that are outputs', () => {
  const program = (namespace: pulumi.Input<string>, imageRegistry: pulumi.Input<string>) => () =>
    new ServingStack('s', { namespace, imageRegistry }, (chart) => served(chart, {}, { router: { image: undefined as never } }));

  test('give the same resources as plain ones', async () => {
    const later = await runProgram(program(pulumi.output('llm'), pulumi.output('registry.example.com/llm')));
    const plain = await runProgram(program('llm', 'registry.example.com/llm'));
    const inputs = (run: ProgramRun<unknown>) => new Map(run.objects.map((one) => [one.name, one.inputs]));
    expect(inputs(later)).toEqual(inputs(plain));
    expect(later.objects.length).toBeGreaterThan(5);
    expect([...later.outputs.values()]).toEqual([...plain.outputs.values()]);
  });

  test('warn of nothing that they may know better', async () => {
    const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    await runProgram(program(pulumi.output('quiet'), pulumi.output('registry.example.com/llm')));
    const lines = written.mock.calls.map(([line]) => String(line));
    written.mockRestore();
    expect(lines.filter((line) => /LLMD54[34]/.test(line))).toEqual([]);
  });

  test('leave the endpoint to resolveTokens', async () => {
    const run = await runProgram(async () => {
      const stack = program(pulumi.output('llm'), 'registry.example.com')();
      return { raw: stack.constructs.route.endpoint, known: await outputValue(resolveTokens(stack.constructs.route.endpoint)) };
    });
    expect(run.result.known).toMatch(/^http:\/\/[a-z0-9-]+\.llm\.svc/);
    expect(run.result.raw).not.toContain('.llm.');
  });

  test('make resources depend on where the value comes from', async () => {
    const run = await runProgram(() => {
      const { CustomResource } = require('@pulumi/kubernetes/apiextensions/customResource');
      const source = new CustomResource('source', { apiVersion: 'example.com/v1', kind: 'Source', metadata: { name: 'llm' } });
      return new ServingStack('s', { namespace: source.metadata.name }, configMap({ a: 'b' }));
    });
    expect(run.named('s/map').dependencies).toEqual([run.named('source').urn]);
    expect(run.named('s/map').inputs.metadata).toMatchObject({ namespace: 'llm' });
  });
});

describe('resolveTokens', () => {
  test('of a text without tokens is the text', async () => {
    expect(await outputValue(resolveTokens('plain'))).toBe('plain');
    expect(await outputValue(resolveTokens(''))).toBe('');
  });

  test('keeps secrets', async () => {
    expect(await isSecretOutput(resolveTokens(`a${outputToken(pulumi.secret('b'))}`))).toBe(true);
    expect(await isSecretOutput(resolveTokens(`a${outputToken(pulumi.output('b'))}`))).toBe(false);
  });

  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [{}, 'object'],
  ])('of an output with the value %p fails with LLMD905', async (value, given) => {
    const token = outputToken(pulumi.output(value) as never);
    const failure = await outputFailure(resolveTokens(`a/${token}`));
    expect(failure.message).toContain(`LLMD905 the Pulumi output in "a/…" has no value: it is ${given}`);
    // With a stack of the SDK's own files, Node 20 would never come to the end of printing it.
    expect(failure.stack).toBe(failure.message);
  });

  test('of an output that a preview leaves out is unknown', async () => {
    const withoutValue = () => ({ uid: `u-${outputToken(pulumi.output(undefined) as never)}` });
    expect((await mapOf(withoutValue, true)).inputs.data).toEqual({ uid: UNKNOWN });
  });

  test('writes numbers, which untyped stack references may hold, as text', async () => {
    expect(await outputValue(resolveTokens(outputToken(pulumi.output(8080) as never)))).toBe('8080');
  });
});

describe('the hash of a configuration', () => {
  const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32);
  const hashOf = (text: string) => outputValue(resolveTokens(contentHash(text)));

  test('is the hash of the text that is deployed', async () => {
    expect(contentHash('a: plain')).toBe(digest('a: plain'));
    expect(await hashOf(`a: ${outputToken(pulumi.output('plain'))}`)).toBe(digest('a: plain'));
  });

  test('does not depend on the order in which tokens are made, and follows the value', async () => {
    const [b, a] = [outputToken(pulumi.output('b')), outputToken(pulumi.output('a'))];
    const [first, second] = [outputToken(pulumi.output('a')), outputToken(pulumi.output('b'))];
    expect(await hashOf(`${a} ${b}`)).toBe(await hashOf(`${first} ${second}`));
    expect(await hashOf(`${a} ${b}`)).not.toBe(await hashOf(`${b} ${a}`));
  });

  test('of a secret text is a secret, of an unknown text is unknown', async () => {
    expect(await isSecretOutput(resolveTokens(contentHash(outputToken(pulumi.secret('x')))))).toBe(true);
    const program = () => new ServingStack('s', { namespace: unknownOutput('llm') }, (chart) => served(chart));
    const preview = await runProgram(program, { preview: true });
    const router = preview.named('s/gateway/qwen3/Router/Deployment');
    expect(router.unknowns).toContain('metadata.namespace');
    const known = await runProgram(program);
    expect(inputOf(known, 's/gateway/qwen3/Router/Deployment')).toContain('checksum/router-config');
    expect(inputOf(known, 's/gateway/qwen3/Router/Deployment')).not.toContain(UNKNOWN);
  });
});

describe('refused is', () => {
  const stack = (build: (chart: ServingChart) => unknown) => runFailing(() => new ServingStack('s', {}, build));
  const token = () => outputToken(pulumi.output('some value'));

  test.each([
    ['a token that was cut', () => configMap({ text: token().slice(0, -2) }), 'LLMD902', 'data.text'],
    ['a token in upper case', () => configMap({ text: token().toUpperCase() }), 'LLMD902', 'data.text'],
    ['a name that was shortened inside of a token', () => configMap({}, { name: `a-${token()}`.slice(0, 9) }), 'LLMD902', 'metadata.name'],
    ['a token as a key', () => configMap({ [token()]: 'x' }), 'LLMD903', 'data'],
    [
      'a token as the id of a construct',
      () => (chart: ServingChart) => new ApiObject(chart, token(), { apiVersion: 'v1', kind: 'ConfigMap' }),
      'LLMD904',
      '',
    ],
  ])('%s', async (_, build, code, where) => {
    const { error, run } = await stack(build());
    expect(error.message).toContain(code);
    expect(error.message).toContain(where);
    expect(run.objects).toEqual([]);
  });

  test('an output that was put into a text without a token', async () => {
    const { error } = await stack(configMap({ text: `a ${pulumi.output('b')}` }));
    expect(error.message).toContain('[s/map] LLMD910 a Pulumi output was put into the text in data.text');
  });

  test('a token that was cut, of a long text only what is around it', async () => {
    const { error } = await stack(configMap({ text: `${'long '.repeat(1000)}${token().slice(0, -1)}${' long'.repeat(1000)}` }));
    expect(error.message).toContain('LLMD902');
    expect(error.message.length).toBeLessThan(600);
  });

  test('a token in a plain synth, with LLMD901 and the place', () => {
    const app = new App();
    const chart = new ServingChart(app, 'plain', { namespace: token() });
    modelServing(chart);
    expect(() => app.synthYaml()).toThrow(/LLMD901 the value of a Pulumi output stands in metadata\.namespace.*ServingStack/);
  });
});
