import { proxyDifferences, roleDifferences } from './engine';
import { because, type Explained } from './explained';
import { disaggregationDifferences, routerDifferences } from './router';

const GUIDE = 'wide-ep-lws';

function wideDifferences(role: string): Explained[] {
  const engine = `${role}.containers.modelserver`;
  return [
    ...because(
      'variables of the start script; here the numbers stand in the arguments',
      [`${engine}.env.DP_SIZE_LOCAL`, '8', undefined],
      [`${engine}.env.TP_SIZE`, '1', undefined],
    ),
    ...because('the side channel that the other guides declare; the declaration opens nothing', [
      `${engine}.ports.nixl`,
      undefined,
      '5600',
    ]),
    ...because('the tag of a release does not move, and a registry that is down must not keep a pod from starting', [
      `${engine}.pull`,
      'Always',
      'IfNotPresent',
    ]),
    ...because('the engine does not talk to the API server; in the other guides upstream withholds the token too', [
      `${role}.automountToken`,
      'true',
      'false',
    ]),
    ...because('a label of earlier releases, which nothing in the guide selects by', [
      `${role}.labels[llm-d.ai/inference-serving]`,
      'true',
      undefined,
    ]),
  ];
}

export const WIDE_EP_LWS_DIFFERENCES: readonly Explained[] = [
  ...routerDifferences(GUIDE),
  ...disaggregationDifferences(),
  ...['prefill', 'decode'].flatMap((role) => [...roleDifferences(GUIDE, role), ...wideDifferences(role)]),
  ...proxyDifferences(),
  ...because("8000 is the engine's own default", ['prefill.containers.modelserver.args.--port', '8000', undefined]),
  ...because('upstream runs a build of a branch for decode and a release for prefill; both sides of a transfer must be one version', [
    'decode.containers.modelserver.image',
    'ghcr.io/llm-d/llm-d-cuda-dev:sha-a1bcf21',
    'ghcr.io/llm-d/llm-d-cuda:v0.8.0',
  ]),
  ...because('a variable of the start script; here the number stands in the arguments', [
    'decode.containers.modelserver.env.MAX_TOKENS',
    '256',
    undefined,
  ]),
];
