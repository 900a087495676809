import { spawnSync } from 'node:child_process';
import * as pulumi from '@pulumi/pulumi';
import { GatewayProvider, InferenceGateway, RouterImage, type ServingChart } from 'cdk8s-llm-d';
import { outputToken, resolveTokens, ServingStack } from 'cdk8s-llm-d/pulumi';
import { ROOT } from '../support/architecture/sources';
import { modelServing } from './models';
import { outputValue, type ProgramRun, type RunOptions, runInline, unknownOutput } from './support';

// Each test runs whole programs, on machines that may be busy.
jest.setTimeout(120_000);

// A promise of this realm: jest has one of its own, and the SDK knows promises by their class.
const wait = <T>(result: T) => new Promise<T>((resolve) => setTimeout(() => resolve(result), 1));
const value = (name: string) => (pulumi.runtime.isDryRun() ? unknownOutput(name) : pulumi.output(wait(name)));

/** A program of one tenant, with tokens in each kind of place, that lets others run between its steps. */
const tenant = (name: string) => async () => {
  await wait(undefined);
  const model = outputToken(value(name).apply((text) => wait(`${text}/Model`)));
  const build = (chart: ServingChart) => {
    const env = [
      { name: 'TENANT', value: outputToken(value(name)) },
      { name: 'KEY', value: outputToken(pulumi.secret(`key of ${name}`)) },
    ];
    const serving = modelServing(chart, 'qwen3', {
      namespace: outputToken(value(name)),
      labels: { team: outputToken(value(name)) },
      podTemplate: { spec: { containers: [{ name: 'modelserver', env }] } },
    });
    const image = RouterImage.of(`registry.example.com/${outputToken(value(name))}/epp:v0.10.0`);
    const gateway = new InferenceGateway(chart, 'gateway', { provider: GatewayProvider.istio() });
    return gateway.addModel(serving, { router: { image, env: [{ name: 'MODEL', value: model }] } });
  };
  const stack = new ServingStack('serving', { namespace: value(name) }, build);
  await wait(undefined);
  return { stack, endpoint: await outputValue(resolveTokens(stack.constructs.endpoint)) };
};

const inline = (name: string, options: RunOptions = {}) => runInline(tenant(name), { stack: name, ...options });

/** All that the engine is asked, whatever the tenant is called. */
function asked({ registrations }: ProgramRun<unknown>, name: string): unknown {
  const inOrder = [...registrations].sort((a, b) => (a.urn < b.urn ? -1 : 1));
  return JSON.parse(JSON.stringify(inOrder).replaceAll(name, 'TENANT'));
}

const TENANTS = ['acme', 'birch', 'cedar', 'delta', 'ember'];

describe('inline programs of the automation API', () => {
  test('that run at once have nothing of each other', async () => {
    const alone = await inline('acme');
    const runs = await Promise.all(TENANTS.map((name) => inline(name)));
    for (const [index, name] of TENANTS.entries()) {
      const run = runs[index] as Awaited<ReturnType<typeof inline>>;
      const text = JSON.stringify(run.registrations);
      expect(TENANTS.filter((other) => text.includes(other))).toEqual([name]);
      expect(run.result.endpoint).toBe(`http://gateway-istio.${name}.svc.cluster.local`);
      expect(run.registrations).toHaveLength(alone.registrations.length);
      expect(asked(run, name)).toEqual(asked(alone, 'acme'));
    }
    expect(alone.objects.length).toBeGreaterThan(10);
  });

  test('may preview, deploy and preview at once', async () => {
    const modes = [true, false, true, false];
    const runs = await Promise.all(modes.map((preview) => inline('acme', { preview })));
    const unknowns = runs.map(({ registrations }) => registrations.flatMap((one) => one.unknowns).length);
    expect(unknowns).toEqual([unknowns[0], 0, unknowns[0], 0]);
    expect(unknowns[0]).toBeGreaterThan(10);
    expect(asked(runs[2] as never, 'acme')).toEqual(asked(runs[0] as never, 'acme'));
    expect(asked(runs[3] as never, 'acme')).toEqual(asked(runs[1] as never, 'acme'));
  });

  test('are asked for the same however many tokens the process has made before', async () => {
    const [preview, up] = [await inline('acme', { preview: true }), await inline('acme')];
    // Neither a power of ten nor of 36 may lie between the tokens of one run and not between those of another.
    for (let made = 0; made < 1300; made += 1) {
      outputToken(pulumi.output('another'));
    }
    expect(asked(await inline('acme', { preview: true }), 'acme')).toEqual(asked(preview, 'acme'));
    expect(asked(await inline('acme'), 'acme')).toEqual(asked(up, 'acme'));
    expect(JSON.stringify(asked(up, 'acme'))).not.toContain('llmdoutput');
  });
});

describe('what a program has made', () => {
  /** Runs programs one after the other in a process that can collect garbage, and prints what `told` answers. */
  function inProcess(told: string): unknown {
    const script = `
      const pulumi = require('@pulumi/pulumi');
      const { ModelServing, ModelSource, Accelerator, acknowledge } = require('./lib/index');
      const { ServingStack, outputToken, resolveTokens } = require('./lib/pulumi/index');
      const { runInline, outputValue } = require('./test/pulumi/support');
      const model = ModelSource.huggingFace('Qwen/Qwen3-8B');
      const program = (name) => () => {
        const output = pulumi.output(Promise.resolve(name));
        const namespace = outputToken(output);
        const stack = new ServingStack('serving', { namespace: output }, (chart) => {
          acknowledge(chart, 'LLMD314', 'not asked here');
          return new ModelServing(chart, 'qwen3', { model, accelerator: Accelerator.NVIDIA_L4, labels: { team: namespace } });
        });
        return { output: new WeakRef(output), stack, namespace };
      };
      const collect = async () => {
        for (let round = 0; round < 5; round += 1) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          gc();
        }
      };
      const run = async (name) => (await runInline(program(name), { stack: name })).result;
      (async () => { ${told} })().then((told) => process.stdout.write(JSON.stringify(told)));`;
    const options = { cwd: ROOT, encoding: 'utf8' } as const;
    const args = ['--expose-gc', '--require', 'tsx/cjs', '--eval', script];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, options);
    if (status !== 0) {
      throw new Error(stderr);
    }
    return JSON.parse(stdout);
  }

  test('is freed when it has ended', () => {
    const left = inProcess(`
      const outputs = [];
      for (let index = 0; index < 6; index += 1) {
        outputs.push((await run('tenant-' + index)).output);
        await collect();
      }
      return outputs.map((output) => output.deref() !== undefined);`) as boolean[];
    // The SDK keeps the stack of the last one, and the context of the first is that of whatever is made once in a process.
    expect(left.filter((alive) => alive).length).toBeLessThanOrEqual(2);
  });

  test('is there as long as somebody has the stack, or a construct of it', () => {
    const found = inProcess(`
      const { stack } = await run('first');
      const { constructs } = (await run('second')).stack;
      const { namespace } = await run('third');
      await run('fourth');
      await run('fifth');
      await collect();
      let refusal = '';
      try { resolveTokens(namespace); } catch (error) { refusal = error.message; }
      const valueOf = (serving) => outputValue(resolveTokens('in ' + serving.plan.namespace));
      return [await valueOf(stack.constructs), await valueOf(constructs), refusal.slice(0, 30)];`);
    expect(found).toEqual(['in first', 'in second', expect.stringContaining('LLMD902')]);
  });
});
