import type { Parser, RawRequest, ResponseReader } from '../plugin/plugins';
import type { ParsedBody } from '../plugin/request';
import { grpcMessage } from './grpc-frames';
import { GrpcUsageReader } from './grpc-usage-reader';
import { badRequest } from './json-body';
import { H2C_ONLY } from './protocols';
import { rawBody } from './raw-body';
import { readEmbed, readEmbedUsage, readGenerate, readGenerateUsage } from './vllm-grpc-messages';

const GENERATE = 'vllm.grpc.engine.VllmEngine/Generate';
const EMBED = 'vllm.grpc.engine.VllmEngine/Embed';

function messageOf(body: Buffer): Buffer {
  try {
    return grpcMessage(body);
  } catch {
    throw badRequest('invalid or unsupported gRPC payload');
  }
}

function decode<T>(type: string, read: (message: Buffer) => T, message: Buffer): T {
  try {
    return read(message);
  } catch (cause) {
    throw badRequest(`unmarshaling ${type}: ${(cause as Error).message}`);
  }
}

function generateBody(bytes: Buffer): ParsedBody {
  const { input, stream, maxTokens, media } = decode('GenerateRequest', readGenerate, messageOf(bytes));
  if (input === undefined) throw badRequest('not supported request inputType');
  return {
    api: 'completions',
    bytes,
    model: '',
    stream,
    ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
    cacheSalt: '',
    ...(typeof input === 'string' ? { payload: { prompt: input } } : { tokenIds: [input] }),
    ...(media.length === 0 ? {} : { media }),
    skipResponse: false,
  };
}

function embedBody(bytes: Buffer): ParsedBody {
  const tokenIds = decode('EmbedRequest', readEmbed, messageOf(bytes));
  if (tokenIds === undefined) throw badRequest('missing tokenized input in EmbedRequest');
  return { api: 'embeddings', bytes, model: '', stream: false, cacheSalt: '', tokenIds: [tokenIds], skipResponse: false };
}

/** Understands vLLM's gRPC API. Source: llm-d-router v0.10.0, `parsers/vllmgrpc`. */
export class VllmGrpcParser implements Parser {
  readonly claims = [GENERATE, EMBED];
  readonly protocols = H2C_ONLY;
  readonly rewritesModel = false;

  parse(raw: RawRequest): ParsedBody {
    if (raw.path.endsWith(EMBED)) return embedBody(raw.body);
    if (raw.path.endsWith(GENERATE)) return generateBody(raw.body);
    messageOf(raw.body);
    return rawBody(raw.body, true);
  }

  readResponse(body: ParsedBody): ResponseReader | undefined {
    if (body.api === 'raw') return undefined;
    return new GrpcUsageReader(body.api === 'embeddings' ? readEmbedUsage : readGenerateUsage);
  }
}
