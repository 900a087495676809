import type { JsonObject } from 'llm-d-epp-config';
import { parseGoDuration } from 'llm-d-epp-config';
import { isJsonObject } from '../parsers/json-body';
import type { PluginContext } from '../plugin/context';
import { textParameter } from '../plugin/data';
import type { DataProducer } from '../plugin/plugins';
import { EstimateProducer } from './estimate-producer';
import { VllmProducer } from './vllm-producer';

// Defaults. Source: llm-d-router v0.10.0, `dataproducer/tokenizer/vllm_http.go`.
const DEFAULT_URL = 'http://localhost:8000';
const DEFAULT_TIMEOUT = '5s';
const DEFAULT_MEDIA_TIMEOUT = '30s';

const objectParameter = (parameters: JsonObject, name: string): JsonObject => {
  const value = parameters[name];
  return isJsonObject(value) ? value : {};
};

function milliseconds(parameters: JsonObject, name: string, fallback: string): number {
  const text = textParameter(parameters, name, fallback);
  const duration = parseGoDuration(text);
  if (duration === undefined || duration <= 0) throw new Error(`vllm.${name} is "${text}", write a duration above 0 such as ${fallback}`);
  return duration;
}

/**
 * Makes a token-producer: exact with `vllm` or `modelName`, else by estimate.
 * @throws Error when the parameters do not fit together, or ask for the tokenizer socket
 */
export function tokenProducer({ name, parameters, clock, log }: PluginContext): DataProducer {
  if (textParameter(objectParameter(parameters, 'udsTokenizerConfig'), 'socketFile', '') !== '') {
    throw new Error(
      'udsTokenizerConfig is not supported: upstream deprecates the tokenizer socket, and this router has no client for it; write vllm with the url of a vLLM server, and modelName',
    );
  }
  const modelName = textParameter(parameters, 'modelName', '');
  if (modelName === '' && !isJsonObject(parameters.vllm)) {
    return new EstimateProducer(name, objectParameter(parameters, 'estimate'), log);
  }
  if (modelName === '') throw new Error('modelName is missing, vllm needs the name of the served model');
  const vllm = objectParameter(parameters, 'vllm');
  const options = {
    url: textParameter(vllm, 'url', DEFAULT_URL),
    modelName,
    timeoutMs: milliseconds(vllm, 'timeout', DEFAULT_TIMEOUT),
    mediaTimeoutMs: milliseconds(vllm, 'mmTimeout', DEFAULT_MEDIA_TIMEOUT),
  };
  return new VllmProducer(name, options, clock, log);
}
