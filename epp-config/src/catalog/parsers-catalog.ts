import { ignoresParameters, type PluginSpec, plugin } from '../plugin-spec';

const parser = (type: string, summary: string): PluginSpec => plugin(type, 'parser', summary, ignoresParameters);

/** The 7 parsers. Source: llm-d-router v0.10.0, `requesthandling/parsers`. */
export const parsers: readonly PluginSpec[] = [
  parser('openai-parser', 'reads the OpenAI API'),
  parser('anthropic-parser', 'reads the Anthropic messages API'),
  parser('vllmhttp-parser', 'reads the token-in token-out API of vLLM'),
  { ...parser('sglanghttp-parser', 'reads the generate API of SGLang'), since: 'main' },
  parser('vllmgrpc-parser', 'reads the gRPC API of vLLM'),
  parser('vertexai-parser', 'reads the gRPC API of Vertex AI'),
  parser('passthrough-parser', 'forwards any body unread'),
];
