import * as pulumi from '@pulumi/pulumi';
import { App } from 'cdk8s';
import { GatewayProvider, type IModelServers, type InferenceGatewayProps, ModelServing, ServingChart } from 'cdk8s-llm-d';
import { outputToken, resolveTokens } from 'cdk8s-llm-d/pulumi';
import { ForeignServers } from '../../../lib/pulumi/components/foreign-servers';
import { splitPlaceholders } from '../../../lib/util/placeholder';
import { outputFailure, outputValue, runProgram, unknownOutput } from '../support';

import { SERVING } from './samples';

// Each test runs whole programs, on machines that may be busy.
jest.setTimeout(120_000);

const behind: InferenceGatewayProps = { provider: GatewayProvider.istio() };

function servers(name: string, namespace: string): IModelServers {
  return new ModelServing(new ServingChart(new App(), 'chart', { namespace }), name, SERVING);
}

/** The namespace that a gateway and its servers end up with. */
async function deployedTo(own: string, theirs: readonly string[], preview = false): Promise<unknown> {
  const { result } = await runProgram(
    async () => {
      const token = (text: string) => outputToken(preview ? unknownOutput(text) : pulumi.output(Promise.resolve(text)));
      const members = theirs.map((namespace, index) => servers(`s${index}`, token(namespace)));
      const foreign = new ForeignServers(members, token(own), 'gateway', behind);
      const seen = members.map((member) => foreign.seen(member).plan.namespace);
      expect(new Set(seen)).toEqual(new Set([foreign.namespace]));
      return outputValue(resolveTokens(foreign.namespace as string));
    },
    { preview },
  );
  return result;
}

test('namespaces that turn out to be one are one', async () => {
  expect(await deployedTo('llm', ['llm', 'llm'])).toBe('llm');
});

test('namespaces that turn out to differ fail the deployment', async () => {
  const { result: checked } = await runProgram(() => {
    const [own, theirs] = ['edge', 'llm'].map((text) => outputToken(pulumi.output(Promise.resolve(text)))) as [string, string];
    const [token] = splitPlaceholders(new ForeignServers([servers('s', theirs)], own, 'gateway', behind).namespace as string);
    return { failure: outputFailure((token as { value: pulumi.Output<string> }).value) };
  });
  expect((await checked.failure).message).toContain(
    'LLMD923 gateway "gateway" and its servers are deployed to different namespaces (edge, llm)',
  );
});

test('a preview does not know', async () => {
  expect(await deployedTo('edge', ['llm'], true)).toBeUndefined();
});

test('a plain one and an output are compared too', async () => {
  await runProgram(async () => {
    const one = servers('s', outputToken(pulumi.output(Promise.resolve('llm'))));
    const foreign = new ForeignServers([one], 'llm', 'gateway', behind);
    expect(await outputValue(resolveTokens(foreign.namespace as string))).toBe('llm');
  });
});

test('servers keep all that they are besides', () => {
  const one = servers('s', 'llm');
  const foreign = new ForeignServers([one], 'llm', 'gateway', behind);
  expect(foreign.seen(one).plan).toBe(one.plan);
  expect(foreign.seen(one).workloads).toEqual(one.workloads);
});
