import type { PluginTable } from '../plugin/context';
import { AnthropicParser } from './anthropic-parser';
import { OpenAiParser } from './openai-parser';
import { PassthroughParser } from './passthrough-parser';
import { SglangHttpParser } from './sglang-http-parser';
import { VertexAiParser } from './vertex-ai-parser';
import { VllmGrpcParser } from './vllm-grpc-parser';
import { VllmHttpParser } from './vllm-http-parser';

/** Plugins of this folder by type. */
export const parserPlugins: PluginTable = {
  'openai-parser': () => new OpenAiParser(),
  'anthropic-parser': () => new AnthropicParser(),
  'vllmhttp-parser': () => new VllmHttpParser(),
  'sglanghttp-parser': () => new SglangHttpParser(),
  'vllmgrpc-parser': () => new VllmGrpcParser(),
  'vertexai-parser': () => new VertexAiParser(),
  'passthrough-parser': () => new PassthroughParser(),
};
